/** The panel of the question: whichever kind it is, one clear thing to do. */

import { answer } from "./actions.js";
import { keyButton, lowButtons } from "./buttons.js";
import { galleryPictures } from "./crops.js";
import { byId, make, nameTag } from "./dom.js";
import { groupView } from "./group.js";
import { kitView } from "./kit.js";
import { duration, spoken } from "./people.js";
import { state, watch } from "./state.js";
import { whoView } from "./who.js";

/**
 * What a kind of question does with a key; false where it has no use for it.
 * @typedef {{root: HTMLElement, key: (key: string) => boolean}} View
 */

/** @type {View|null} */
let shown = null;

export function openQuestion() {
  const panel = byId("question", HTMLElement);
  watch(["question", "end", "mode"], () => {
    shown = state.mode === "review" ? build() : null;
    panel.hidden = !shown;
    if (shown) panel.replaceChildren(shown.root);
  });
}

/** @param {string} key @returns {boolean} Whether the question has taken it. */
export function questionKey(key) {
  return shown?.key(key) ?? false;
}

/** @returns {View} */
function build() {
  const { question } = state;
  if (!question) return endView();
  const view = question.kind === "who" && question.items[0]
    ? whoView(question, question.items[0])
    : question.kind === "kit" ? kitView(question)
    : question.kind === "gallery_whole" ? wholeView() : groupView(question);
  view.root.prepend(heading(question));
  return view;
}

/** @param {import("./types.js").Question} question */
function heading(question) {
  const worth = question.worth_s > 0 ? `about ${duration(question.worth_s)} to put right` : "";
  const reasons = question.reasons.length
    ? make("ul", { class: "reasons" }, ...question.reasons.map((why) => make("li", {}, why))) : null;
  return make(
    "header", {},
    make("p", { class: "soft small" }, `Question ${state.answered + 1}`, worth && ` · ${worth}`),
    make("h2", { dir: "auto" }, question.text),
    reasons,
  );
}

/** Is everybody in the gallery? @returns {View} */
function wholeView() {
  const yes = () => void answer("yes");
  const no = () => void answer("no");
  const players = state.facts.players.map((player, index) => make(
    "li", {}, ...galleryPictures(index, 1), nameTag(spoken(player.name)),
  ));
  const root = make(
    "div", { class: "whole" },
    make("ul", { class: "roster" }, ...players),
    make(
      "div", { class: "answers" },
      keyButton("Yes, everybody is there", "Enter", yes, "main"),
      keyButton("No, somebody is missing", "n", no),
    ),
    lowButtons(),
  );
  /** @param {string} key */
  const key = (key) => {
    if (key === "Enter") yes();
    else if (key === "n") no();
    else return false;
    return true;
  };
  return { root, key };
}

/** @returns {View} */
function endView() {
  const root = make(
    "div", { class: "end" },
    make("h2", {}, state.end ? "Nothing more to ask" : "One moment"),
    make("p", {}, state.end ?? "The names are being looked through."),
    state.end ? make("p", { class: "soft" },
      "Write the files with the button on top, or judge 20 names to know how right they are.") : null,
  );
  return { root, key: () => false };
}

