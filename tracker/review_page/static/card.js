/** The card of one person: pictures, a field for the name, what it is put together from. */

import { combo } from "./combo.js";
import { crop, spread } from "./crops.js";
import { count, make, nameTag } from "./dom.js";
import { clock, duration, spoken } from "./people.js";

const PICTURES = 4;
const KIND = "application/x-teamsheet-card";

/**
 * @param {import("./types.js").Card} card
 * @param {{names: () => string[], name: (name: string) => void, look: () => void,
 *   split: (at: number) => void, merge: (id: string) => void}} acts
 */
export function cardView(card, acts) {
  const { root: field, input } = combo({
    label: "Name", names: acts.names, free: true, value: card.name ?? "", accept: acts.name,
  });
  input.addEventListener("focus", acts.look);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.shiftKey) {
      event.preventDefault();
      event.stopImmediatePropagation();
      acts.name("");
    }
  }, { capture: true });
  const shown = card.items.flatMap((item) => item.shown.map((frame) => ({ track: item.track, frame })));
  const pictures = spread(shown.map((_, i) => i), PICTURES).map((i) => shown[i]);
  const root = make(
    "article",
    {
      id: `card-${card.id}`, draggable: true, dir: "auto",
      class: card.name === null ? "person" : card.name ? "person done" : "person done not",
    },
    make("button", { type: "button", class: "pictures", onclick: acts.look, "aria-label": "play" },
      ...pictures.map((one) => one && crop(one.track, one.frame))),
    field,
    make("div", { class: "row soft small" },
      make("span", {}, card.number ? `#${card.number} · ` : "", duration(card.seconds)),
      card.name === "" ? make("span", { class: "tag" }, "not a player")
        : make("button", { type: "button", class: "link", onclick: () => acts.name("") }, "not a player")),
    card.items.length > 1 ? make("details", { class: "small" },
      make("summary", { class: "soft" }, count(card.items.length, "stretch", "stretches")),
      make("ul", {}, ...card.items.map((item, at) => stretchRow(item, () => acts.split(at))))) : null,
  );
  dragTogether(root, card.id, acts.merge);
  return root;
}

/** @param {import("./types.js").Item} item @param {() => void} split */
function stretchRow(item, split) {
  return make("li", {}, crop(item.track, item.focus),
    make("span", {}, `${clock(item.first)} to ${clock(item.last)} `, item.player && nameTag(spoken(item.player))),
    make("button", { type: "button", class: "link", onclick: split }, "somebody else"));
}

/**
 * By mouse as the browser drags; by finger held on a picture and moved.
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
