/** "Who is this?": then and now side by side, candidates by belief, cuts where somebody else goes on. */

import { answer, same, swap } from "./actions.js";
import { keyButton, lowButtons } from "./buttons.js";
import { crop, galleryPictures, spread } from "./crops.js";
import { findPlayer } from "./finder.js";
import { keycap, make, nameTag } from "./dom.js";
import { clock, colorOf, duration, indexOf, numberOf, spoken } from "./people.js";
import { Division } from "./parts.js";
import { choose } from "./pick.js";
import { now, seek } from "./player.js";
import { set, state } from "./state.js";

/** @typedef {import("./types.js").Item} Item */
/** @typedef {import("./types.js").Candidate} Candidate */

const DIGITS = 9;

/**
 * @param {import("./types.js").Question} question @param {Item} item
 * @returns {import("./question.js").View}
 */
export function whoView(question, item) {
  const division = new Division(item);
  const candidates = question.candidates.filter((one) => one.player).slice(0, DIGITS);
  const root = make("div", { class: "who" });
  const body = make("div", { class: "stack" });
  root.append(body);

  /** @param {string} player */
  const name = (player) => {
    if (!division.isCut) return sayWhole(item, player);
    division.name(player);
    return paint();
  };
  const cut = () => {
    if (division.cut(now.frame)) paint();
    else seek(Math.floor((item.first + item.last) / 2)); // only within the stretch: go there
  };
  const yes = () => {
    if (division.isCut) return division.isNamed ? sayParts(division) : undefined;
    return item.player ? sayWhole(item, item.player) : candidates[0] && name(candidates[0].player);
  };
  const no = () => {
    if (division.isCut || !item.player) return name("");
    return void answer("not", {}, `not ${spoken(item.player)}`);
  };
  const other = () => findPlayer("Who is it?", name);

  const paint = () => {
    set({ cuts: division.pieces.slice(1).map((piece) => piece.first) });
    body.replaceChildren(
      ...[thenAndNow(item), strip(division, paint), cutRow(division, cut, yes)].filter((one) => one !== null),
      candidateList(item, candidates, division, name, other),
      verdicts(item, division, yes, no),
    );
  };
  /** @param {string} key */
  const key = (key) => {
    const candidate = /^[1-9]$/.test(key) ? candidates[Number(key) - 1] : undefined;
    if (candidate) name(candidate.player);
    else if (key === "0") name("");
    else if (key === "Enter") yes();
    else if (key === "n") no();
    else if (key === "b") cut();
    else if (key === "t") void answer("two", {}, "two people");
    else if (key === "f") other();
    else if (key === "s") traded(item);
    else if (key === "m") samePerson(item);
    else return false;
    return true;
  };
  paint();
  return { root, key };
}

/** @param {Item} item @param {string} player */
function sayWhole(item, player) {
  if (player === item.player) return void answer("right", {}, `yes, ${spoken(player)}`);
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

/** The first and the last clean picture, large. @param {Item} item */
function thenAndNow(item) {
  const frames = item.shown.length ? item.shown : [item.focus];
  return make("div", { class: "pair" }, ...spread(frames, 2).map((frame, i) => make(
    "button",
    { type: "button", class: "figure", onclick: () => seek(frame), "aria-label": `show ${clock(frame)}` },
    crop(item.track, frame),
    make("span", { class: "soft small" }, `${i === 0 ? "then" : "now"} · ${clock(frame)}`),
  )));
}

/**
 * All pictures in order of time, with the cuts between them.
 * @param {Division} division @param {() => void} paint
 */
function strip(division, paint) {
  const { item } = division;
  if (item.shown.length < 3 && !division.isCut) return null;
  return make("div", { class: "strip" }, ...division.pieces.map((piece, at) => {
    const shown = item.shown.filter((frame) => frame >= piece.first && frame <= piece.last);
    const pictures = (shown.length ? shown : [piece.first]).map((frame) => make(
      "button",
      { type: "button", class: "figure", onclick: () => seek(frame), "aria-label": `show ${clock(frame)}` },
      crop(item.track, frame),
    ));
    if (!division.isCut) return make("div", { class: "piece" }, ...pictures);
    const title = piece.player === null ? "who?" : spoken(piece.player);
    const activate = () => { division.active = at; seek(piece.first); paint(); };
    const joinIt = () => { division.join(at); paint(); };
    return make(
      "div", { class: at === division.active ? "piece active" : "piece" },
      make("div", { class: "pieces" }, ...pictures),
      make("div", { class: "row" },
        make("button", { type: "button", class: "link", onclick: activate },
          `${clock(piece.first)} `, nameTag(title)),
        at > 0 && make("button",
          { type: "button", class: "link", onclick: joinIt, "aria-label": `join with what is before ${clock(piece.first)}` }, "×")),
    );
  }));
}

/** @param {Division} division @param {() => void} cut @param {() => void} yes */
function cutRow(division, cut, yes) {
  if (!division.isCut) {
    return make("p", { class: "soft small cut" },
      `${clock(division.item.first)} to ${clock(division.item.last)}, seen ${duration(division.item.seconds)}. Somebody else from a moment on? `,
      make("button", { type: "button", class: "link", onclick: cut, "aria-keyshortcuts": "b" },
        "Cut here ", keycap("b")));
  }
  return make("div", { class: "answers" }, make(
    "button",
    { type: "button", class: "main", disabled: !division.isNamed, onclick: yes, "aria-keyshortcuts": "Enter" },
    make("span", {}, division.isNamed ? "Say this" : "Name each part"), keycap("Enter"),
  ));
}

/**
 * @param {Item} item @param {Candidate[]} candidates @param {Division} division
 * @param {(player: string) => void} name @param {() => void} other
 */
function candidateList(item, candidates, division, name, other) {
  const enter = division.isCut ? "" : item.player || candidates[0]?.player || "";
  const rows = candidates.map(({ player, probability }, i) => {
    const index = indexOf(player);
    const percent = Math.round(probability * 100);
    const current = player === item.player;
    return make("li", {}, make(
      "button",
      {
        type: "button", class: player === enter ? "candidate main" : "candidate", onclick: () => name(player),
        "aria-keyshortcuts": String(i + 1),
        "aria-label": `${spoken(player)}, ${percent} percent${current ? ", the name now" : ""}`,
      },
      keycap(String(i + 1)),
      make("span", { class: "pictures" }, ...galleryPictures(index, 3)),
      make("span", { class: "who-name" },
        make("i", { class: "dot", style: `background: ${colorOf(index)}` }),
        nameTag(spoken(player)), make("span", { class: "soft" }, numberOf(player)),
        current && make("span", { class: "tag" }, "now")),
      make("span", { class: "belief" },
        make("i", { style: `width: ${Math.max(percent, 1)}%` }), make("span", {}, `${percent} %`)),
      player === enter && keycap("Enter"),
    ));
  });
  return make("ol", { class: "candidates" }, ...rows, make("li", { class: "others" },
    keyButton("Somebody else", "f", other), keyButton("Nobody I name", "0", () => name(""))));
}

/**
 * @param {Item} item @param {Division} division @param {() => void} yes @param {() => void} no
 */
function verdicts(item, division, yes, no) {
  const listed = state.question?.candidates.some((one) => one.player === item.player);
  return lowButtons(
    ...(item.player && !division.isCut
      ? [...(listed ? [] : [keyButton(`Yes, ${spoken(item.player)}`, "Enter", yes, "main")]),
        keyButton(`Not ${spoken(item.player)}`, "n", no)] : []),
    keyButton("Two people", "t", () => void answer("two", {}, "two people")),
    ...(item.player ? [keyButton("They traded here", "s", () => traded(item))] : []),
    keyButton("Same person as…", "m", () => samePerson(item)),
  );
}
