/** Naming from nothing: a card per person, names typed with completion, cards dragged together. */

import { askAgain, tell } from "./actions.js";
import { PATIENT, get, showing } from "./api.js";
import { cardView } from "./card.js";
import { apart, holding, joined, mended } from "./dealing.js";
import { openDialog } from "./dialogs.js";
import { byId, count, keycap, make } from "./dom.js";
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
  await deal();
  focusNext();
}

/** Ask for the cards, dealt anew after every name. */
async function deal() {
  const mine = ++deals;
  const found = await showing(() => get("/api/cards", {}, PATIENT));
  if (mine !== deals) return; // newer ones are on their way
  if (found) cards = mended(found.cards);
  keepingTyped(paint);
}

/** What is being typed stays, and where. @param {() => void} act */
function keepingTyped(act) {
  const at = document.activeElement;
  const before = at instanceof HTMLInputElement ? at.closest("article") : null;
  const value = at instanceof HTMLInputElement ? at.value : "";
  act();
  if (!before) return;
  const input = document.getElementById(before.id)?.querySelector("input");
  if (!input) return focusNext();
  input.value = value;
  input.focus();
}

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
  const groups = { next: "", named: "named", others: "others: bench, officials, crowd" };
  const shown = Object.entries(groups).map(([group, title]) => {
    const mine = cards.filter((card) => card.group === group);
    const people = make("div", { class: "people" }, ...mine.map(view));
    if (group === "next") return people;
    return mine.length ? make("details", { open: group === "named" && mine.length < 9 },
      make("summary", {}, `${mine.length} ${title}`), people) : "";
  });
  byId("naming", HTMLElement).replaceChildren(heading(), ...shown, make("p", { class: "soft small" },
    keycap("Enter"), " takes the first name, ", keycap("Shift+Enter"), " not a player, ",
    keycap("Tab"), " next card"));
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

/** @param {Card} card */
function view(card) {
  return cardView(card, {
    names, name: (name) => void nameCard(card, name), others: () => void nameCard(card, OTHERS),
    look: () => look(card), merge: (id) => void merge(card, id),
    split: (at) => { cards = apart(cards, card, at); paint(); },
  });
}

/** @param {Card} card @param {string} name */
async function nameCard(card, name) {
  const parts = card.parts.map(({ track, first, last }) => ({ track, first, last, player: name }));
  const before = { player: card.player, group: card.group, other: card.other };
  const isOther = name.startsWith("_");
  Object.assign(card, { player: isOther ? "" : name, group: isOther ? "others" : "named", other: isOther });
  deals += 1; // cards that are on their way do not know of it
  paint();
  focusNext(); // nobody waits for the server
  if (!(await tell(parts))) return void (Object.assign(card, before), paint());
  pasted = pasted.filter((one) => one !== name);
}

/** The next card without a name takes the typing. */
function focusNext() {
  const next = cards.find((card) => card.group === "next");
  const root = next && document.getElementById(`card-${next.id}`);
  root?.querySelector("input")?.focus();
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
  document.getElementById(`card-${into.id}`)?.querySelector("input")?.focus();
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
