/** Every key of the page, in one table: what `?` shows is what is done. */

import { openDialog, dialogIsOpen } from "./dialogs.js";
import { keycap, make } from "./dom.js";

/** @typedef {{keys: string[], shown: string, words: string, act: (key: string) => void}} Command */

/** @type {Command[]} */
let commands = [];
/** @type {(key: string) => boolean} */
let first = () => false;

const ANSWERS = [
  ["1 … 9", "the candidate, the card or the box with that digit"],
  ["c d g h o q r", "cards 10 to 16"], ["Enter", "yes, or send what is ticked"],
  ["n", "no, not this player"], ["0", "nobody I name"], ["u", "I don't know"], ["t", "two people in one box"],
  ["s", "they traded here"], ["b", "cut here: somebody else from this frame on"], ["m", "same person as…"],
];

/**
 * @param {Command[]} table @param {(key: string) => boolean} asked Who has the first use of a key.
 */
export function openKeys(table, asked) {
  commands = table;
  first = asked;
  document.addEventListener("keydown", pressed);
  // a button pressed by mouse does not keep the focus, or Enter would press it again
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (button && event.detail > 0 && !button.closest("dialog")) button.blur();
  });
}

/** @param {KeyboardEvent} event */
function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || dialogIsOpen()) return;
  const at = event.target instanceof HTMLElement ? event.target : document.body;
  if (at instanceof HTMLInputElement && at.type !== "range") return;
  if (at instanceof HTMLTextAreaElement || at.isContentEditable) return;
  const native = at.matches("button, select, summary, a") && (event.key === "Enter" || event.key === " ");
  if (native || (at instanceof HTMLSelectElement && event.key.startsWith("Arrow"))) return;
  const key = keyOf(event);
  const slider = at instanceof HTMLInputElement && key.startsWith("Arrow");
  if (event.repeat && !["ArrowLeft", "ArrowRight", ",", "."].includes(key)) return;
  if (first(key)) return event.preventDefault();
  const command = commands.find((one) => one.keys.includes(key));
  if (!command || slider) return;
  event.preventDefault();
  command.act(key);
}

/**
 * What a key is called here, whatever the layout of the keyboard: a letter by its place where the
 * layout has another script, a digit by its place where it takes Shift.
 * @param {KeyboardEvent} event
 */
function keyOf({ key, code, shiftKey }) {
  if (key.length !== 1) return key;
  if (/^Digit\d$/.test(code) && !shiftKey) return code.slice(5);
  const letter = key > "~" && code.startsWith("Key") ? code.slice(3) : key;
  const small = letter.toLowerCase();
  return small === "z" && shiftKey ? "Z" : small;
}

export function showKeys() {
  const rows = [...ANSWERS, ...commands.map(({ shown, words }) => [shown, words])];
  openDialog("All keys", [
    make("dl", { class: "keys" }, ...rows.flatMap(([key = "", words = ""]) => [
      make("dt", {}, ...key.split(" ").map((one) => (one === "…" || one === "/" ? ` ${one} ` : keycap(one)))),
      make("dd", {}, words),
    ])),
    make("p", { class: "soft small" },
      "In the picture: click a box to name it, drag one name onto another box to swap the two; "
      + "the wheel steps, with Ctrl it zooms, as two fingers do."),
  ], { kind: "wide" });
}
