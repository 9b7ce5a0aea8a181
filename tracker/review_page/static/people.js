/** Names, colours and times as they are shown. */

import { state } from "./state.js";

/** For players whose kit is not known; told apart by people who see colours differently too. */
const PALETTE = [
  "#4c9be8", "#e69f00", "#3fb68b", "#d36fae", "#c9c23a", "#e4693b", "#8f7ee7", "#67c7d8",
];
const NOBODY = "#c8ccd2";

/** @param {number} index Of the player in the facts, -1 for nobody. */
export function colorOf(index) {
  if (index < 0) return NOBODY;
  return state.facts.players[index]?.color || PALETTE[index % PALETTE.length] || NOBODY;
}

/** @param {number} index */
export function nameOf(index) {
  if (index < 0) return "";
  const { players, negatives } = state.facts;
  return players[index]?.name ?? negatives[index - players.length] ?? "";
}

/** @param {string} name */
export function indexOf(name) {
  return state.facts.players.findIndex((player) => player.name === name);
}

/**
 * What a name is called in a sentence: a group of others (`_coach`) without its underscore.
 * @param {string} name
 */
export function spoken(name) {
  if (!name) return "nobody";
  return name.startsWith("_") ? name.slice(1).replaceAll("_", " ") : name;
}

/** @param {string} name */
export function numberOf(name) {
  const number = state.facts.players[indexOf(name)]?.number;
  return number === null || number === undefined || number === "" ? "" : `#${number}`;
}

/** @param {string} color "#rrggbb" */
export function inkOn(color) {
  const value = parseInt(color.slice(1), 16);
  const [red, green, blue] = [value >> 16, (value >> 8) & 255, value & 255];
  const light = 0.299 * (red ?? 0) + 0.587 * (green ?? 0) + 0.114 * (blue ?? 0);
  return light > 140 ? "#111418" : "#ffffff";
}

/** @param {number} frame @returns {string} m:ss.t, from the beginning of the video */
export function clock(frame) {
  const tenths = Math.floor(((frame - 1) / state.facts.fps) * 10 + 1e-6);
  const [minutes, rest] = [Math.floor(tenths / 600), tenths % 600];
  return `${minutes}:${String(Math.floor(rest / 10)).padStart(2, "0")}.${rest % 10}`;
}

/** @param {number} seconds */
export function duration(seconds) {
  if (seconds < 1) return `${seconds.toFixed(1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = seconds / 60;
  return `${minutes < 10 ? minutes.toFixed(1) : Math.round(minutes)} min`;
}

/**
 * A person in one frame, as something that it is about.
 * @param {number} track @param {number} frame @param {string} player @param {number} [last]
 * @returns {import("./types.js").Item}
 */
export function momentOf(track, frame, player, last = frame) {
  return {
    track, first: frame, last, player, focus: frame, shown: [frame], shown_names: [player],
    seconds: 0, sure: 0,
  };
}

/** @param {number} frame */
export function within(frame) {
  const [first, last] = state.facts.frames;
  return Math.min(Math.max(Math.round(frame), first), last);
}
