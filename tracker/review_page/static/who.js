/** "Who is this?": then and now side by side, candidates by belief, cuts where somebody else goes on. */

import { answer, same, swap } from "./actions.js";
import { keyButton, lowButtons } from "./buttons.js";
import { candidateButton } from "./candidate.js";
import { findPlayer } from "./finder.js";
import { keycap, make } from "./dom.js";
import { clock, duration, spoken } from "./people.js";
import { Division } from "./parts.js";
import { choose } from "./pick.js";
import { now, seek } from "./player.js";
import { set } from "./state.js";
import { strip, thenAndNow, whenWho } from "./strip.js";

/** @typedef {import("./types.js").Item} Item */

const DIGITS = 9;
const LARGE = 3; // candidates shown with pictures

/**
 * @param {import("./types.js").Question} question @param {Item} item
 * @returns {import("./question.js").View}
 */
export function whoView(question, item) {
  const who = new Who(question, item);
  who.paint();
  return { root: who.root, key: (key) => who.key(key) };
}

class Who {
  /** @param {import("./types.js").Question} question @param {Item} item */
  constructor(question, item) {
    this.item = item;
    this.division = new Division(item);
    this.candidates = question.candidates.filter((one) => one.player).slice(0, DIGITS);
    this.nobody = question.candidates.find((one) => !one.player)?.probability ?? 0;
    this.body = make("div", { class: "stack" });
    this.root = make("div", { class: "who" }, this.body);
  }

  /** Of the whole stretch, or of its active part. @param {string} player */
  name(player) {
    if (!this.division.isCut) return sayWhole(this.item, player, this.isUniform);
    this.division.name(player);
    return this.paint();
  }

  /** Here, or go to where a cut can be. */
  cut() {
    if (this.division.cut(now.frame)) this.paint();
    else seek(Math.floor((this.item.first + this.item.last) / 2));
  }

  /** Whether it bears one name, or none, from beginning to end. */
  get isUniform() {
    return new Set(this.item.shown_names).size <= 1;
  }

  /** What Enter takes where there is no name yet. */
  get likeliest() {
    const [first] = this.candidates;
    return first && first.probability >= this.nobody ? first.player : "";
  }

  yes() {
    if (this.division.isCut) return this.division.isNamed ? sayParts(this.division) : undefined;
    if (this.item.player) return void answer("right", {}, `yes, ${names(this.item)}`);
    return this.name(this.likeliest);
  }

  no() {
    if (this.division.isCut || !this.item.player) return this.name("");
    return void answer("not", {}, `not ${spoken(this.item.player)}`);
  }

  other() {
    findPlayer("Who is it?", (player) => this.name(player));
  }

  paint() {
    const { item, division } = this;
    set({ cuts: division.pieces.slice(1).map((piece) => piece.first) });
    const parts = [
      division.isCut ? null : thenAndNow(item), strip(division, () => this.paint()),
      cutRow(division, () => this.cut(), () => this.yes()), candidateList(this), verdicts(this),
    ];
    this.body.replaceChildren(...parts.filter((one) => one !== null));
  }

  /** @param {string} key */
  key(key) {
    const candidate = /^[1-9]$/.test(key) ? this.candidates[Number(key) - 1] : undefined;
    if (candidate) return this.name(candidate.player), true;
    /** @type {Record<string, () => void>} */
    const acts = {
      0: () => this.name(""), Enter: () => this.yes(), n: () => this.no(), b: () => this.cut(),
      t: () => void answer("two", {}, "two people"), f: () => this.other(),
      s: () => traded(this.item), m: () => samePerson(this.item),
    };
    acts[key]?.();
    return key in acts;
  }
}

/** The names it bears, in order. @param {Item} item */
function names(item) {
  return [...new Set(item.shown_names.length ? item.shown_names : [item.player])].map(spoken).join(", then ");
}

/** @param {Item} item @param {string} player @param {boolean} isUniform */
function sayWhole(item, player, isUniform) {
  if (isUniform && player && player === item.player) return void answer("right", {}, `yes, ${spoken(player)}`);
  const parts = [{ track: item.track, first: item.first, last: item.last, player }];
  return void answer("is", { parts }, spoken(player));
}

/** @param {Division} division */
function sayParts(division) {
  const parts = division.parts();
  const words = parts.map((part) => `${spoken(part.player)} from ${clock(part.first)}`).join(", ");
  return void answer("is", { parts }, words);
}

/** @param {Item} item */
function traded(item) {
  const words = `Who traded places with ${spoken(item.player)} at ${clock(now.frame)}?`;
  choose(words, item.track, (track) => void swap(item.track, track, now.frame));
}

/** @param {Item} item */
function samePerson(item) {
  choose("Which other box is the same person? You may go to another moment first.", item.track,
    (track) => void same(item.track, track));
}

/** @param {Division} division @param {() => void} cut @param {() => void} yes */
function cutRow(division, cut, yes) {
  const { first, last, seconds } = division.item;
  if (!division.isCut) {
    const changes = new Set(division.item.shown_names).size > 1;
    return make("p", { class: "soft small cut" },
      changes && make("strong", { class: "change" }, ...whenWho(division.item), ". "),
      `${clock(first)} to ${clock(last)}, seen ${duration(seconds)}. Somebody else from a moment on? `,
      make("button", { type: "button", class: "link", onclick: cut, "aria-keyshortcuts": "b" },
        "Cut here ", keycap("b")));
  }
  const words = division.isNamed ? "Say this" : "Name each part";
  return make("div", { class: "answers" },
    make("button", {
      type: "button", class: "main", disabled: !division.isNamed, onclick: yes, "aria-keyshortcuts": "Enter",
    }, make("span", {}, words), keycap("Enter")),
    keyButton("Cut again", "b", cut));
}

/** @param {Who} who */
function candidateList(who) {
  const { item, division, candidates, nobody } = who;
  const enter = !division.isCut && who.isUniform ? item.player || who.likeliest : null;
  const rows = candidates.map((one, i) => {
    const main = one.player === enter;
    const large = i < LARGE || main;
    return make("li", { class: large ? "" : "less" }, candidateButton(one, {
      digit: String(i + 1), current: one.player === item.player, main, large,
      act: () => who.name(one.player),
    }));
  });
  const none = make("li", {}, candidateButton({ player: "", probability: nobody }, {
    digit: "0", current: false, main: enter === "", large: false, act: () => who.name(""),
  }));
  const place = candidates.findIndex((one) => one.probability < nobody);
  rows.splice(place < 0 ? rows.length : place, 0, none);
  return make("ol", { class: "candidates" }, ...rows);
}

/** @param {Who} who */
function verdicts(who) {
  const { item, division, candidates } = who;
  const listed = who.isUniform && candidates.some((one) => one.player === item.player);
  const named = item.player && !division.isCut;
  return lowButtons(
    // where the candidate that says the same is on the screen, only a small screen needs it here
    ...(named ? [keyButton(`Yes, ${names(item)}`, "Enter", () => who.yes(), listed ? "main small-only" : "main")] : []),
    ...(named && who.isUniform ? [keyButton(`Not ${spoken(item.player)}`, "n", () => who.no())] : []),
    keyButton("Somebody else", "f", () => who.other()),
    keyButton("Two people", "t", () => void answer("two", {}, "two people")),
    ...(item.player ? [keyButton("Traded here", "s", () => traded(item))] : []),
    keyButton("Same as…", "m", () => samePerson(item)),
  );
}
