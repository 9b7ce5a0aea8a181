/** Boxes over the page: opened, answered or left with Escape; the focus goes back where it was. */

import { make } from "./dom.js";

const NAMES = 262; // CSS pixels of a list of names, at most

/**
 * @param {string} title @param {HTMLElement[]} content
 * @param {{at?: {x: number, y: number}, kind?: string}} [options] at: beside a point of the window
 * @returns {HTMLDialogElement}
 */
export function openDialog(title, content, { at, kind = "" } = {}) {
  document.querySelector("dialog")?.remove();
  const close = make("button",
    { type: "button", class: "link close", "aria-label": "Close", onclick: () => dialog.close() }, "×");
  const dialog = make(
    "dialog", { class: kind, "aria-label": title },
    make("header", {}, make("h2", { dir: "auto" }, title), close), ...content,
  );
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close(); // beside it
  });
  document.body.append(dialog);
  dialog.showModal();
  if (at) putBeside(dialog, at);
  return dialog;
}

/** @param {HTMLDialogElement} dialog @param {{x: number, y: number}} at */
function putBeside(dialog, at) {
  if (window.innerWidth < 700) return;
  const { width, height: bare } = dialog.getBoundingClientRect();
  const height = bare + NAMES; // which open below
  const left = at.x + 20 + width < window.innerWidth ? at.x + 20 : at.x - 20 - width;
  const top = Math.min(Math.max(at.y - height / 3, 8), window.innerHeight - height - 8);
  dialog.style.cssText = `margin: 0; left: ${Math.max(left, 8)}px; top: ${Math.max(top, 8)}px`;
}

/**
 * @param {string} title @param {string} text
 * @param {string} yes What the button says. @param {() => void} act
 */
export function confirm(title, text, yes, act) {
  const go = make("button", { type: "button", class: "main", onclick: () => { dialog.close(); act(); } }, yes);
  const dialog = openDialog(title, [
    make("p", { dir: "auto" }, text),
    make("div", { class: "answers" }, go,
      make("button", { type: "button", onclick: () => dialog.close() }, "Cancel")),
  ]);
  go.focus();
}

export function dialogIsOpen() {
  return document.querySelector("dialog[open]") !== null;
}
