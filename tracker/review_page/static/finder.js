/** Finding a player by name: to say who somebody is, or to go where they are. */

import { get, showing } from "./api.js";
import { combo } from "./combo.js";
import { openDialog } from "./dialogs.js";
import { make } from "./dom.js";
import { seek, zoomToPeople } from "./player.js";
import { boxesAt, loadBoxes } from "./boxes.js";
import { indexOf, momentOf } from "./people.js";
import { set, state } from "./state.js";

/** All names that can be given, groups of others (`_coach`) last. */
export function allNames() {
  return [...state.facts.players.map((player) => player.name), ...state.facts.negatives];
}

/** Names beyond these may be given on a run without a gallery. */
export function namesAreFree() {
  return !state.facts.named;
}

/** @param {string} title @param {(name: string) => void} accept */
export function findPlayer(title, accept) {
  const { root, input } = combo({
    label: "Type a name or number", names: allNames, free: namesAreFree(), open: true,
    accept: (name) => { dialog.close(); accept(name); },
  });
  const hint = make("p", { class: "soft small" }, "Enter takes the first.");
  const dialog = openDialog(title, [hint, root]);
  input.focus();
}

/** Ask for a player and go to where they are seen next. */
export function goToPlayer() {
  findPlayer("Find a player", (name) => void showPlayer(name));
}

/** @param {string} name */
async function showPlayer(name) {
  const [first, last] = state.facts.frames;
  const lanes = await showing(() => get("/api/lanes", { first, last, bins: 1000 }));
  const lane = /** @type {import("./types.js").Lanes|undefined} */ (lanes)?.players.find((one) => one.name === name);
  const seen = (lane?.spans ?? []).filter(([, , kind]) => kind.startsWith("v"));
  const next = seen.find(([, to]) => to > state.frame) ?? seen[0];
  if (!next) return set({ trouble: `${name} is not named in any box.` });
  const frame = next[0] <= state.frame && state.frame <= next[1] ? state.frame : next[0];
  set({ playing: false });
  seek(frame);
  await loadBoxes(frame, frame);
  const row = boxesAt(frame)?.find((one) => one[1] === indexOf(name));
  if (!row) return;
  set({ stretch: null, focus: [momentOf(row[0], frame, name, next[1])] });
  await zoomToPeople();
}
