/** Buttons that show the key that does the same. */

import { answer, skip } from "./actions.js";
import { keycap, make } from "./dom.js";

/**
 * A button with its key.
 * @param {string} text @param {string} key @param {() => void} act @param {string} [kind]
 */
export function keyButton(text, key, act, kind = "") {
  return make(
    "button", { type: "button", class: kind, onclick: act, "aria-keyshortcuts": key },
    make("span", {}, text), keycap(key),
  );
}

/** What every question allows. @param {...HTMLElement} more */
export function lowButtons(...more) {
  return make(
    "div", { class: "verdicts" }, ...more,
    keyButton("Don't know", "u", () => void answer("unknown", {}, "don't know")),
    keyButton("Later", "Space", () => void skip()),
  );
}
