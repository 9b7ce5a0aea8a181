/** The card of one person: pictures, a field for the name, what it is put together from. */

import { combo } from "./combo.js";
import { crop, spread } from "./crops.js";
import { count, make } from "./dom.js";
import { clock, duration } from "./people.js";

const PICTURES = 4;
const KIND = "application/x-teamsheet-card";

/**
 * @param {import("./types.js").Card} card
 * @param {{names: () => string[], name: (name: string) => void, others: () => void,
 *   look: () => void, split: (at: number) => void, merge: (id: string) => void}} acts
 */
export function cardView(card, acts) {
  const pictures = spread([...card.shown.keys()], PICTURES).map((i) => card.shown[i]);
  const kind = { next: "person", named: "person done", others: "person not" }[card.group];
  const root = make(
    "article", { id: `card-${card.id}`, draggable: true, class: kind },
    make("button", { type: "button", class: "pictures", onclick: acts.look, "aria-label": "Play" },
      ...pictures.map((one) => one && crop(one.track, one.frame))),
    nameField(card, acts),
    make("div", { class: "row soft small" },
      make("span", {}, card.number === null ? "" : `#${card.number} · `, duration(card.seconds)),
      card.other ? make("span", { class: "tag" }, "not a player")
        : make("button", { type: "button", class: "link", onclick: acts.others }, "not a player")),
    card.parts.length > 1 ? stretches(card, acts.split) : null,
  );
  dragTogether(root, card.id, acts.merge);
  return root;
}

/**
 * @param {import("./types.js").Card} card
 * @param {{names: () => string[], name: (name: string) => void, others: () => void,
 *   look: () => void}} acts
 */
function nameField(card, acts) {
  const { root, input } = combo({
    label: "Name", names: acts.names, free: true, value: card.player, accept: acts.name,
  });
  input.addEventListener("focus", acts.look);
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.shiftKey) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    acts.others();
  }, { capture: true });
  return root;
}

/**
 * Their pictures are fetched when somebody wants to see them: there may be hundreds.
 * @param {import("./types.js").Card} card @param {(at: number) => void} split
 */
function stretches({ parts }, split) {
  const list = make("ul", {});
  const open = () => {
    if (!list.childElementCount) list.append(...parts.map((part, at) => partRow(part, () => split(at))));
  };
  return make("details", { class: "small" },
    make("summary", { class: "soft", onclick: open }, count(parts.length, "stretch", "stretches")), list);
}

/** @param {import("./types.js").CardPart} part @param {() => void} split */
function partRow(part, split) {
  return make("li", {}, crop(part.track, part.frame),
    make("span", {}, `${clock(part.first)} to ${clock(part.last)}`),
    make("button", { type: "button", class: "link", onclick: split }, "somebody else"));
}

/**
 * As the browser drags, which on a touch screen begins with a long press.
 * @param {HTMLElement} root @param {string} id @param {(id: string) => void} merge
 */
function dragTogether(root, id, merge) {
  root.addEventListener("dragstart", (event) => event.dataTransfer?.setData(KIND, id));
  root.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes(KIND)) return;
    event.preventDefault();
    root.classList.add("over");
  });
  root.addEventListener("dragleave", () => root.classList.remove("over"));
  root.addEventListener("drop", (event) => {
    event.preventDefault();
    root.classList.remove("over");
    const dropped = event.dataTransfer?.getData(KIND);
    if (dropped && dropped !== id) merge(dropped);
  });
}
