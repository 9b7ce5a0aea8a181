/** Naming a box anywhere: who it is, from when to when. */

import { same, swap, tell } from "./actions.js";
import { boxOf } from "./boxes.js";
import { combo } from "./combo.js";
import { crop } from "./crops.js";
import { openDialog } from "./dialogs.js";
import { make } from "./dom.js";
import { allNames, namesAreFree } from "./finder.js";
import { clock, nameOf, spoken, within } from "./people.js";
import { choose } from "./pick.js";
import { now, seek } from "./player.js";
import { state } from "./state.js";

const WINDOW = 2; // seconds on either side that "only around here" begins with

/**
 * @param {number} track @param {{x: number, y: number}} [at] Of the window.
 * @param {string} [wanted] A name to begin with.
 */
export function nameBox(track, at, wanted = "") {
  const frame = now.frame;
  const row = boxOf(frame, track);
  const current = row ? nameOf(row[1]) : "";
  const scope = scopes(frame);
  /** @param {string} player */
  const say = (player) => {
    const [first, last] = scope.frames();
    dialog.close();
    void tell([{ track, first, last, player }]);
  };
  const { root, input } = combo({
    label: "Who is it?", names: allNames, free: namesAreFree(), open: true, value: wanted, accept: say,
  });
  const pickFor = (/** @type {string} */ text, /** @type {(other: number) => void} */ act) => () => {
    dialog.close();
    choose(text, track, act);
  };
  const dialog = openDialog(current ? spoken(current) : "Nobody named yet", [
    make("div", { class: "namebox" }, crop(track, frame, true), scope.root),
    make("div", { class: "verdicts" },
      make("button", { type: "button", onclick: () => say("") }, "Nobody I name"),
      make("button", {
        type: "button", onclick: pickFor(`Who traded places with ${spoken(current)} at ${clock(frame)}?`,
          (other) => void swap(track, other, frame)),
      }, "Traded here…"),
      make("button", {
        type: "button", onclick: pickFor("Which other box is the same person? You may go to another moment first.",
          (other) => void same(track, other)),
      }, "Same as…")),
    root, // last: the list of names opens over nothing
  ], at ? { at, kind: "beside" } : {});
  input.focus();
}

/** From here, the whole track, or a window. @param {number} frame */
function scopes(frame) {
  const [begin, end] = state.facts.frames;
  const half = Math.round(WINDOW * state.facts.fps);
  const window = { first: within(frame - half), last: within(frame + half) };
  let chosen = "here";
  /** @returns {[number, number]} */
  const frames = () => {
    if (chosen === "window") return [window.first, window.last];
    return [chosen === "whole" ? begin : frame, end];
  };
  const bounds = make("span", { class: "soft small", hidden: true });
  const paint = () => {
    bounds.hidden = chosen !== "window";
    bounds.replaceChildren(bound("first"), " to ", bound("last"));
  };
  /** @param {"first"|"last"} side */
  const bound = (side) => {
    const move = (/** @type {number} */ by) => () => {
      const limit = side === "first" ? Math.min : Math.max;
      window[side] = limit(within(window[side] + by * Math.round(state.facts.fps / 2)), frame);
      seek(window[side]);
      paint();
    };
    return make("span", { class: "bound" },
      make("button", { type: "button", onclick: move(-1), "aria-label": `${side}: half a second earlier` }, "−"),
      clock(window[side]),
      make("button", { type: "button", onclick: move(1), "aria-label": `${side}: half a second later` }, "+"));
  };
  /** @param {string} value @param {string} text */
  const radio = (value, text) => make("label", {},
    make("input", {
      type: "radio", name: "scope", value, checked: value === chosen,
      onchange: () => { chosen = value; paint(); },
    }), text);
  const root = make("fieldset", {}, make("legend", { class: "soft small" }, "In which frames?"),
    radio("here", `from here (${clock(frame)}) to the end of the track`),
    radio("whole", "the whole track"), radio("window", "only in this window"), bounds);
  paint();
  return { root, frames };
}
