/** Small pictures: crops of a track and of the gallery, kept so that a next question paints at once. */

import { address, request } from "./api.js";
import { make } from "./dom.js";
import { clock } from "./people.js";
import { state } from "./state.js";

const ROOM = 400; // pictures kept

/**
 * sharp: of the video itself, not of the small copy that is quicker.
 * @typedef {{blob: string, sharp: boolean}} Small
 */

/** @type {Map<string, Promise<Small>>} By address in the server; blob is an address in the page. */
const kept = new Map();

/** @param {string} url @returns {Promise<Small>} */
function load(url) {
  const found = kept.get(url);
  if (found) return found;
  const promise = request(url).then(async (response) => ({
    blob: URL.createObjectURL(await response.blob()), sharp: response.headers.get("X-Sharp") !== "0",
  }));
  kept.set(url, promise);
  promise.catch(() => kept.delete(url));
  if (kept.size > ROOM) forgetOldest();
  return promise;
}

function forgetOldest() {
  const [url, old] = kept.entries().next().value ?? ["", Promise.reject()];
  kept.delete(url);
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
      load(cropAddress(item.track, frame)).catch(() => {});
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
 * @param {string} url @param {string} alt
 */
export function pictureOf(url, alt) {
  const image = make("img", { alt, draggable: false, class: "waiting" });
  show(image, url);
  return image;
}

/** @param {HTMLImageElement} image @param {string} url */
export function show(image, url) {
  image.dataset.url = url;
  load(url).then(
    ({ blob, sharp }) => {
      if (image.dataset.url !== url) return;
      image.src = blob;
      image.classList.remove("waiting", "missing");
      if (!sharp && !url.includes("sharp=1")) sharpen(image, url);
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
  load(`${url}&sharp=1`).then(({ blob }) => {
    if (image.dataset.url === url) image.src = blob;
  }, () => {}); // the picture that is there stays
}

/** @param {number} track @param {number} frame */
export function crop(track, frame) {
  if (!state.facts.video.there) return make("span", { class: "crop missing" }, clock(frame));
  const image = pictureOf(cropAddress(track, frame), `at ${clock(frame)}`);
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
