/** What a person says, sent to the server; names, lanes and the next question follow. */

import { Refused, get, post, showing } from "./api.js";
import { namesChanged } from "./boxes.js";
import { prefetch } from "./crops.js";
import { count } from "./dom.js";
import { clock, indexOf, spoken } from "./people.js";
import { seek, zoomToPeople } from "./player.js";
import { set, state } from "./state.js";

/** @typedef {import("./types.js").Answered} Answered */
/** @typedef {import("./types.js").Part} Part */

const LISTED = 2; // sentences that are shown of an answer

/** @type {Promise<void>|null} The request that is under way. */
let current = null;
/** @type {string[]} Questions left for later, until there is nothing else to ask. */
let skipped = [];
/** @type {(words: string) => void} */
let say = () => {};

/** @param {(words: string) => void} act Shows what has been done. */
export function whenDone(act) {
  say = act;
}

/**
 * One request at a time, in order. A second press must not answer a question that nobody has seen:
 * what counts as an answer is not taken while another is under way.
 * @param {() => Promise<Answered>} act
 * @param {string} unsaved What is not saved when the server is gone.
 * @param {boolean} [counts] Whether it answers the question.
 * @param {string} [before] Said before what has changed.
 */
async function once(act, unsaved, counts = false, before = "") {
  if (current && counts) return undefined;
  while (current) await current;
  /** @type {() => void} */
  let done = () => {};
  current = new Promise((resolve) => { done = resolve; });
  document.body.classList.add("busy");
  const pressed = performance.now();
  try {
    const answered = await showing(act, unsaved);
    if (answered) {
      if (counts) set({ answered: state.answered + 1 });
      take(answered, before);
      if (counts) requestAnimationFrame(() => setTimeout(() => {
        performance.measure("key to question painted", { start: pressed });
      }));
    }
    return answered;
  } finally {
    current = null;
    done();
    document.body.classList.remove("busy");
  }
}

/** @param {Answered} answered @param {string} before */
function take(answered, before) {
  const { change } = answered;
  const sentences = change?.sentences ?? [];
  if (change) {
    namesChanged();
    const overruled = change.contradicts?.length
      ? ` It overrules: ${listed(change.contradicts)} (z takes it back).` : "";
    const boxes = change.boxes ? `, ${count(change.boxes, "box", "boxes")} renamed` : "";
    const words = sentences.length ? `${listed(sentences)}${boxes}`
      : change.boxes ? `${count(change.boxes, "box", "boxes")} renamed` : before ? "no name changes" : "Noted";
    say(`${before && `${before}: `}${words}.${overruled}`);
  }
  ask(answered);
}

/** The first few of many sentences. @param {string[]} sentences */
function listed(sentences) {
  const more = sentences.length - LISTED;
  return sentences.slice(0, LISTED).join("; ") + (more > 0 ? `; and ${more} more of the kind` : "");
}

/** Show a question (or that there is none) and its people. @param {Answered} asked */
export function ask(asked) {
  const { question } = asked;
  const items = question?.items ?? [];
  const [first] = items;
  const doubtAtStart = Math.max(state.doubtAtStart, asked.doubt_s);
  set({ question, end: asked.end, doubt: asked.doubt_s, doubtAtStart });
  if (state.mode === "review") {
    const stretch = items.length === 1 && first ? /** @type {[number, number]} */ ([first.first, first.last]) : null;
    set({ pick: null, cuts: [], focus: items.slice(0, 1), stretch });
    if (first) lookAt(first);
  }
  for (const { items: coming } of asked.next ?? []) prefetch(coming);
}

/** @param {import("./types.js").Item} item */
export function lookAt(item) {
  set({ playing: false });
  seek(item.focus);
  void zoomToPeople();
}

export async function askAgain() {
  await once(() => get("/api/question", skipped.length ? { skip: skipped.join(",") } : {}), "");
}

/**
 * Put one of several questions first.
 * @param {string} id @param {string[]} all
 */
export async function askFor(id, all) {
  if (state.mode !== "review" || id === state.question?.id) return;
  const skip = all.filter((other) => other !== id).join(",");
  await once(() => get("/api/question", { skip }), "");
}

/**
 * Names have changed, but not by this page: the question on the screen stays, nobody likes it to be
 * another one under their hands; it can be answered still.
 */
export async function othersChanged() {
  namesChanged();
  const asked = await showing(() => get("/api/question", skipped.length ? { skip: skipped.join(",") } : {}));
  if (!asked) return;
  if (state.question) set({ doubt: asked.doubt_s });
  else ask(asked);
}

/** Leave the question for later. */
export async function skip() {
  if (!state.question || state.mode !== "review") return;
  skipped = [...skipped, state.question.id];
  const before = state.question.id;
  await askAgain();
  if (!state.question || state.question.id === before) {
    skipped = [];
    await askAgain();
    say("All others are left for later too; here they come again.");
  }
}

/**
 * Answer the question.
 * @param {string} verdict @param {object} [more] Parts or items. @param {string} [words]
 */
export async function answer(verdict, more = {}, words = verdict) {
  const { question } = state;
  if (!question) return;
  const body = { question: question.id, verdict, ...more };
  await once(() => sent(body), `your answer "${words}". Answer again when it is back.`, true);
}

/**
 * A question that is no longer asked is followed by the one that is, unless it has been answered
 * again meanwhile: what was asked before that answer must not come back.
 * @param {object} body
 */
async function sent(body) {
  const { question } = state;
  try {
    return await post("/api/answer", body);
  } catch (error) {
    if (error instanceof Refused) void get("/api/question").then((asked) => {
      const answered = current !== null || state.question !== question;
      if (!answered && asked.question?.id !== question?.id) ask(asked);
    }, () => {});
    throw error;
  }
}

/** @param {Part[]} parts Said of its own accord. */
export async function tell(parts) {
  const words = parts.map(({ player, first }) => `${spoken(player)} from ${clock(first)}`).join(", ");
  const done = await once(() => post("/api/answer", { verdict: "said", parts }), words);
  if (done && parts.some(({ player }) => player && indexOf(player) < 0)) await factsAgain();
  return done !== undefined;
}

/** @param {number} a @param {number} b Tracks. @param {number} from */
export async function swap(a, b, from) {
  const body = { verdict: "swap", tracks: [a, b], from };
  return once(() => post("/api/answer", body), `the trade at ${clock(from)}`);
}

/** @param {number} a @param {number} b Tracks. */
export async function same(a, b) {
  return once(() => post("/api/answer", { verdict: "same", tracks: [a, b] }), "that two are one");
}

export async function undo() {
  await once(() => post("/api/undo"), "taking back", false, "Taken back");
  await factsAgain();
}

export async function redo() {
  await once(() => post("/api/redo"), "saying it again", false, "Said again");
  await factsAgain();
}

export async function factsAgain() {
  const facts = await showing(() => get("/api/facts"));
  if (facts) set({ facts });
}
