/** What people take away: files, minutes, table, video, clips. */

import { PATIENT, post, showing } from "./api.js";
import { byId, make } from "./dom.js";
import { openDialog } from "./dialogs.js";
import { findPlayer } from "./finder.js";
import { set, state, watch } from "./state.js";

/** @type {Record<string, string>} */
const JOBS = {
  minutes: "Minutes", table: "Table", video: "Video", clip: "Clips", closer: "Looking closer",
};

/** @type {(words: string) => void} */
let say = () => {};

/** @param {(words: string) => void} act Shows what has been done. */
export function openExports(act) {
  say = act;
  const write = byId("write", HTMLButtonElement);
  write.addEventListener("click", () => void writeFiles());
  byId("take", HTMLButtonElement).addEventListener("click", takeAway);
  watch(["status"], () => {
    const unwritten = state.status.unwritten ?? 0;
    write.textContent = unwritten ? `Write (${unwritten})` : "Write";
    write.classList.toggle("main", unwritten > 0);
  });
}

export async function writeFiles() {
  say("Writing…");
  const done = await showing(() => post("/api/write", {}, PATIENT), "the files. Your answers are kept.");
  if (done) set({ status: done }); // its lines are said here
  const lines = /** @type {string[]} */ (done?.lines ?? []);
  say(done ? lines.join(" ") || "The files of the run are written with the names of now." : "");
}

export function takeAway() {
  /** @param {string} text @param {string} more @param {string} kind */
  const choice = (text, more, kind) => make("li", {}, make("button",
    { type: "button", onclick: () => { dialog.close(); exportKind(kind); } },
    make("b", {}, text), make("span", { class: "soft small" }, more)));
  const dialog = openDialog("What do you want to take away?", [make("ul", { class: "choices" },
    choice("Minutes", "how long each player was seen, CSV", "minutes"),
    choice("Table", "every box with its name, CSV", "table"),
    choice("Video", "the video with boxes and names", "video"),
    choice("Clips of a player", "cut around one player, with their boxes", "clip"))]);
}

/** @param {string} kind */
function exportKind(kind) {
  if (kind === "clip") findPlayer("Clips of whom?", (player) => void start(kind, { player }));
  else void start(kind, {});
}

/** @param {string} kind @param {object} body */
async function start(kind, body) {
  say("Begun…");
  await showing(() => post(`/api/export/${kind}`, body));
}

/** How far the work is that was asked for. @param {import("./types.js").Job|null|undefined} before */
export function showJob(before) {
  const { job } = state.status;
  if (!job || (before?.number === job.number && before.state === job.state && before.done === job.done)) return;
  const words = JOBS[job.kind] ?? job.kind;
  if (job.state === "failed") return void (say(""), set({ trouble: `${words}: ${job.line}` }));
  if (job.state === "running") {
    return say(`${words}: ${job.of ? `${Math.floor((100 * job.done) / job.of)} %` : "at work…"}`);
  }
  say(job.line);
  if (job.file) {
    byId("said", HTMLElement).append(" ", make("a", { href: `/api/export/${job.kind}`, download: "" }, "Download"));
  }
}
