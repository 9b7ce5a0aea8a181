/** The honest line: whom the run has not found, not named, or seen only as one of several in a box. */

import { get, post, showing } from "./api.js";
import { byId, make, nameTag } from "./dom.js";
import { nameBox } from "./namebox.js";
import { momentOf, spoken } from "./people.js";
import { choose } from "./pick.js";
import { seek, zoomToPeople } from "./player.js";
import { set, watch } from "./state.js";

/** @typedef {import("./types.js").Honesty} Honesty */

let latest = 0;
let shared = 0; // the moment shown last

/** @returns {Promise<void>} Until the first is there. */
export function openHonesty() {
  /** @type {Promise<void>} */
  let first = Promise.resolve();
  watch(["changes", "facts"], () => { first = reload(); });
  return first;
}

async function reload() {
  const mine = ++latest;
  const found = /** @type {Honesty|undefined} */ (await showing(() => get("/api/honesty")));
  if (!found || mine !== latest) return;
  const line = byId("honesty", HTMLElement);
  const missing = found.missing_players.map((name) => missingButton(name));
  line.replaceChildren(
    make("span", {}, sentence(found)),
    ...(missing.length ? [make("span", {}, "Not named yet: "), ...missing] : []),
    found.shared.length ? make("button", { type: "button", class: "link", onclick: () => showShared(found) },
      "Boxes that hold several people") : "",
    make("button", {
      type: "button", class: "link", onclick: () => void lookCloser(),
      title: "Does the detector find more people in smaller tiles of the picture?",
    }, "Look closer"),
  );
}

/** @param {Honesty} found */
function sentence({ expected, found, named, missing_players: missing }) {
  const boxes = `${found.toFixed(1)} people found in a frame, ${named.toFixed(1)} of them named`;
  if (expected === null) return `${boxes}.`;
  return `${expected} players expected, ${expected - missing.length} named. ${boxes}.`;
}

/** @param {string} name */
function missingButton(name) {
  const ask = () => choose(`Where is ${spoken(name)}? Click the box; go to another moment first if you like.`,
    -1, (track) => nameBox(track, undefined, name));
  return make("button", { type: "button", class: "missing-player", onclick: ask }, nameTag(spoken(name)));
}

/** Each press shows the next such moment. @param {Honesty} found */
function showShared(found) {
  const [frame = 1, ...tracks] = found.shared[shared++ % found.shared.length] ?? [];
  set({ playing: false, stretch: null, focus: tracks.map((track) => momentOf(track, frame, "")) });
  seek(frame);
  void zoomToPeople();
}

async function lookCloser() {
  await showing(() => post("/api/closer")); // what it finds is said with /api/status
}
