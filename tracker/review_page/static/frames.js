/** Pictures of the video, fetched ahead and kept as bitmaps within a bound of memory. */

import { Gone, address, request } from "./api.js";
import { set } from "./state.js";
import { AHEAD, LATER, NOW, inTurn } from "./turns.js";

const AT_ONCE = 3; // crops need some of the turns, too
const ROOM = 50e6; // pixels kept, at four bytes each
const AGAIN = 3000; // ms until a frame that failed is tried again

/**
 * sharp: of the video itself, not of the small copy that is quicker.
 * @typedef {{width: number, sharp: boolean, bitmap: ImageBitmap}} Kept
 */

/** @type {Map<number, Kept>} By frame, those used longest ago first. */
const kept = new Map();
/** @type {Map<number, {width: number, sharp: boolean, stop: AbortController}>} */
const loading = new Map();
/** @type {Map<number, number>} */
const failed = new Map();
/** @type {{frames: number[], width: number, sharp: boolean}} */
let wanted = { frames: [], width: 0, sharp: false };
/** @type {(frame: number) => void} */
let arrived = () => {};

/** @param {(frame: number) => void} act Called when a picture has come. */
export function whenArrived(act) {
  arrived = act;
}

/** @param {number} frame @returns {ImageBitmap|undefined} The picture, at any width. */
export function picture(frame) {
  const found = kept.get(frame);
  if (!found) return undefined;
  kept.delete(frame);
  kept.set(frame, found);
  return found.bitmap;
}

/**
 * What is needed from now on, most urgent first; what is on its way and no longer needed stops.
 * @param {number[]} frames
 * @param {number} width Pixels wide they should be.
 * @param {boolean} sharp The first of them of the video itself, however long it takes.
 */
export function want(frames, width, sharp) {
  wanted = { frames, width, sharp };
  const needed = new Set(frames);
  for (const [frame, one] of loading) {
    if (!needed.has(frame) || one.width < width) {
      one.stop.abort();
      loading.delete(frame);
    }
  }
  pump();
}

function pump() {
  const now = performance.now();
  for (const frame of wanted.frames) {
    if (loading.size >= AT_ONCE) return;
    const there = (kept.get(frame)?.width ?? 0) >= wanted.width || loading.has(frame);
    if (!there && now - (failed.get(frame) ?? -AGAIN) >= AGAIN) void load(frame, wanted.width, false);
  }
  const [shown] = wanted.frames;
  if (!wanted.sharp || shown === undefined || loading.size || kept.get(shown)?.sharp !== false) return;
  if (now - (failed.get(shown) ?? -AGAIN) >= AGAIN) void load(shown, wanted.width, true);
}

/** @param {number} frame @param {number} width @param {boolean} sharp */
async function load(frame, width, sharp) {
  const stop = new AbortController();
  loading.set(frame, { width, sharp, stop });
  try {
    const url = address(`/api/frame/${frame}.jpg`, sharp ? { w: width, sharp: 1 } : { w: width });
    const urgency = sharp ? LATER : frame === wanted.frames[0] ? NOW : AHEAD;
    const response = await inTurn(urgency, () => request(url, { signal: stop.signal }));
    const bitmap = await createImageBitmap(await response.blob());
    keep(frame, { width, sharp: sharp || response.headers.get("X-Sharp") !== "0", bitmap });
    failed.delete(frame);
    arrived(frame);
  } catch (error) {
    if (!stop.signal.aborted) {
      failed.set(frame, performance.now());
      if (error instanceof Error && !(error instanceof Gone)) {
        set({ trouble: `Frame ${frame}: ${error.message}` });
      }
    }
  } finally {
    if (loading.get(frame)?.stop === stop) loading.delete(frame);
    pump();
  }
}

/** @param {number} frame @param {Kept} one */
function keep(frame, one) {
  kept.get(frame)?.bitmap.close();
  kept.delete(frame);
  kept.set(frame, one);
  let pixels = 0;
  for (const { bitmap } of kept.values()) pixels += bitmap.width * bitmap.height;
  const needed = new Set(wanted.frames);
  for (const [old, { bitmap }] of kept) {
    if (pixels <= ROOM) return;
    if (old === frame || needed.has(old)) continue;
    pixels -= bitmap.width * bitmap.height;
    bitmap.close();
    kept.delete(old);
  }
}
