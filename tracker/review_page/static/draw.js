/** One picture of the video with its boxes, trails and names. */

import { boxesAt, boxOf } from "./boxes.js";
import { place } from "./labels.js";
import { colorOf, inkOn, nameOf, spoken } from "./people.js";
import { digitOf } from "./pick.js";
import { state } from "./state.js";

/** @typedef {import("./types.js").Rect} Rect */
/** @typedef {import("./types.js").Row} Row */
/** @typedef {{box: Rect, width: number, must: boolean, text: string, color: string, faint: boolean, track: number}} Label */
/** A name as it was drawn, in CSS pixels of the canvas. @typedef {{track: number, rect: Rect}} Drawn */

const TRAIL = 1.2; // seconds
const LABEL = 18; // CSS pixels high
const PICK_LINE = 56; // over the picture, while somebody is to be chosen
const HIDDEN = 1;
const ABSENT = 2;

/** @param {Row} row @returns {Rect} */
export function rectOf(row) {
  return { x1: row[2], y1: row[3], x2: row[4], y2: row[5] };
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {import("./view.js").View} view
 * @param {ImageBitmap|undefined} picture
 * @param {{frame: number, hovered: number, dragged: {x: number, y: number, text: string}|null}} now
 * @returns {Drawn[]} The names that are seen, the topmost last.
 */
export function draw(context, view, picture, now) {
  const { width, height } = view.canvas;
  context.clearRect(0, 0, width, height);
  const whole = view.rect({ x1: 0, y1: 0, x2: view.width, y2: view.height });
  if (picture) {
    context.drawImage(picture, whole.x1, whole.y1, whole.x2 - whole.x1, whole.y2 - whole.y1);
  } else {
    context.fillStyle = "#20252c";
    context.fillRect(whole.x1, whole.y1, whole.x2 - whole.x1, whole.y2 - whole.y1);
  }
  const rows = (boxesAt(now.frame) ?? []).filter((row) => row[6] !== ABSENT);
  const about = tracksAbout(now.frame);
  for (const row of rows) drawTrail(context, view, row, now.frame, about);
  for (const row of rows) drawBox(context, view, row, about, now.hovered);
  const drawn = drawLabels(context, view, rows, about, now.hovered);
  if (now.dragged) drawGhost(context, now.dragged, width);
  return drawn;
}

/**
 * What is dragged, beside the pointer and within the canvas.
 * @param {CanvasRenderingContext2D} context
 * @param {{x: number, y: number, text: string}} dragged @param {number} width Of the canvas.
 */
function drawGhost(context, { x, y, text }, width) {
  const label = pill(context, text, "#ffffff", 0, Math.max(y, 2));
  context.globalAlpha = 0.95;
  drawPill(context, { ...label, x: Math.max(Math.min(x, width - label.width - 2), 2) });
  context.globalAlpha = 1;
}

/** Tracks of the question, while the frame is theirs. @param {number} frame */
function tracksAbout(frame) {
  const slack = state.facts.fps;
  const items = state.focus.filter(
    (item) => frame >= item.first - slack && frame <= item.last + slack,
  );
  return new Set(items.map((item) => item.track));
}

/**
 * @param {CanvasRenderingContext2D} context @param {import("./view.js").View} view
 * @param {Row} row @param {number} frame @param {Set<number>} about
 */
function drawTrail(context, view, row, frame, about) {
  if (row[1] < 0 && !about.has(row[0])) return;
  const step = Math.max(1, Math.round(state.facts.fps / 12));
  const from = Math.max(state.facts.frames[0], frame - Math.round(TRAIL * state.facts.fps));
  context.beginPath();
  let drawn = false;
  for (let at = frame; at >= from; at -= step) {
    const then = boxOf(at, row[0]);
    if (!then || then[6] === ABSENT) break;
    const foot = view.toCanvas((then[2] + then[4]) / 2, then[5]);
    if (drawn) context.lineTo(foot.x, foot.y);
    else context.moveTo(foot.x, foot.y);
    drawn = true;
  }
  context.globalAlpha = about.has(row[0]) ? 0.9 : 0.45;
  context.lineWidth = about.has(row[0]) ? 3 : 1.5;
  context.setLineDash([]);
  context.strokeStyle = colorOf(row[1]);
  context.stroke();
  context.globalAlpha = 1;
}

/**
 * @param {CanvasRenderingContext2D} context @param {import("./view.js").View} view
 * @param {Row} row @param {Set<number>} about @param {number} hovered
 */
function drawBox(context, view, row, about, hovered) {
  const box = view.rect(rectOf(row));
  const mine = about.has(row[0]) || row[0] === hovered;
  context.globalAlpha = mine || !about.size ? 1 : 0.6;
  context.setLineDash(row[6] === HIDDEN ? [5, 4] : []);
  // light on dark, so that it is seen on any picture
  context.lineWidth = (mine ? 3 : 1.5) + 2;
  context.strokeStyle = "rgba(0, 0, 0, .55)";
  context.strokeRect(box.x1, box.y1, box.x2 - box.x1, box.y2 - box.y1);
  context.lineWidth = mine ? 3 : 1.5;
  context.strokeStyle = about.has(row[0]) ? "#ffd400" : colorOf(row[1]);
  context.strokeRect(box.x1, box.y1, box.x2 - box.x1, box.y2 - box.y1);
  context.setLineDash([]);
  context.globalAlpha = 1;
}

/**
 * @param {CanvasRenderingContext2D} context @param {import("./view.js").View} view
 * @param {Row[]} rows @param {Set<number>} about @param {number} hovered
 * @returns {Drawn[]}
 */
function drawLabels(context, view, rows, about, hovered) {
  /** @type {(Label & {rank: number})[]} */
  const wishes = [];
  for (const row of rows) {
    const mine = about.has(row[0]) || row[0] === hovered;
    const name = nameOf(row[1]);
    const digit = digitOf(row[0]);
    if (!name && !mine && !digit) continue;
    const text = (digit && `${digit}  `) + (name ? spoken(name) : "?") + (name && row[7] < 60 && !row[8] ? " ?" : "");
    const box = view.rect(rectOf(row));
    if (box.x2 < 0 || box.y2 < 0 || box.x1 > view.canvas.width || box.y1 > view.canvas.height) continue;
    wishes.push({
      box, text, must: mine || digit !== "", faint: row[6] === HIDDEN, color: colorOf(row[1]),
      width: pill(context, text, "", 0, 0).width, track: row[0],
      // a hovered name keeps its place: it must not slip away under the pointer
      rank: (about.has(row[0]) ? 0 : 2) + (row[6] === HIDDEN ? 1 : 0),
    });
  }
  wishes.sort((a, b) => a.rank - b.rank);
  const top = state.pick ? PICK_LINE : 2;
  const room = { x1: 2, y1: top, x2: view.canvas.width - 2, y2: view.canvas.height - 2 };
  const placed = place(wishes, LABEL, room);
  for (const { wish, place: rect } of placed) {
    context.globalAlpha = wish.faint ? 0.75 : 1;
    drawPill(context, { text: wish.text, x: rect.x1, y: rect.y1, width: wish.width, color: wish.color });
  }
  context.globalAlpha = 1;
  return placed.map(({ wish, place: rect }) => ({ track: wish.track, rect }));
}

/**
 * @param {CanvasRenderingContext2D} context @param {string} text @param {string} color
 * @param {number} x @param {number} y
 */
function pill(context, text, color, x, y) {
  context.font = "600 12px system-ui, sans-serif";
  return { text, color, x, y, width: Math.ceil(context.measureText(text).width) + 10 };
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {{text: string, color: string, x: number, y: number, width: number}} label
 */
function drawPill(context, { text, color, x, y, width }) {
  context.beginPath();
  context.roundRect(x, y, width, LABEL, 4);
  context.fillStyle = color;
  context.fill();
  context.fillStyle = inkOn(color);
  context.font = "600 12px system-ui, sans-serif";
  context.textBaseline = "middle";
  context.fillText(text, x + 5, y + LABEL / 2 + 0.5);
}
