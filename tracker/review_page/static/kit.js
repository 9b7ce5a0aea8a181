/** "Which team wears this?": pictures of a kit, the other team's beside it, a key for each answer. */

import { answer } from "./actions.js";
import { lowButtons } from "./buttons.js";
import { crop } from "./crops.js";
import { keycap, make, nameTag } from "./dom.js";

/** @typedef {import("./types.js").Item} Item */
/** @typedef {import("./types.js").ShownKit} ShownKit */

/** What a kit may be beside a team's, as the page says it. @type {Record<string, string>} */
const PARTS = { goalkeeper: "A goalkeeper", referee: "A referee", other: "Somebody else" };

/**
 * @param {import("./types.js").Question} question
 * @returns {import("./question.js").View}
 */
export function kitView(question) {
  const choices = question.choices ?? [];
  let from = 0;
  const shown = (question.kits ?? []).map((kit, place) => {
    const items = question.items.slice(from, (from += kit.items));
    return kitShown(kit, items, place > 0);
  });
  /** @param {string} wears */
  const say = (wears) => void answer("kit", { wears }, PARTS[wears] ?? wears);
  const buttons = choices.map((wears, i) => make("button",
    { type: "button", class: wears in PARTS ? "" : "main", onclick: () => say(wears),
      "aria-keyshortcuts": String(i + 1) },
    nameTag(PARTS[wears] ?? wears), keycap(String(i + 1))));
  const root = make("div", { class: "kit" }, ...shown.slice(0, 1),
    make("div", { class: "kit-choices" }, ...buttons), ...shown.slice(1), lowButtons());
  /** @param {string} key */
  const key = (key) => {
    const wears = /^[1-9]$/.test(key) ? choices[Number(key) - 1] : undefined;
    if (wears) say(wears);
    return Boolean(wears);
  };
  return { root, key };
}

/** @param {ShownKit} kit @param {Item[]} items @param {boolean} isOther */
function kitShown(kit, items, isOther) {
  const swatch = make("i", { class: "swatch", style: `background: ${kit.color}`, "aria-hidden": "true" });
  const words = isOther ? `The other one: ${kit.name}` : kit.name;
  const pictures = items.map(({ track, focus }) => crop(track, focus, !isOther));
  return make("section", { class: isOther ? "kit-shown other" : "kit-shown", "aria-label": words },
    make("p", { class: "kit-name" }, swatch, nameTag(words)),
    make("div", { class: "kit-pictures" }, ...pictures));
}
