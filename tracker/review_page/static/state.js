/** What the page knows, in one place; whoever shows a part of it watches that part. */

/** @typedef {import("./types.js").Facts} Facts */
/** @typedef {import("./types.js").Item} Item */

/**
 * Choosing somebody in the picture: which boxes can be taken, and what is done then.
 * @typedef {{text: string, not: number, accept: (track: number) => void}} Pick
 *
 * @typedef {object} State
 * @property {Facts} facts
 * @property {"review"|"audit"|"naming"} mode
 * @property {import("./types.js").Question|null} question
 * @property {string|null} end Why nothing is asked any more.
 * @property {number} answered How many answers this page has given.
 * @property {number} doubt Seconds of names in doubt.
 * @property {number} doubtAtStart
 * @property {number} frame
 * @property {boolean} playing
 * @property {number} speed
 * @property {Item[]} focus Whom it is about: drawn thick, zoomed to.
 * @property {[number, number]|null} stretch The frames it is about.
 * @property {number[]} cuts Frames in which the next part of the stretch begins.
 * @property {Pick|null} pick
 * @property {number} changes Grows whenever names may have changed.
 * @property {string} trouble One line, of the server or of its absence.
 * @property {boolean} gone The server does not answer.
 * @property {import("./types.js").Status} status
 */

/** @type {Facts} */
const NO_FACTS = {
  run: "", name: "", fps: 25, frames: [1, 1], size: [16, 9], players: [], negatives: [],
  video: { there: false, note: "" }, named: true, mode: "", running: false, version: "",
};

/** @type {State} */
export const state = {
  facts: NO_FACTS, mode: "review", question: null, end: null, answered: 0, doubt: 0,
  doubtAtStart: 0, frame: 1, playing: false, speed: 1, focus: [], stretch: null, cuts: [],
  pick: null, changes: 0, trouble: "", gone: false, status: {},
};

/** @type {{keys: (keyof State)[], act: () => void}[]} */
const watchers = [];

/**
 * Call `act` after any of these has been set, and once now.
 * @param {(keyof State)[]} keys
 * @param {() => void} act
 */
export function watch(keys, act) {
  watchers.push({ keys, act });
  act();
}

/** @param {Partial<State>} change */
export function set(change) {
  const keys = /** @type {(keyof State)[]} */ (Object.keys(change));
  const changed = keys.filter((key) => state[key] !== change[key]);
  if (!changed.length) return;
  Object.assign(state, change);
  for (const watcher of watchers) {
    if (watcher.keys.some((key) => changed.includes(key))) watcher.act();
  }
}
