/** How right are the names? Twenty named seconds drawn at random, each judged yes or no. */

import { askAgain } from "./actions.js";
import { get, post, showing } from "./api.js";
import { keyButton } from "./buttons.js";
import { crop, galleryPictures } from "./crops.js";
import { byId, make, nameTag } from "./dom.js";
import { clock, indexOf, momentOf, spoken } from "./people.js";
import { seek, zoomToPeople } from "./player.js";
import { set, state } from "./state.js";

/** @typedef {import("./types.js").AuditItem} AuditItem */
/** @typedef {import("./types.js").Precision} Precision */

const MANY = 20;

/** @type {AuditItem[]} */
let items = [];
let at = 0;
let busy = false;
/** @type {Precision|null} */
let precision = null;

export async function startAudit() {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const found = await showing(() => get("/api/audit", { n: MANY, seed }));
  if (!found) return;
  items = found.items;
  at = 0;
  precision = found.done ? found : null;
  set({ mode: "audit", playing: false, pick: null });
  paint();
}

export function leaveAudit() {
  byId("audit", HTMLElement).hidden = true;
  set({ mode: "review", focus: [], stretch: null });
  void askAgain();
}

/** @param {string} key @returns {boolean} */
export function auditKey(key) {
  if (state.mode !== "audit") return false;
  if (key === "Escape" || (key === "Enter" && at >= items.length)) leaveAudit();
  else if (key === "Enter" || key === "y") void judge(true);
  else if (key === "n") void judge(false);
  else return false;
  return true;
}

/** @param {boolean} yes */
async function judge(yes) {
  if (busy || at >= items.length) return;
  busy = true;
  const body = { i: items[at]?.i, yes };
  const told = await showing(() => post("/api/audit", body), "this judgement; judge again when it is back.");
  busy = false;
  if (!told) return;
  at += 1;
  precision = told;
  paint();
}

function paint() {
  const panel = byId("audit", HTMLElement);
  panel.hidden = false;
  const item = items[at];
  panel.replaceChildren(item ? itemView(item) : resultView(precision), progress(precision));
  if (item) showItem(item);
}

/** @param {AuditItem} item */
function showItem(item) {
  const half = Math.round(state.facts.fps / 2);
  set({
    stretch: [item.frame - half, item.frame + half],
    focus: [momentOf(item.track, item.frame, item.player)],
  });
  seek(item.frame);
  void zoomToPeople();
}

/** @param {AuditItem} item */
function itemView(item) {
  return make(
    "div", {},
    make("p", { class: "soft small" }, `Name ${at + 1} of ${items.length}, drawn at random · ${clock(item.frame)}`),
    make("h2", {}, "Is this ", nameTag(spoken(item.player)), "?"),
    make("div", { class: "pair" },
      make("div", { class: "figure" }, crop(item.track, item.frame, true),
        make("span", { class: "soft small" }, "in the video")),
      ...galleryPictures(indexOf(item.player), 1).map((picture) => make("div", { class: "figure" }, picture,
        make("span", { class: "soft small" }, "in the gallery")))),
    make("div", { class: "answers" },
      keyButton("Yes", "Enter", () => void judge(true), "main"),
      keyButton("No", "n", () => void judge(false))),
    make("div", { class: "verdicts" }, keyButton("Leave the audit", "Esc", leaveAudit)),
  );
}

/** @param {Precision|null} told */
function resultView(told) {
  const words = told && told.precision !== null
    ? `${told.right} of ${told.done} names are right: ${percent(told.precision)}` : "Nothing was judged.";
  return make(
    "div", {},
    make("h2", {}, items.length ? words : "There is no name to judge yet."),
    told && told.low !== null && told.high !== null
      ? make("p", {}, `In the whole run it lies, with 95 % certainty, ${between(told.low, told.high)}. `
        + "This stands in run.json and in the report.") : null,
    make("div", { class: "answers" }, keyButton("Back to the questions", "Enter", leaveAudit, "main")),
  );
}

/** @param {number} share */
const percent = (share) => `${Math.round(share * 100)} %`;

/** @param {number} low @param {number} high */
const between = (low, high) => `between ${percent(low)} and ${percent(high)}`;

/** The interval as it narrows. @param {Precision|null} told */
function progress(told) {
  if (!told || told.low === null || told.high === null) return "";
  return make("div", { class: "interval", role: "img", "aria-label": between(told.low, told.high) },
    make("i", { style: `left: ${told.low * 100}%; width: ${(told.high - told.low) * 100}%` }));
}
