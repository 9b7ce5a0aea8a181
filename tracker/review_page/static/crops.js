/** Small pictures: crops of a track and of the gallery, kept so that a next question paints at once. */

import { address, request } from "./api.js";
import { make } from "./dom.js";
import { clock } from "./people.js";
import { state } from "./state.js";
import { LATER, SEEN, inTurn } from "./turns.js";

const ROOM = 1200; // pictures kept

/**
 * sharp: of the video itself, not of the small copy that is quicker.
 * @typedef {{blob: string, sharp: boolean}} Small
 */

/** @type {Map<string, Promise<Small>>} By address in the server; blob is an address in the page. */
const kept = new Map();
/** @type {Map<string, string>} Those that have come: they are shown at once, without a gap. */
const come = new Map();

/** @param {string} url @param {number} urgency @returns {Promise<Small>} */
function load(url, urgency) {
  const found = kept.get(url);
  if (found) return found;
  const promise = inTurn(urgency, () => request(url)).then(async (response) => {
    const blob = URL.createObjectURL(await response.blob());
    if (kept.get(url) === promise) come.set(url, blob);
    return { blob, sharp: response.headers.get("X-Sharp") !== "0" };
  });
  kept.set(url, promise);
  promise.catch(() => kept.delete(url));
  if (kept.size > ROOM) forgetOldest();
  return promise;
}

function forgetOldest() {
  const [url, old] = kept.entries().next().value ?? ["", Promise.reject()];
  kept.delete(url);
  come.delete(url);
  // what still shows it has decoded it by now
  old.then(({ blob }) => setTimeout(() => URL.revokeObjectURL(blob), 10_000), () => {});
}

/** @param {number} track @param {number} frame */
export function cropAddress(track, frame) {
  return address("/api/crop.jpg", { frame, track, h: 240 });
}

/** @param {number} player @param {number} nth */
export function galleryAddress(player, nth) {
  return `/api/gallery/${player}/${nth}.jpg`;
}

/**
 * Fetch what a coming question will show.
 * @param {import("./types.js").Item[]} items
 */
export function prefetch(items) {
  for (const item of items) {
    for (const frame of spread(item.shown, 8)) {
      load(cropAddress(item.track, frame), LATER).catch(() => {});
    }
  }
}

/**
 * At most `many` of a list, evenly, both ends among them.
 * @param {number[]} list @param {number} many
 */
export function spread(list, many) {
  if (list.length <= many) return list;
  return Array.from({ length: many }, (_, i) =>
    /** @type {number} */ (list[Math.round((i * (list.length - 1)) / Math.max(many - 1, 1))]));
}

/**
 * An image that shows a picture of the server, or an empty silhouette where there is none.
 * @param {string} url @param {string} alt @param {boolean} [large]
 */
export function pictureOf(url, alt, large = false) {
  const image = make("img", { alt: "", draggable: false, class: "waiting" });
  image.dataset.alt = alt;
  show(image, url, large);
  return image;
}

/**
 * @param {HTMLImageElement} image @param {string} url
 * @param {boolean} [large] Of the video itself in the end, however long it takes.
 */
export function show(image, url, large = false) {
  image.dataset.url = url;
  const there = come.get(url);
  if (there) {
    image.src = there;
    image.classList.remove("waiting");
  }
  load(url, SEEN).then(
    ({ blob, sharp }) => {
      if (image.dataset.url !== url) return;
      image.src = blob;
      image.alt = image.dataset.alt ?? ""; // before, it would stand in the place of the picture
      image.classList.remove("waiting", "missing");
      if (large && !sharp) sharpen(image, url);
    },
    () => {
      if (image.dataset.url !== url) return;
      image.removeAttribute("src");
      image.classList.remove("waiting");
      image.classList.add("missing");
    },
  );
}

/** The same of the video itself, once it has come. @param {HTMLImageElement} image @param {string} url */
function sharpen(image, url) {
  load(`${url}&sharp=1`, LATER).then(({ blob }) => {
    if (image.dataset.url === url) image.src = blob;
  }, () => {}); // the picture that is there stays
}

/** @param {number} track @param {number} frame @param {boolean} [large] */
export function crop(track, frame, large = false) {
  if (!state.facts.video.there) return make("span", { class: "crop missing" }, clock(frame));
  const image = pictureOf(cropAddress(track, frame), `at ${clock(frame)}`, large);
  image.classList.add("crop");
  return image;
}

/**
 * Up to `many` pictures of a player of the gallery.
 * @param {number} player @param {number} many
 */
export function galleryPictures(player, many) {
  const there = Math.min(state.facts.players[player]?.pictures ?? 0, many);
  return Array.from({ length: there }, (_, i) => {
    const image = pictureOf(galleryAddress(player, i), "");
    image.classList.add("crop");
    return image;
  });
}
