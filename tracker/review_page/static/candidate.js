/** One of those who it may be: a button with a digit, pictures, the belief. */

import { galleryPictures } from "./crops.js";
import { keycap, make, nameTag } from "./dom.js";
import { colorOf, indexOf, numberOf, spoken } from "./people.js";

/** @typedef {import("./types.js").Candidate} Candidate */

/**
 * @param {Candidate} candidate
 * @param {{digit: string, current: boolean, main: boolean, large: boolean, act: () => void}} wishes
 *   current: the name now; main: what Enter takes; large: with pictures
 */
export function candidateButton({ player, probability }, { digit, current, main, large, act }) {
  const index = indexOf(player);
  const name = player ? spoken(player) : "Nobody I name";
  const pictures = large ? galleryPictures(index, 3) : [];
  const percent = Math.round(probability * 100);
  return make(
    "button",
    {
      type: "button", class: main ? "candidate main" : "candidate", onclick: act,
      "aria-keyshortcuts": digit,
      "aria-label": `${name}, ${percent} percent${current ? ", the name now" : ""}`,
    },
    keycap(digit),
    pictures.length > 0 && make("span", { class: "pictures" }, ...pictures),
    make("span", { class: "who-name" },
      player && make("i", { class: "dot", style: `background: ${colorOf(index)}` }),
      nameTag(name), make("span", { class: "soft" }, numberOf(player)),
      current && make("span", { class: "tag" }, "now")),
    (large || percent > 0 || !player) && make("span", { class: "belief" },
      make("i", { style: `width: ${Math.max(percent, 1)}%` }), make("span", {}, `${percent} %`)),
    main && keycap("Enter"),
  );
}
