/** Naming from nothing: a card per person, names typed with completion, cards dragged together. */

import { askAgain, same, tell } from "./actions.js";
import { get, showing } from "./api.js";
import { cardView } from "./card.js";
import { openDialog } from "./dialogs.js";
import { byId, count, keycap, make } from "./dom.js";
import { allNames } from "./finder.js";
import { seek, zoomToPeople } from "./player.js";
import { set, state, watch } from "./state.js";

/** @typedef {import("./types.js").Card} Card */

/** @type {Card[]} */
let cards = [];
/** @type {string[]} Names pasted, not yet given to anybody. */
let pasted = [];

export function openNaming() {
  watch(["mode"], () => {
    byId("naming", HTMLElement).hidden = state.mode !== "naming";
    document.body.classList.toggle("naming", state.mode === "naming");
  });
}

export async function startNaming() {
  set({ mode: "naming", playing: false });
  byId("naming", HTMLElement).replaceChildren(make("p", { class: "soft" }, "Putting together who is one person…"));
  await reload();
  focusUnnamed(-1);
}

async function reload() {
  const found = await showing(() => get("/api/cards"));
  if (!found) return;
  cards = found.cards;
  paint();
}

function leave() {
  set({ mode: "review", focus: [], stretch: null });
  void askAgain();
}

/** Names to complete from: those given, then those pasted. */
function names() {
  const there = allNames();
  return [...there, ...pasted.filter((name) => !there.includes(name))];
}

function paint() {
  const named = cards.filter((card) => card.name).length;
  const likely = cards.filter((card) => card.likely !== "other");
  const others = cards.filter((card) => card.likely === "other");
  byId("naming", HTMLElement).replaceChildren(
    make("header", {},
      make("h2", {}, "Who are they?"),
      make("p", { class: "soft small" },
        `${count(cards.length, "card")}, ${named} named. Type a name and press Enter; the next card follows. `
        + "Drag a card onto another where both are one person."),
      make("div", { class: "verdicts" },
        make("button", { type: "button", onclick: pasteNames }, "Paste a list of names"),
        make("button", { type: "button", class: named ? "main" : "", onclick: leave }, "To the questions"))),
    make("div", { class: "people" }, ...likely.map(view)),
    others.length ? make("details", {},
      make("summary", {}, `${count(others.length, "card")} of others: bench, officials, crowd`),
      make("div", { class: "people" }, ...others.map(view))) : "",
    make("p", { class: "soft small" }, keycap("Tab"), " next card, ", keycap("Shift+Enter"), " not a player"),
  );
}

/** @param {Card} card */
function view(card) {
  return cardView(card, {
    names, name: (name) => void nameCard(card, name), look: () => look(card),
    split: (at) => split(card, at), merge: (id) => void merge(card, id),
  });
}

/** @param {Card} card @param {string} name "" not a player */
async function nameCard(card, name) {
  const at = cards.indexOf(card);
  const parts = card.items.map(({ track, first, last }) => ({ track, first, last, player: name }));
  if (!(await tell(parts))) return;
  card.name = name;
  pasted = pasted.filter((one) => one !== name);
  paint();
  focusUnnamed(at);
}

/** The next card without a name takes the typing. @param {number} after */
function focusUnnamed(after) {
  const order = [...cards.keys()].sort((a, b) => Number(a <= after) - Number(b <= after) || a - b);
  const next = order.map((at) => cards[at]).find((card) => card?.name === null && card.likely !== "other");
  const root = next && document.getElementById(`card-${next.id}`);
  root?.querySelector("input")?.focus();
}

/** Play it. @param {Card} card */
function look(card) {
  const [item] = card.items;
  if (!item || (state.focus === card.items && state.playing)) return;
  set({ focus: card.items, stretch: [item.first, item.last], playing: false });
  seek(item.first);
  void zoomToPeople().then(() => set({ playing: state.mode === "naming" && state.focus === card.items }));
}

/** One stretch of a card is somebody else: a card of its own. @param {Card} card @param {number} at */
function split(card, at) {
  const [item] = card.items.splice(at, 1);
  if (!item) return;
  card.seconds -= item.seconds;
  const other = { ...card, id: `${card.id}-${item.track}-${item.first}`, name: null, seconds: item.seconds, items: [item] };
  cards.splice(cards.indexOf(card) + 1, 0, other);
  paint();
}

/** Two cards are one person. @param {Card} into @param {string} id Of the card dropped on it. */
async function merge(into, id) {
  const from = cards.find((card) => card.id === id);
  const [a, b] = [into.items[0], from?.items[0]];
  if (!from || from === into || !a || !b) return;
  const name = into.name || from.name;
  if (name) {
    const unnamed = into.name ? from : into;
    await tell(unnamed.items.map(({ track, first, last }) => ({ track, first, last, player: name })));
  } else if (!(await same(a.track, b.track))) return;
  into.items = [...into.items, ...from.items];
  into.seconds += from.seconds;
  into.name = name;
  cards = cards.filter((card) => card !== from);
  paint();
}

function pasteNames() {
  const field = make("textarea", { rows: 12, dir: "auto", "aria-label": "Names, one a line", placeholder: "One name a line" });
  const take = () => {
    const lines = field.value.split(/[\n;,\t]/).map((line) => line.trim()).filter(Boolean);
    pasted = [...new Set([...pasted, ...lines])];
    dialog.close();
    focusUnnamed(-1);
  };
  const dialog = openDialog("Paste a list of names", [
    make("p", { class: "soft small" }, "They complete what you type on the cards; nobody is named by the list alone."),
    field, make("div", { class: "answers" }, make("button", { type: "button", class: "main", onclick: take }, "Take these names")),
  ]);
  field.focus();
}
