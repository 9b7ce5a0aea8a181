/**
 * Mouse and fingers on the video: click a box, drag a name onto another, pan, pinch, wheel.
 * What is dragged by a name or a box is that name; empty ground, and the middle button, pan.
 */

import { clock, nameOf, spoken } from "./people.js";
import { pickTrack } from "./pick.js";
import { now, redraw, rowUnder, seek, view, viewChanged, step } from "./player.js";
import { set, state } from "./state.js";

const MIDDLE = 1; // button
const FAR = 6; // CSS pixels after which a press is a drag
const SLACK = { mouse: 3, touch: 12, pen: 6 };

/**
 * @typedef {{click: (track: number, x: number, y: number) => void,
 *   drop: (from: number, onto: number) => void}} Acts
 *
 * track: -1 on empty ground. name: "" where it pans.
 * @typedef {{x: number, y: number, track: number, name: string, moved: boolean}} Press
 */

/** @type {Map<number, {x: number, y: number}>} */
const pointers = new Map();
/** @type {Press|null} */
let press = null;

/** @param {HTMLCanvasElement} canvas @param {Acts} acts */
export function openPointer(canvas, acts) {
  canvas.addEventListener("pointerdown", (event) => down(canvas, event));
  canvas.addEventListener("pointermove", (event) => move(canvas, event));
  canvas.addEventListener("pointerup", (event) => up(event, acts));
  canvas.addEventListener("pointercancel", (event) => forget(event.pointerId));
  canvas.addEventListener("pointerleave", () => hover(-1));
  canvas.addEventListener("wheel", wheel, { passive: false });
}

/** @param {PointerEvent} event */
function under(event) {
  const slack = SLACK[/** @type {keyof SLACK} */ (event.pointerType)] ?? SLACK.mouse;
  return rowUnder(event.offsetX, event.offsetY, slack);
}

/** @param {HTMLCanvasElement} canvas @param {PointerEvent} event */
function down(canvas, event) {
  if (event.button !== 0 && event.button !== MIDDLE) return;
  event.preventDefault(); // the middle button would scroll
  canvas.setPointerCapture(event.pointerId);
  pointers.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
  const row = event.button === MIDDLE ? undefined : under(event);
  const name = row ? spoken(nameOf(row[1])) : "";
  press = pointers.size > 1 ? null
    : { x: event.offsetX, y: event.offsetY, track: row?.[0] ?? -1, name, moved: false };
}

/** @param {HTMLCanvasElement} canvas @param {PointerEvent} event */
function move(canvas, event) {
  const before = pointers.get(event.pointerId);
  if (!before) {
    const row = under(event);
    canvas.style.cursor = row ? "pointer" : "";
    return hover(row?.[0] ?? -1);
  }
  if (pointers.size === 2) return pinch(event);
  pointers.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
  if (!press) return;
  press.moved ||= Math.hypot(event.offsetX - press.x, event.offsetY - press.y) > FAR;
  if (!press.moved) return;
  if (press.name && !state.pick) return drag(canvas, event, press);
  view.pan((event.offsetX - before.x) / view.scale, (event.offsetY - before.y) / view.scale);
  viewChanged();
}

/**
 * A name on its way, and what letting it go here will do.
 * @param {HTMLCanvasElement} canvas @param {PointerEvent} event @param {Press} from
 */
function drag(canvas, event, from) {
  set({ playing: false }); // the two change places from the frame that is seen
  canvas.style.cursor = "grabbing";
  const onto = target(event, from);
  const text = onto ? `${from.name} ⇄ ${spoken(nameOf(onto[1]))} from ${clock(now.frame)}`
    : `${from.name}: drop it on another box to swap`;
  now.dragged = { x: event.offsetX + 8, y: event.offsetY - 26, text };
  hover(onto?.[0] ?? from.track);
}

/** Whom it can be dropped on: somebody else, where one of the two has a name. @param {PointerEvent} event @param {Press} from */
function target(event, from) {
  const row = under(event);
  const isNamed = row && (nameOf(row[1]) || from.name !== spoken(""));
  return isNamed && row[0] !== from.track ? row : undefined;
}

/** @param {PointerEvent} event */
function pinch(event) {
  const [a, b] = [...pointers.entries()];
  const other = a && b ? (a[0] === event.pointerId ? b[1] : a[1]) : undefined;
  const before = pointers.get(event.pointerId);
  if (!other || !before) return;
  const apart = Math.hypot(before.x - other.x, before.y - other.y);
  const distance = Math.hypot(event.offsetX - other.x, event.offsetY - other.y);
  pointers.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
  if (apart > 0) view.zoomAt(distance / apart, (event.offsetX + other.x) / 2, (event.offsetY + other.y) / 2);
  view.pan((event.offsetX - before.x) / 2 / view.scale, (event.offsetY - before.y) / 2 / view.scale);
  viewChanged();
}

/** @param {PointerEvent} event @param {Acts} acts */
function up(event, acts) {
  const done = press;
  forget(event.pointerId);
  if (!done || done.track < 0) return;
  if (!done.moved) {
    if (state.pick) pickTrack(done.track);
    else acts.click(done.track, event.clientX, event.clientY);
  } else if (!state.pick) {
    const onto = target(event, done);
    if (onto) acts.drop(done.track, onto[0]);
  }
}

/** @param {number} pointer */
function forget(pointer) {
  pointers.delete(pointer);
  press = null;
  now.dragged = null;
  redraw();
}

/** @param {number} track */
function hover(track) {
  now.hovered = track;
  redraw();
}

/** Zoom with Ctrl (as a pinch on a touchpad sends it), else step. @param {WheelEvent} event */
function wheel(event) {
  event.preventDefault();
  if (event.ctrlKey || event.metaKey) {
    view.zoomAt(Math.exp(-event.deltaY / 200), event.offsetX, event.offsetY);
    viewChanged();
  } else if (event.shiftKey) {
    seek(state.frame + Math.sign(event.deltaY) * Math.round(state.facts.fps));
  } else {
    step(Math.sign(event.deltaY));
  }
}
