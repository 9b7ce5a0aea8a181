/** The video, exact to the frame: what is shown, played, stepped, sought. */

import { boxesAt, boxOf, loadBoxes, whenBoxesArrive } from "./boxes.js";
import { draw, rectOf } from "./draw.js";
import { picture, want, whenArrived } from "./frames.js";
import { within } from "./people.js";
import { set, state, watch } from "./state.js";
import { View } from "./view.js";

const WIDTHS = [480, 640, 960, 1280, 1920, 2560, 3840];
const AHEAD = 24; // pictures asked for while it plays
const AROUND = 5; // on either side while it stands
const SLACK = 0.6; // seconds shown before and after a stretch that is played again and again
export const SPEEDS = [0.25, 0.5, 1, 2, 4, 8];

export const view = new View(16, 9);
export const now = {
  frame: 1, // shown; state.frame is where it is to be
  hovered: -1,
  dragged: /** @type {{x: number, y: number, text: string}|null} */ (null),
  labels: /** @type {import("./draw.js").Drawn[]} */ ([]),
};
let canvas = /** @type {HTMLCanvasElement} */ (document.createElement("canvas"));
let context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
let asked = false;
let follows = false; // whom it is about
let since = 0; // when the frame shown was due, ms

/** @param {HTMLCanvasElement} element */
export function openPlayer(element) {
  canvas = element;
  context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  [view.width, view.height] = state.facts.size;
  view.reset();
  new ResizeObserver(fit).observe(canvas);
  whenArrived((frame) => frame === state.frame && redraw());
  whenBoxesArrive(redraw);
  watch(["frame", "playing", "speed"], () => {
    if (state.playing && since === 0) since = performance.now();
    if (!state.playing) since = 0;
    fetchAhead();
    redraw();
  });
  watch(["focus", "changes", "pick", "facts"], redraw);
  fit();
}

function fit() {
  const ratio = window.devicePixelRatio || 1;
  const { clientWidth, clientHeight } = canvas;
  canvas.width = Math.max(1, Math.round(clientWidth * ratio));
  canvas.height = Math.max(1, Math.round(clientHeight * ratio));
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  view.resize(clientWidth, clientHeight);
  fetchAhead();
  redraw();
}

/** Paint with the next picture of the screen. */
export function redraw() {
  if (asked) return;
  asked = true;
  requestAnimationFrame((time) => {
    asked = false;
    if (state.playing) advance(time);
    const there = picture(state.frame);
    const ready = there || !state.facts.video.there;
    if (ready) {
      now.frame = state.frame;
      follow();
      canvas.dataset.frame = String(now.frame);
    }
    canvas.parentElement?.classList.toggle("late", !ready);
    now.labels = draw(context, view, there ?? picture(now.frame), now);
    if (state.playing) redraw();
  });
}

/** Stay with whom it is about, unless the view was moved by hand. */
function follow() {
  const [item] = state.focus;
  const row = follows && item ? boxOf(now.frame, item.track) : undefined;
  if (row && view.zoom > 1) view.follow(rectOf(row));
}

/** Every how many frames one is shown: above normal speed some are left out. */
const stride = () => Math.max(1, Math.round(state.speed));

/** @param {number} time */
function advance(time) {
  const interval = (1000 * stride()) / (state.facts.fps * state.speed);
  if (time - since < interval) return;
  const next = following(state.frame);
  if (next === state.frame) return set({ playing: false });
  if (state.facts.video.there && !picture(next)) return; // late: it waits, and leaves nothing out
  since = time - since > 3 * interval ? time : since + interval;
  set({ frame: next });
}

/** The frame shown after this one; a stretch begins again. @param {number} frame */
function following(frame) {
  const next = frame + stride();
  if (!state.stretch) return within(next);
  const slack = Math.round(SLACK * state.facts.fps);
  const [from, to] = [within(state.stretch[0] - slack), within(state.stretch[1] + slack)];
  const inside = frame >= from && frame <= to;
  return inside && (next > to || within(next) === frame) ? from : within(next);
}

function fetchAhead() {
  const { frame } = state;
  const span = state.playing ? AHEAD * stride() : 2 * AROUND;
  void loadBoxes(frame - state.facts.fps, frame + span);
  if (!state.facts.video.there) return;
  const frames = new Set([frame]);
  if (state.playing) {
    for (let i = 0, at = frame; i < AHEAD; i++) frames.add((at = following(at)));
  } else {
    for (let i = 1; i <= AROUND; i++) frames.add(within(frame + i)).add(within(frame - i));
  }
  want([...frames], pictureWidth(), !state.playing);
}

function pictureWidth() {
  const needed = view.width * view.scale * (window.devicePixelRatio || 1);
  // while it plays the size of the canvas must do
  const shown = state.playing ? Math.min(needed, canvas.width) : needed;
  const found = WIDTHS.find((width) => width >= shown * 0.9) ?? view.width;
  return Math.min(found, view.width);
}

/** @param {number} frame */
export function seek(frame) {
  set({ frame: within(frame) });
}

/** @param {number} frames */
export function step(frames) {
  set({ playing: false, frame: within(state.frame + frames) });
}

export function togglePlay() {
  const atEnd = state.frame >= state.facts.frames[1];
  if (!state.playing && atEnd && state.facts.frames[0] < state.frame) seek(state.facts.frames[0]);
  set({ playing: !state.playing });
}

/** @param {number} by How many speeds faster. */
export function changeSpeed(by) {
  const at = SPEEDS.indexOf(state.speed) + by;
  set({ speed: SPEEDS[Math.min(Math.max(at, 0), SPEEDS.length - 1)] ?? 1 });
}

/** Bring whom it is about to the middle; what is shown whole again is unzoomed. */
export async function zoomToPeople() {
  const { frame, focus } = state;
  await loadBoxes(frame, frame);
  const rows = focus.map((item) => boxOf(frame, item.track));
  view.showAll(rows.filter((row) => row !== undefined).map(rectOf));
  follows = true;
  fetchAhead();
  redraw();
}

export function zoomOut() {
  view.reset();
  fetchAhead();
  redraw();
}

/** After a zoom or pan by hand. */
export function viewChanged() {
  follows = false;
  fetchAhead();
  redraw();
}

/**
 * Whose name, or else whose box is under a point of the canvas: the smallest where several are.
 * @param {number} x @param {number} y @param {number} slack CSS pixels around a box
 */
export function rowUnder(x, y, slack) {
  const rows = (boxesAt(now.frame) ?? []).filter((row) => row[6] !== 2);
  const label = now.labels.filter(({ rect }) => x >= rect.x1 && x <= rect.x2 && y >= rect.y1 && y <= rect.y2).at(-1);
  const named = label && rows.find((row) => row[0] === label.track);
  if (named) return named;
  const area = (/** @type {import("./types.js").Row} */ row) => (row[4] - row[2]) * (row[5] - row[3]);
  const under = rows.filter((row) => {
    const box = view.rect(rectOf(row));
    return x >= box.x1 - slack && x <= box.x2 + slack && y >= box.y1 - slack && y <= box.y2 + slack;
  });
  return under.sort((a, b) => area(a) - area(b))[0];
}
