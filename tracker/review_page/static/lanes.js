/** A lane per player: where they are seen, hidden, away; how sure; and the moments of questions. */

import { askFor } from "./actions.js";
import { get, showing } from "./api.js";
import { byId, make, nameTag } from "./dom.js";
import { clock, colorOf, duration, indexOf, numberOf, spoken, within } from "./people.js";
import { seek } from "./player.js";
import { set, state, watch } from "./state.js";

/** @typedef {import("./types.js").Lanes} Lanes */
/** @typedef {import("./types.js").Lane} Lane */

const BINS = 1000; // spans of a lane
const MOST_SPANS = 40_000; // of all of them
const HEIGHT = 16; // CSS pixels of a lane
const NEAR = 6; // CSS pixels around the mark of a question
const NEAREST = 5; // seconds that the lanes can be zoomed to

/** @type {Lanes} */
let lanes = { players: [], doubts: [] };
/** @type {[number, number]} Frames shown. */
let span = [1, 1];
let latest = 0;

/** @returns {Promise<void>} Until the first are there. */
export function openLanes() {
  const list = byId("lanes", HTMLElement);
  const zoom = (/** @type {number} */ factor) => () => zoomLanes(factor);
  byId("lanes-in", HTMLButtonElement).addEventListener("click", zoom(0.5));
  byId("lanes-out", HTMLButtonElement).addEventListener("click", zoom(2));
  new ResizeObserver(paintAll).observe(list);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paintAll);
  /** @type {Promise<void>} */
  let first = Promise.resolve();
  watch(["facts", "changes"], () => {
    const [begin, end] = state.facts.frames;
    if (span[0] < begin || span[1] > end || span[1] <= span[0]) span = [begin, end];
    first = reload();
  });
  watch(["frame"], () => { follow(); paintHead(); });
  watch(["question"], paintAll);
  return first;
}

/** Spans of a lane at most, so that many lanes are not too much together. */
function bins() {
  return Math.max(MOST_SPANS / Math.max(state.facts.players.length, MOST_SPANS / BINS), 100) | 0;
}

async function reload() {
  const mine = ++latest;
  const found = await showing(() => get("/api/lanes", { first: span[0], last: span[1], bins: bins() }));
  if (!found || mine !== latest) return;
  lanes = found;
  build();
}

/** @param {number} factor */
function zoomLanes(factor) {
  const [begin, end] = state.facts.frames;
  const least = Math.min(NEAREST * state.facts.fps, end - begin);
  const length = Math.min(Math.max((span[1] - span[0]) * factor, least), end - begin);
  const first = Math.min(Math.max(state.frame - length / 2, begin), end - length);
  span = [within(first), within(first + length)];
  void reload();
}

/** Page on when the video leaves what is shown. */
function follow() {
  if (state.frame >= span[0] && state.frame <= span[1]) return;
  zoomLanes(1);
}

function build() {
  const list = byId("lanes", HTMLElement);
  const rows = lanes.players.map((lane) => {
    const canvas = make("canvas", { class: "lane", "aria-hidden": "true" });
    canvas.addEventListener("pointerdown", (event) => goTo(canvas, event, lane));
    canvas.addEventListener("pointermove", (event) => {
      if (event.buttons & 1) goTo(canvas, event, lane);
      canvas.title = titleAt(canvas, event, lane);
    });
    return make("li", {},
      make("button", {
        type: "button", class: "lane-name", onclick: () => nextSeen(lane),
        "aria-label": `${spoken(lane.name)}: ${summary(lane)}. Go to where they are seen next`,
      },
      make("i", { class: "dot", style: `background: ${colorOf(indexOf(lane.name))}` }),
      nameTag(spoken(lane.name)), make("span", { class: "soft" }, numberOf(lane.name))),
      canvas);
  });
  list.replaceChildren(...rows);
  byId("lanes-span", HTMLElement).textContent = `${clock(span[0])} to ${clock(span[1])}`;
  paintAll();
}

/** @param {Lane} lane */
function summary(lane) {
  const frames = lane.spans.filter(([, , kind]) => kind.startsWith("v"))
    .reduce((sum, [first, last]) => sum + last - first + 1, 0);
  return `seen ${duration(frames / state.facts.fps)}`;
}

/** @param {HTMLCanvasElement} canvas @param {MouseEvent} event */
function frameAt(canvas, event) {
  const share = event.offsetX / Math.max(canvas.clientWidth, 1);
  return within(span[0] + share * (span[1] - span[0]));
}

/**
 * Go there; the moment of a question near the pointer draws it, and its question is asked.
 * @param {HTMLCanvasElement} canvas @param {PointerEvent} event @param {Lane} lane
 */
function goTo(canvas, event, lane) {
  const frame = frameAt(canvas, event);
  const near = NEAR * (span[1] - span[0]) / Math.max(canvas.clientWidth, 1);
  const [moment] = lanes.doubts
    .filter(([at, , , player]) => player === lane.name && Math.abs(at - frame) <= near)
    .sort(([a], [b]) => Math.abs(a - frame) - Math.abs(b - frame));
  set({ playing: false });
  seek(moment ? moment[0] : frame);
  if (moment && event.type === "pointerdown") {
    void askFor(moment[2], lanes.doubts.map(([, , id]) => id));
  }
}

/** @param {HTMLCanvasElement} canvas @param {MouseEvent} event @param {Lane} lane */
function titleAt(canvas, event, lane) {
  const frame = frameAt(canvas, event);
  const kind = lane.spans.find(([first, last]) => frame >= first && frame <= last)?.[2] ?? "";
  const where = { v: "seen", h: "hidden", a: "away" }[kind[0] ?? ""] ?? "not in the picture";
  const how = kind.includes("!") ? ", said by you" : kind.includes("?") ? ", in doubt" : "";
  return `${spoken(lane.name)} at ${clock(frame)}: ${where}${how}`;
}

/** @param {Lane} lane */
function nextSeen(lane) {
  const starts = lane.spans.filter(([, , kind]) => kind.startsWith("v")).map(([first]) => first);
  seek(starts.find((first) => first > state.frame) ?? starts[0] ?? state.frame);
}

function paintAll() {
  const style = getComputedStyle(document.documentElement);
  const rows = [...document.querySelectorAll("#lanes canvas")];
  rows.forEach((canvas, i) => {
    const lane = lanes.players[i];
    if (canvas instanceof HTMLCanvasElement && lane) paintLane(canvas, lane, style);
  });
  paintHead();
}

/** @param {HTMLCanvasElement} canvas @param {Lane} lane @param {CSSStyleDeclaration} style */
function paintLane(canvas, lane, style) {
  const ratio = window.devicePixelRatio || 1;
  const width = canvas.clientWidth;
  [canvas.width, canvas.height] = [Math.max(1, Math.round(width * ratio)), HEIGHT * ratio];
  const context = canvas.getContext("2d");
  if (!context) return;
  context.scale(ratio, ratio);
  const scale = width / Math.max(span[1] - span[0] + 1, 1);
  const color = colorOf(indexOf(lane.name));
  for (const [first, last, kind] of lane.spans) {
    const [x, wide] = [(first - span[0]) * scale, Math.max((last - first + 1) * scale, 1)];
    const high = { v: 10, h: 4, a: 1 }[kind[0] ?? ""] ?? 1;
    const top = (HEIGHT - high) / 2;
    context.globalAlpha = kind.includes("?") ? 0.4 : 1;
    context.fillStyle = kind.startsWith("a") ? style.getPropertyValue("--line") : color;
    context.fillRect(x, top, wide, high);
    context.globalAlpha = 1;
    if (kind.includes("!")) {
      context.fillStyle = style.getPropertyValue("--told");
      context.fillRect(x, HEIGHT - 2, wide, 2);
    }
  }
  for (const [frame, , id, player] of lanes.doubts) {
    if (player !== lane.name || frame < span[0] || frame > span[1]) continue;
    context.fillStyle = style.getPropertyValue(id === state.question?.id ? "--ask" : "--doubt");
    const x = (frame - span[0]) * scale;
    context.beginPath();
    context.moveTo(x - 4, 0);
    context.lineTo(x + 4, 0);
    context.lineTo(x, 7);
    context.fill();
  }
}

/** The line of now over all lanes. */
function paintHead() {
  const head = byId("lanes-now", HTMLElement);
  const canvas = document.querySelector("#lanes canvas");
  if (!(canvas instanceof HTMLCanvasElement)) return;
  const share = (state.frame - span[0]) / Math.max(span[1] - span[0], 1);
  head.style.left = `${canvas.offsetLeft + share * canvas.clientWidth}px`;
  head.hidden = share < 0 || share > 1;
}
