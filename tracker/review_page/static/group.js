/** Questions about many at once: a grid of cards to tick, each showing its stretch in turn. */

import { answer, lookAt } from "./actions.js";
import { lowButtons } from "./buttons.js";
import { cropAddress, show } from "./crops.js";
import { count, keycap, make, nameTag } from "./dom.js";
import { clock, duration, spoken } from "./people.js";
import { set, state } from "./state.js";

/** @typedef {import("./types.js").Item} Item */

const TURN = 900; // ms a picture is shown
const still = matchMedia("(prefers-reduced-motion: reduce)");

/**
 * @param {import("./types.js").Question} question
 * @returns {import("./question.js").View}
 */
export function groupView(question) {
  const wrong = question.kind === "which_wrong";
  /** @type {Set<number>} */
  const ticked = new Set();
  const cards = question.items.map((item, i) => card(item, i, () => toggle(i), question.items.length));
  const grid = make("div", { class: "grid", role: "group", "aria-label": question.text }, ...cards);
  const words = make("span", {});
  const send = make("button",
    { type: "button", class: "main", "aria-keyshortcuts": "Enter", onclick: () => say() }, words, keycap("Enter"));

  const say = () => void answer("ticked", { items: [...ticked].sort((a, b) => a - b) }, words.textContent ?? "");
  /** @param {number} i */
  const toggle = (i) => {
    if (!ticked.delete(i)) ticked.add(i);
    cards[i]?.setAttribute("aria-checked", String(ticked.has(i)));
    label();
  };
  const label = () => {
    const none = wrong ? "None is wrong" : "None of them";
    const some = wrong ? count(ticked.size, "is wrong", "are wrong") : count(ticked.size, "player");
    words.textContent = ticked.size ? `${some}, the others not` : none;
    if (wrong && ticked.size) words.textContent = `${some}, the others right`;
  };
  label();
  /** @param {string} key */
  const key = (key) => {
    if (/^[1-9]$/.test(key)) return Number(key) <= cards.length && (toggle(Number(key) - 1), true);
    if (key === "Enter") say();
    else if (key.startsWith("Arrow")) moveFocus(cards, key);
    else return false;
    return true;
  };
  turn(question.items, cards);
  const root = make("div", { class: "group" }, grid, make("div", { class: "answers" }, send), lowButtons());
  return { root, key };
}

/** @param {Item} item @param {number} i @param {() => void} toggle @param {number} many */
function card(item, i, toggle, many) {
  const title = item.player ? spoken(item.player) : `${clock(item.first)}`;
  const look = () => { set({ focus: [item], stretch: [item.first, item.last] }); lookAt(item); };
  const image = make("img", { alt: "", draggable: false, class: "crop waiting" });
  return make(
    "div",
    {
      class: "card", role: "checkbox", tabIndex: i === 0 ? 0 : -1, "aria-checked": "false",
      "aria-label": `${title}, ${duration(item.seconds)}, ${i + 1} of ${many}`, onclick: toggle, onfocus: look,
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key === " ") { event.preventDefault(); event.stopPropagation(); toggle(); }
      },
    },
    image,
    make("span", { class: "caption" }, i < 9 && keycap(String(i + 1)),
      item.player ? nameTag(title) : make("span", {}, title),
      make("span", { class: "soft" }, duration(item.seconds))),
    make("span", { class: "tick", "aria-hidden": "true" }, "✓"),
  );
}

/** Show the pictures of each stretch in turn until the cards are gone. @param {Item[]} items @param {HTMLElement[]} cards */
function turn(items, cards) {
  let round = 0;
  const paint = () => items.forEach((item, i) => {
    const frames = item.shown.length ? item.shown : [item.focus];
    const image = cards[i]?.querySelector("img");
    const frame = frames[round % frames.length];
    if (!image || frame === undefined) return;
    if (!state.facts.video.there) image.classList.replace("waiting", "missing");
    else if (round === 0 || frames.length > 1) show(image, cropAddress(item.track, frame));
  });
  paint();
  const timer = setInterval(() => {
    if (round > 0 && !cards[0]?.isConnected) return clearInterval(timer);
    round += 1;
    if (!still.matches) paint();
  }, TURN);
}

/** @param {HTMLElement[]} cards @param {string} key */
function moveFocus(cards, key) {
  const at = Math.max(cards.findIndex((card) => card === document.activeElement), -1);
  const [first] = cards;
  const inRow = cards.filter((card) => card.offsetTop === first?.offsetTop).length || 1;
  const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: inRow, ArrowUp: -inRow }[key] ?? 0;
  const next = at < 0 ? 0 : Math.min(Math.max(at + by, 0), cards.length - 1);
  for (const card of cards) card.tabIndex = -1;
  const target = cards[next];
  if (target) { target.tabIndex = 0; target.focus(); }
}
