/** Choosing somebody in the picture, by mouse, by finger, or by the digit at the box. */

import { boxesAt, boxOf } from "./boxes.js";
import { now } from "./player.js";
import { set, state } from "./state.js";

const DIGITS = 9;

/**
 * Tracks that can be chosen, those with a digit first: near whom it is about, else from the left.
 * @returns {number[]}
 */
export function pickable() {
  const { pick } = state;
  if (!pick) return [];
  const rows = (boxesAt(now.frame) ?? []).filter((row) => row[6] !== 2 && row[0] !== pick.not);
  const from = pick.not >= 0 ? boxOf(now.frame, pick.not) : undefined;
  /** @param {import("./types.js").Row} row */
  const order = (row) => {
    const x = (row[2] + row[4]) / 2;
    if (!from) return x;
    return Math.hypot(x - (from[2] + from[4]) / 2, (row[3] + row[5] - from[3] - from[5]) / 2);
  };
  return rows.sort((a, b) => order(a) - order(b)).map((row) => row[0]);
}

/** @param {number} track @returns {string} Its digit, "" without one. */
export function digitOf(track) {
  const at = pickable().indexOf(track);
  return at >= 0 && at < DIGITS ? String(at + 1) : "";
}

/**
 * @param {string} text What is to be chosen.
 * @param {number} not A track that cannot be chosen, -1 for none.
 * @param {(track: number) => void} accept
 */
export function choose(text, not, accept) {
  set({ playing: false, pick: { text, not, accept } });
}

/** @param {number} track */
export function pickTrack(track) {
  const { pick } = state;
  if (!pick || track === pick.not) return;
  set({ pick: null });
  pick.accept(track);
}

/** @param {number} digit From 1. */
export function pickDigit(digit) {
  const track = pickable()[digit - 1];
  if (track !== undefined) pickTrack(track);
}
