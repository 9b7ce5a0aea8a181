/** Questions about many at once: a grid of cards to tick, each showing its stretch in turn. */

import { answer, lookAt } from "./actions.js";
import { lowButtons } from "./buttons.js";
import { crop, cropAddress, show } from "./crops.js";
import { count, keycap, make, nameTag } from "./dom.js";
import { clock, duration, spoken } from "./people.js";
import { seek } from "./player.js";
import { set, state } from "./state.js";

/** @typedef {import("./types.js").Item} Item */

const TURN = 900; // ms a picture is shown
const KEYS = [..."123456789cdghoqr"]; // of the cards; letters that mean nothing else here
const still = matchMedia("(prefers-reduced-motion: reduce)");

/**
 * @param {import("./types.js").Question} question
 * @returns {import("./question.js").View}
 */
export function groupView(question) {
  const group = new Group(question);
  turn(question.items, group.cards);
  return { root: group.root, key: (key) => group.key(key) };
}

/** Ticked is what is not right: another person, or a player where there is no name. */
class Group {
  /** @param {import("./types.js").Question} question */
  constructor({ items, text }) {
    this.items = items;
    /** @type {Map<number, Set<number>>} Of those ticked, which of their pictures are wrong. */
    this.ticked = new Map();
    this.cards = items.map((item, i) => card(item, i, items.length, () => this.toggle(i)));
    this.words = make("span", {});
    this.pictures = make("div", { class: "which", hidden: true });
    const send = make("button",
      { type: "button", class: "main", "aria-keyshortcuts": "Enter", onclick: () => this.send() },
      this.words, keycap("Enter"));
    this.root = make("div", { class: "group" },
      make("div", { class: "grid", role: "group", "aria-label": text }, ...this.cards),
      this.pictures, make("div", { class: "answers" }, send), lowButtons());
    this.label();
  }

  send() {
    const items = [...this.ticked.keys()].sort((a, b) => a - b);
    const stated = [...this.ticked].filter(([, pictures]) => pictures.size);
    const wrong = Object.fromEntries(stated.map(([i, pictures]) => [i, [...pictures].sort((a, b) => a - b)]));
    void answer("ticked", stated.length ? { items, wrong } : { items }, this.words.textContent ?? "");
  }

  /** @param {number} i */
  toggle(i) {
    if (!this.ticked.delete(i)) this.ticked.set(i, new Set());
    this.cards[i]?.setAttribute("aria-checked", String(this.ticked.has(i)));
    this.label();
    this.askPictures(i);
  }

  label() {
    const { ticked, items } = this;
    const named = items.some((item) => item.player);
    if (!ticked.size) this.words.textContent = named ? "All are right" : "None is a player";
    else if (named) this.words.textContent = `${count(ticked.size, "is not", "are not")}, the others are right`;
    else this.words.textContent = `${count(ticked.size, "is a player", "are players")}, the others are not`;
  }

  /** Which pictures of the card ticked last are wrong, where one wants to say that. @param {number} i */
  askPictures(i) {
    const [item, wrong] = [this.items[i], this.ticked.get(i)];
    this.pictures.hidden = !item || !wrong || item.shown.length < 2 || !item.player;
    if (this.pictures.hidden || !item || !wrong) return;
    this.pictures.replaceChildren(
      make("p", { class: "soft small" }, "If you see it: which of these are not ", nameTag(spoken(item.player)), "?"),
      make("div", { class: "strip" }, ...item.shown.map((frame, place) => {
        const button = make("button", {
          type: "button", class: "figure pick", "aria-pressed": "false", "aria-label": `picture at ${clock(frame)}`,
          onclick: () => {
            if (!wrong.delete(place)) wrong.add(place);
            button.setAttribute("aria-pressed", String(wrong.has(place)));
            seek(frame);
          },
        }, crop(item.track, frame));
        return button;
      })));
  }

  /** @param {string} key */
  key(key) {
    const at = KEYS.indexOf(key);
    if (at >= 0 && at < this.cards.length) this.toggle(at);
    else if (key === "Enter") this.send();
    else if (key.startsWith("Arrow")) moveFocus(this.cards, key);
    else return false;
    return true;
  }
}

/** @param {Item} item @param {number} i @param {number} many @param {() => void} toggle */
function card(item, i, many, toggle) {
  const title = item.player ? spoken(item.player) : "no name";
  const look = () => {
    set({ focus: [item], stretch: [item.first, item.last] });
    lookAt(item);
    for (const other of root.parentElement?.children ?? []) other.classList.toggle("on-video", other === root);
  };
  const root = make(
    "div",
    {
      class: i === 0 ? "card on-video" : "card", role: "checkbox", tabIndex: i === 0 ? 0 : -1, "aria-checked": "false",
      "aria-label": `${title}, ${duration(item.seconds)}, ${i + 1} of ${many}`,
      title: `${clock(item.first)} to ${clock(item.last)}, seen ${duration(item.seconds)}`,
      onclick: toggle, onfocus: look,
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key === " ") { event.preventDefault(); event.stopPropagation(); toggle(); }
      },
    },
    make("img", { alt: "", draggable: false, class: "crop waiting" }),
    make("span", { class: "caption" }, KEYS[i] !== undefined && keycap(KEYS[i]),
      nameTag(title, item.player ? "" : "soft")),
    make("span", { class: "tick", "aria-hidden": "true" }, item.player ? "✗" : "✓"),
    make("span", { class: "playing", title: "The video shows this one" }, "▶"),
  );
  return root;
}

/**
 * Show the pictures of each stretch in turn until the cards are gone.
 * @param {Item[]} items @param {HTMLElement[]} cards
 */
function turn(items, cards) {
  let round = 0;
  const paint = () => items.forEach((item, i) => {
    const frames = item.shown.length ? item.shown : [item.focus];
    const image = cards[i]?.querySelector("img");
    const frame = frames[round % frames.length];
    const name = cards[i]?.querySelector(".name");
    const shown = item.shown_names[round % frames.length] ?? item.player;
    if (name) name.textContent = shown ? spoken(shown) : "no name";
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
