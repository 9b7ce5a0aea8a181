/** Under the video: play, step, speed, zoom, and a scrubber with the stretch and its cuts. */

import { byId, make } from "./dom.js";
import { clock } from "./people.js";
import { SPEEDS, seek, step, togglePlay, zoomOut, zoomToPeople, view } from "./player.js";
import { set, state, watch } from "./state.js";

const SPEED_TEXT = ["¼×", "½×", "1×", "2×", "4×", "8×"];

export function openControls() {
  const play = byId("play", HTMLButtonElement);
  play.addEventListener("click", togglePlay);
  byId("back", HTMLButtonElement).addEventListener("click", () => step(-1));
  byId("on", HTMLButtonElement).addEventListener("click", () => step(1));
  byId("zoom", HTMLButtonElement).addEventListener("click", toggleZoom);
  const speed = byId("speed", HTMLSelectElement);
  speed.append(...SPEEDS.map((value, i) => make("option", { value: String(value) }, SPEED_TEXT[i] ?? "")));
  speed.addEventListener("change", () => set({ speed: Number(speed.value) }));
  watch(["playing"], () => {
    play.textContent = state.playing ? "❚❚" : "▶";
    play.setAttribute("aria-label", state.playing ? "Pause" : "Play");
  });
  watch(["speed"], () => { speed.value = String(state.speed); });
  openScrubber();
}

export function toggleZoom() {
  if (view.zoom > 1) zoomOut();
  else void zoomToPeople();
}

function openScrubber() {
  const range = byId("scrubber", HTMLInputElement);
  const marks = byId("marks", HTMLElement);
  const time = byId("time", HTMLElement);
  range.addEventListener("input", () => { set({ playing: false }); seek(Number(range.value)); });
  watch(["facts"], () => {
    [range.min, range.max] = [String(state.facts.frames[0]), String(state.facts.frames[1])];
  });
  watch(["frame", "facts"], () => {
    range.value = String(state.frame);
    range.setAttribute("aria-valuetext", clock(state.frame));
    time.title = "Time, frame";
    time.replaceChildren(clock(state.frame), make("span", { class: "soft" }, ` · ${state.frame}`));
  });
  watch(["stretch", "cuts", "facts"], () => {
    const { stretch, cuts } = state;
    marks.replaceChildren(
      ...(stretch ? [mark("stretch", stretch[0], stretch[1])] : []),
      ...cuts.map((frame) => mark("cutmark", frame, frame)),
    );
  });
}

/** @param {string} kind @param {number} first @param {number} last */
function mark(kind, first, last) {
  const [begin, end] = state.facts.frames;
  const share = (/** @type {number} */ frame) => (100 * (frame - begin)) / Math.max(end - begin, 1);
  return make("i", { class: kind, style: `left: ${share(first)}%; width: ${share(last) - share(first)}%` });
}
