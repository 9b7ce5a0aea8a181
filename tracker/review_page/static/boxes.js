/** Boxes and their names of now, fetched in chunks of frames. */

import { get, showing } from "./api.js";
import { set, state } from "./state.js";
import { within } from "./people.js";

/** @typedef {import("./types.js").Row} Row */

const CHUNK = 100; // frames
const ROOM = 60; // chunks kept

/** @type {Map<number, {frames: Row[][], changes: number}>} Chunks, those fetched longest ago first. */
const kept = new Map();
/** @type {Map<number, Promise<void>>} */
const loading = new Map();

/** @param {number} frame */
const chunkOf = (frame) => Math.floor((frame - state.facts.frames[0]) / CHUNK);

/**
 * Rows of a frame; those of before the last answer until new ones have come.
 * @param {number} frame
 * @returns {Row[]|undefined}
 */
export function boxesAt(frame) {
  const chunk = chunkOf(frame);
  const found = kept.get(chunk);
  if (!found || found.changes !== state.changes) void load(chunk);
  return found?.frames[frame - state.facts.frames[0] - chunk * CHUNK];
}

/** @param {number} frame @param {number} track @returns {Row|undefined} */
export function boxOf(frame, track) {
  return boxesAt(frame)?.find((row) => row[0] === track);
}

/** Have the boxes of these frames come. @param {number} first @param {number} last */
export async function loadBoxes(first, last) {
  const chunks = [];
  for (let chunk = chunkOf(within(first)); chunk <= chunkOf(within(last)); chunk++) {
    if (kept.get(chunk)?.changes !== state.changes) chunks.push(load(chunk));
  }
  await Promise.all(chunks);
}

/** @param {number} chunk */
function load(chunk) {
  const under = loading.get(chunk);
  if (under) return under;
  const promise = fetchChunk(chunk).finally(() => loading.delete(chunk));
  loading.set(chunk, promise);
  return promise;
}

/** @param {number} chunk */
async function fetchChunk(chunk) {
  const changes = state.changes;
  const first = state.facts.frames[0] + chunk * CHUNK;
  const last = within(first + CHUNK - 1);
  const found = await showing(() => get("/api/boxes", { first, last }));
  kept.delete(chunk);
  // also after a failure: it is asked for again with the next change, not in every picture drawn
  kept.set(chunk, { frames: found?.frames ?? [], changes });
  for (const old of kept.keys()) if (kept.size > ROOM) kept.delete(old);
  boxesArrived();
}

/** @type {(() => void)[]} */
const listeners = [];

/** @param {() => void} act Called when boxes have come. */
export function whenBoxesArrive(act) {
  listeners.push(act);
}

function boxesArrived() {
  for (const act of listeners) act();
}

/** Names may have changed: everything is fetched again when it is next looked at. */
export function namesChanged() {
  set({ changes: state.changes + 1 });
}
