/** Naming from nothing: a card per person, names typed with completion, cards dragged together. */

import { askAgain, tell } from "./actions.js";
import { PATIENT, get, showing } from "./api.js";
import { cardView } from "./card.js";
import { apart, holding, inPlace, joined, mended, placeIn } from "./dealing.js";
import { openDialog } from "./dialogs.js";
import { arrange, byId, count, keycap, make } from "./dom.js";
import { allNames } from "./finder.js";
import { momentOf } from "./people.js";
import { seek, zoomToPeople } from "./player.js";
import { set, state, watch } from "./state.js";

/** @typedef {import("./types.js").Card} Card */

const OTHERS = "_others"; // people who are no players

/** @type {Card[]} */
let cards = [];
/** @type {string[]} Names pasted, not yet given to anybody. */
let pasted = [];
let looked = "";
let deals = 0;
/** @type {Map<string, {as: string, root: HTMLElement}>} Cards as they are on the screen, by id. */
const views = new Map();
const people = {
  next: make("div", { class: "people" }), named: make("div", { class: "people" }), others: make("div", { class: "people" }),
};
const folds = { named: fold(people.named, true), others: fold(people.others, false) };

/** @param {HTMLElement} cardsOf @param {boolean} open */
function fold(cardsOf, open) {
  return make("details", { open }, make("summary", {}), cardsOf);
}

export function openNaming() {
  watch(["mode"], () => {
    byId("naming", HTMLElement).hidden = state.mode !== "naming";
    document.body.classList.toggle("naming", state.mode === "naming");
  });
  watch(["changes"], () => {
    if (state.mode === "naming" && cards.length) void deal();
  });
}

export async function startNaming() {
  set({ mode: "naming", playing: false });
  const wait = "Putting together who is one person…";
  byId("naming", HTMLElement).replaceChildren(make("p", { class: "soft" }, wait));
  cards = [];
  await deal();
  focusNext();
}

/** Ask for the cards, dealt anew after every name. */
async function deal() {
  const mine = ++deals;
  const found = await showing(() => get("/api/cards", {}, PATIENT));
  if (mine !== deals) return; // newer ones are on their way
  const before = cards;
  if (found) cards = inPlace(mended(found.cards), before);
  keepingTyped(before, paint);
}

/** What is being typed stays, and where. @param {Card[]} before @param {() => void} act */
function keepingTyped(before, act) {
  const input = document.activeElement;
  const root = input instanceof HTMLInputElement ? input.closest("article") : null;
  act();
  if (!root || !(input instanceof HTMLInputElement) || document.activeElement === input) return;
  const place = before.findIndex((card) => idOf(card) === root.id);
  const card = cards.find((one) => idOf(one) === root.id)
    ?? cards.find((one) => one.group === "next" && placeIn(before, one) >= place);
  if (!card) return focusNext();
  const field = fieldOf(card);
  if (field && placeIn(before, card) === place) field.value = input.value;
  field?.focus();
}

/** @param {Card} card */
const idOf = (card) => `card-${card.id}`;

/** @param {Card} card */
const fieldOf = (card) => document.getElementById(idOf(card))?.querySelector("input");

function leave() {
  set({ mode: "review", focus: [], stretch: null });
  void askAgain();
}

/** Names to complete from: those given, then those pasted. */
function names() {
  const given = cards.map((card) => card.player).filter(Boolean); // the newest are not in the facts yet
  const there = [...new Set([...allNames(), ...given])];
  return [...there, ...pasted.filter((name) => !there.includes(name))];
}

function paint() {
  paintGroup("next");
  const named = paintGroup("named");
  const others = paintGroup("others");
  folds.named.hidden = !named;
  folds.others.hidden = !others;
  folds.named.children[0]?.replaceChildren(`${named} named`);
  folds.others.children[0]?.replaceChildren(`${others} others: bench, officials, crowd`);
  for (const id of views.keys()) if (!holding(cards, id)) views.delete(id);
  const foot = make("p", { class: "soft small" },
    keycap("Enter"), " takes the first name, ", keycap("Shift+Enter"), " not a player, ",
    keycap("Tab"), " next card");
  arrange(byId("naming", HTMLElement), [heading(), people.next, folds.named, folds.others, foot]);
}

/** @param {"next"|"named"|"others"} group @returns {number} How many stand there. */
function paintGroup(group) {
  const mine = cards.filter((card) => card.group === group);
  arrange(people[group], mine.map(view));
  return mine.length;
}

function heading() {
  const named = cards.filter((card) => card.player).length;
  const left = cards.filter((card) => card.group === "next").length;
  return make("header", {},
    make("h2", {}, left ? "Who is this?" : "Everybody has a name"),
    make("p", { class: "soft small" }, `${count(left, "card")} to name, ${named} named. `
      + "Type a name. Where two cards are one person, drag one onto the other or give both one name."),
    make("div", { class: "verdicts" },
      make("button", { type: "button", onclick: pasteNames }, "Paste a list of names"),
      make("button", { type: "button", class: named ? "main" : "", onclick: leave }, "To the questions")));
}

/** What is on the screen already stays there as it is. @param {Card} card @returns {HTMLElement} */
function view(card) {
  const as = JSON.stringify({ ...card, clip: null });
  const there = views.get(card.id);
  if (there?.as === as) return there.root;
  const mine = () => holding(cards, card.id) ?? card; // all are dealt anew after every name
  const root = cardView(card, {
    names, name: (name) => void nameCard(mine(), name), others: () => void nameCard(mine(), OTHERS),
    look: () => look(mine()), merge: (id) => void merge(mine(), id),
    split: (at) => { cards = apart(cards, mine(), at); paint(); },
  });
  views.set(card.id, { as, root });
  return root;
}

/** @param {Card} card @param {string} name */
async function nameCard(card, name) {
  const parts = card.parts.map(({ track, first, last }) => ({ track, first, last, player: name }));
  const before = { player: card.player, group: card.group, other: card.other };
  const isOther = name.startsWith("_");
  Object.assign(card, { player: isOther ? "" : name, group: isOther ? "others" : "named", other: isOther });
  deals += 1; // cards that are on their way do not know of it
  paint();
  focusNext(cards.indexOf(card)); // nobody waits for the server
  if (!(await tell(parts))) return void (Object.assign(holding(cards, card.id) ?? card, before), paint());
  pasted = pasted.filter((one) => one !== name);
}

/** The next card without a name takes the typing. @param {number} [from] Its place, or after it. */
function focusNext(from = 0) {
  const open = [...cards.slice(from), ...cards.slice(0, from)];
  const next = open.find((card) => card.group === "next");
  if (next) fieldOf(next)?.focus();
}

/** Play it. @param {Card} card */
function look(card) {
  if (looked === card.id && state.playing) return;
  looked = card.id;
  const { track, first, last } = card.clip;
  set({ focus: [momentOf(track, first, card.player, last)], stretch: [first, last], playing: false });
  seek(first);
  void zoomToPeople().then(() => {
    if (looked === card.id && state.mode === "naming") set({ playing: true });
  });
}

/** Two cards are one person. @param {Card} into @param {string} id Of the card dropped on it. */
async function merge(into, id) {
  const from = holding(cards, id);
  if (!from || from === into) return;
  const player = into.player || from.player;
  if (player) return nameCard(into.player ? from : into, player);
  cards = joined(cards, into, from);
  paint();
  fieldOf(into)?.focus();
}

function pasteNames() {
  const field = make("textarea",
    { rows: 12, dir: "auto", "aria-label": "Names, one a line", placeholder: "One name a line" });
  const take = () => {
    const lines = field.value.split(/[\n;,\t]/).map((line) => line.trim()).filter(Boolean);
    pasted = [...new Set([...pasted, ...lines])];
    dialog.close();
    focusNext();
  };
  const why = "They complete what you type on the cards; nobody is named by the list alone.";
  const dialog = openDialog("Paste a list of names", [
    make("p", { class: "soft small" }, why), field,
    make("div", { class: "answers" },
      make("button", { type: "button", class: "main", onclick: take }, "Take these names")),
  ]);
  field.focus();
}
