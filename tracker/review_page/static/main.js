/** The page begins here: everything is opened, and every key is given its command. */

import { answer, askAgain, othersChanged, redo, skip, swap, undo, whenDone } from "./actions.js";
import { Refused, get, showing } from "./api.js";
import { auditKey, leaveAudit, startAudit } from "./audit.js";
import { boxOf } from "./boxes.js";
import { openControls, toggleZoom } from "./controls.js";
import { confirm } from "./dialogs.js";
import { byId, make } from "./dom.js";
import { openExports, showJob, writeFiles } from "./exports.js";
import { goToPlayer, namesAreFree } from "./finder.js";
import { openHonesty } from "./honesty.js";
import { openKeys, showKeys } from "./keys.js";
import { openLanes } from "./lanes.js";
import { nameBox } from "./namebox.js";
import { openNaming, startNaming } from "./naming.js";
import { clock, duration, nameOf, spoken } from "./people.js";
import { choose, pickDigit } from "./pick.js";
import { changeSpeed, now, openPlayer, step, togglePlay } from "./player.js";
import { openPointer } from "./pointer.js";
import { openQuestion, questionKey } from "./question.js";
import { set, state, watch } from "./state.js";

const POLL = 1500; // ms
const POLL_GONE = 10_000; // ms, while nobody answers
const FORBIDDEN = 403; // another server is there, whose token this page lacks

/** @param {string} words */
function say(words) {
  byId("said", HTMLElement).textContent = words;
}

/** @param {string} key @returns {boolean} */
function firstUse(key) {
  if (state.pick) {
    if (/^[1-9]$/.test(key)) pickDigit(Number(key));
    else if (key === "Escape") set({ pick: null });
    else return false;
    return true;
  }
  if (auditKey(key)) return true;
  if (state.mode === "review" && questionKey(key)) return true;
  if (state.mode === "review" && key === "u" && state.question) return void answer("unknown", {}, "don't know"), true;
  return false;
}

/** @type {import("./keys.js").Command[]} */
const COMMANDS = [
  { keys: [" "], shown: "Space", words: "next question, this one later", act: () => void skip() },
  { keys: ["z"], shown: "z", words: "take the last answer back", act: () => void undo() },
  { keys: ["Z"], shown: "Shift+z", words: "say it again", act: () => void redo() },
  { keys: ["p", "k"], shown: "p", words: "play, pause (a stretch is played again and again)", act: togglePlay },
  { keys: ["ArrowLeft", ","], shown: "← / ,", words: "one frame back", act: () => step(-1) },
  { keys: ["ArrowRight", "."], shown: "→ / .", words: "one frame on", act: () => step(1) },
  { keys: ["j"], shown: "j", words: "one second back", act: () => step(-Math.round(state.facts.fps)) },
  { keys: ["l"], shown: "l", words: "one second on", act: () => step(Math.round(state.facts.fps)) },
  { keys: ["-"], shown: "-", words: "slower", act: () => changeSpeed(-1) },
  { keys: ["+", "="], shown: "+", words: "faster", act: () => changeSpeed(1) },
  { keys: ["x"], shown: "x", words: "zoom to whom it is about, and out", act: toggleZoom },
  { keys: ["e"], shown: "e", words: "name a box by its digit", act: chooseBox },
  { keys: ["f"], shown: "f", words: "find a player, or say who it is", act: goToPlayer },
  { keys: ["a"], shown: "a", words: "audit: judge 20 names", act: () => void startAudit() },
  { keys: ["w"], shown: "w", words: "write the files", act: () => void writeFiles() },
  { keys: ["?"], shown: "?", words: "all keys", act: showKeys },
];

function chooseBox() {
  choose("Whom do you want to name?", -1, (track) => nameBox(track));
}

/** @param {number} from @param {number} onto Tracks; the name of one was dropped on the other. */
function dropped(from, onto) {
  const frame = now.frame;
  const [a, b] = [from, onto].map((track) => spoken(nameOf(boxOf(frame, track)?.[1] ?? -1)));
  confirm("Swap the two?", `From ${clock(frame)} on ${a} and ${b} change places.`, "Swap from here",
    () => void swap(from, onto, frame));
}

function openDoubt() {
  const bar = byId("doubt-bar", HTMLElement);
  const text = byId("doubt", HTMLElement);
  watch(["doubt", "doubtAtStart", "status", "facts"], () => {
    const isNamed = state.facts.players.length > 0;
    const share = isNamed && state.doubtAtStart ? state.doubt / state.doubtAtStart : 0;
    bar.style.width = `${Math.round(100 * share)}%`;
    text.textContent = isNamed ? `${duration(state.doubt)} of names in doubt` : "nobody is named yet";
    const { resolving, running } = state.status;
    byId("working", HTMLElement).textContent = resolving ? "working it out…" : running ? "being tracked still" : "";
  });
}

function openTrouble() {
  const line = byId("trouble", HTMLElement);
  watch(["trouble", "gone"], () => {
    const gone = "The review server does not answer. Start `teamsheet review` again and open its address; "
      + "every answer shown as said is kept.";
    const text = [state.gone ? gone : "", state.trouble].filter(Boolean).join(" ");
    line.hidden = !text;
    line.replaceChildren(make("span", { dir: "auto" }, text), state.trouble && make("button",
      { type: "button", class: "link", "aria-label": "Dismiss", onclick: () => set({ trouble: "" }) }, "×"));
  });
}

function openPickLine() {
  const line = byId("pick", HTMLElement);
  watch(["pick"], () => {
    line.hidden = !state.pick;
    if (state.pick) {
      line.replaceChildren(make("span", { dir: "auto" }, state.pick.text),
        make("button", { type: "button", onclick: () => set({ pick: null }) }, "Cancel"));
    }
  });
}

/** What happened elsewhere: another tab, the joint solution, an export. */
async function poll() {
  const before = state.status;
  try {
    const status = /** @type {import("./types.js").Status} */ (await get("/api/status"));
    set({ status });
    const solved = before.resolving && !status.resolving;
    const others = before.entries !== undefined && status.entries !== before.entries;
    if (solved || others) await othersChanged();
    showJob(before.job);
    const fresh = (status.lines ?? []).filter((line) => !(before.lines ?? []).includes(line));
    if (fresh.length) say(fresh.join(" "));
  } catch (error) {
    // that the server is gone is shown already
    if (error instanceof Refused) set({ trouble: error.message });
    if (error instanceof Refused && error.status === FORBIDDEN) return;
  }
  setTimeout(() => void poll(), state.gone ? POLL_GONE : POLL);
}

async function begin() {
  openTrouble();
  const facts = await showing(() => get("/api/facts"));
  if (!facts) return;
  set({ facts, frame: facts.frames[0] });
  document.title = `${facts.name} · review`;
  byId("run", HTMLElement).textContent = facts.name;
  byId("video-note", HTMLElement).textContent = facts.video.note;
  const canvas = byId("video", HTMLCanvasElement);
  openPlayer(canvas);
  openPointer(canvas, { click: (track, x, y) => nameBox(track, { x, y }), drop: dropped });
  openControls();
  openQuestion();
  openNaming();
  openDoubt();
  openPickLine();
  const filled = [openHonesty(), openLanes()];
  openExports(say);
  whenDone(say);
  openKeys(COMMANDS, firstUse);
  openButtons();
  await Promise.all([askAgain(), ...filled]);
  if (!facts.named && namesAreFree()) await startNaming();
  document.documentElement.classList.add("ready");
  void poll();
}

function openButtons() {
  /** @type {[string, () => void][]} */
  const buttons = [
    ["undo", () => void undo()], ["redo", () => void redo()], ["find", goToPlayer], ["keys", showKeys],
    ["judge", () => (state.mode === "audit" ? leaveAudit() : void startAudit())],
    ["cards", () => void startNaming()],
  ];
  for (const [id, act] of buttons) byId(id, HTMLButtonElement).addEventListener("click", act);
  watch(["facts"], () => { byId("cards", HTMLButtonElement).hidden = !namesAreFree(); });
}

void begin();
