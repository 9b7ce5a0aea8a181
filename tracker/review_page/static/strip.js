/** Pictures of a stretch in order of time: then and now, under which names, in which parts. */

import { boxOf, loadBoxes } from "./boxes.js";
import { crop, spread } from "./crops.js";
import { make, nameTag } from "./dom.js";
import { clock, nameOf, spoken } from "./people.js";
import { seek } from "./player.js";

/** @typedef {import("./types.js").Item} Item */
/** @typedef {import("./parts.js").Division} Division */

/**
 * Pictures in order of time, those that follow each other under one name together.
 * @param {Item} item @param {number[]} frames
 * @returns {{name: string, frames: number[]}[]}
 */
function runs(item, frames) {
  /** @type {{name: string, frames: number[]}[]} */
  const found = [];
  for (const frame of frames) {
    const name = item.shown_names[item.shown.indexOf(frame)] ?? item.player;
    const before = found.at(-1);
    if (before?.name === name) before.frames.push(frame);
    else found.push({ name, frames: [frame] });
  }
  return found;
}

/** Who it is said to be until when: what "yes" confirms. @param {Item} item */
export function whenWho(item) {
  const all = runs(item, item.shown);
  return all.map(({ name, frames }, i) => {
    const [last, next] = [frames.at(-1), all[i + 1]?.frames[0]];
    if (last === undefined || next === undefined) return [nameTag(spoken(name))];
    return [nameTag(spoken(name)), " to ", lastOf(item.track, name, last, next), ", then "];
  }).flat();
}

/**
 * When a name is last borne; between two pictures the boxes know it to the frame.
 * @param {number} track @param {string} name @param {number} from @param {number} to
 */
function lastOf(track, name, from, to) {
  const time = make("span", {}, clock(from));
  void loadBoxes(from, to).then(() => {
    let last = from;
    for (let frame = from; frame < to; frame++) {
      const row = boxOf(frame, track);
      if (row && nameOf(row[1]) === name) last = frame;
    }
    time.textContent = clock(last);
  });
  return time;
}

/** The first and the last clean picture, large. @param {Item} item */
export function thenAndNow(item) {
  const frames = item.shown.length ? item.shown : [item.focus];
  return make("div", { class: "pair" }, ...spread(frames, 2).map((frame, i) => make(
    "button",
    { type: "button", class: "figure", onclick: () => seek(frame), "aria-label": `show ${clock(frame)}` },
    crop(item.track, frame, true),
    make("span", { class: "soft small" }, `${i === 0 ? "then" : "now"} · ${clock(frame)}`),
  )));
}

/**
 * All pictures in order of time, with the cuts between them.
 * @param {Division} division @param {() => void} paint
 */
export function strip(division, paint) {
  const { item } = division;
  if (item.shown.length < 3 && !division.isCut) return null;
  if (!division.isCut) return make("div", { class: "strip" }, ...named(item));
  return make("div", { class: "cut-strip" }, ...division.pieces.map((piece, at) => {
    const shown = item.shown.filter((frame) => frame >= piece.first && frame <= piece.last);
    const pictures = (shown.length ? shown : [piece.first]).map((frame) => small(item, frame));
    const title = piece.player === null ? "who?" : spoken(piece.player);
    const activate = () => { division.active = at; seek(piece.first); paint(); };
    const joinIt = () => { division.join(at); paint(); };
    return make(
      "div", { class: at === division.active ? "piece active" : "piece" },
      make("div", { class: "pieces" }, ...pictures),
      make("div", { class: "row" },
        make("button", { type: "button", class: "link", onclick: activate },
          `${clock(piece.first)} to ${clock(piece.last)} `, nameTag(title)),
        at > 0 && make("button",
          {
            type: "button", class: "link", onclick: joinIt,
            "aria-label": `join with what is before ${clock(piece.first)}`,
          }, "×")),
    );
  }));
}

/** @param {Item} item @param {number} frame */
function small(item, frame) {
  return make(
    "button",
    { type: "button", class: "figure", onclick: () => seek(frame), "aria-label": `show ${clock(frame)}` },
    crop(item.track, frame),
  );
}

/** Under one name the pictures alone, else each name whole under its pictures. @param {Item} item */
function named(item) {
  const all = runs(item, item.shown);
  return all.map(({ name, frames }) => make(
    "div", { class: "run" },
    make("div", { class: "piece" }, ...frames.map((frame) => small(item, frame))),
    all.length > 1 && make("span", { class: "under" }, nameTag(spoken(name))),
  ));
}
