/**
 * Cards put together or taken apart by hand before they have a name: it holds until they get one,
 * also when all cards are dealt anew.
 */

/** @typedef {import("./types.js").Card} Card */
/** @typedef {import("./types.js").CardPart} CardPart */

/** @type {[CardPart, CardPart][]} Each pair is one person. */
let together = [];
/** @type {CardPart[]} Each is somebody else than the rest of its card. */
let alone = [];

/** @param {Card[]} cards @param {string} id */
export function holding(cards, id) {
  return cards.find((card) => card.id === id);
}

/** @param {Card[]} cards @param {CardPart} part */
function withPart(cards, part) {
  return cards.find((card) => card.parts.some(
    (one) => one.track === part.track && one.first <= part.last && part.first <= one.last,
  ));
}

/**
 * Where a card stood: it, or else one that had a stretch of it; after all where it is new.
 * @param {Card[]} before @param {Card} card
 */
export function placeIn(before, card) {
  const same = before.findIndex((one) => one.id === card.id);
  if (same >= 0) return same;
  const near = before.findIndex((one) => card.parts.some((part) => withPart([one], part)));
  return near >= 0 ? near : before.length;
}

/** In the order in which they were seen before, new ones last. @param {Card[]} cards @param {Card[]} before */
export function inPlace(cards, before) {
  const placed = cards.map((card) => ({ card, place: placeIn(before, card) }));
  return placed.sort((a, b) => a.place - b.place).map(({ card }) => card);
}

/** New cards from the server, with what was done by hand done again. @param {Card[]} cards */
export function mended(cards) {
  let found = cards;
  for (const part of alone) {
    const card = withPart(found, part);
    const at = card?.parts.findIndex((one) => one.track === part.track && one.first === part.first);
    if (card && !card.player && at !== undefined && at >= 0 && card.parts.length > 1) {
      found = divided(found, card, at);
    }
  }
  for (const [a, b] of together) {
    const [into, from] = [withPart(found, a), withPart(found, b)];
    if (into && from && into !== from && !into.player && !from.player) found = united(found, into, from);
  }
  return found;
}

/** @param {Card[]} cards @param {Card} into @param {Card} from */
export function joined(cards, into, from) {
  const [a, b] = [into.parts[0], from.parts[0]];
  if (a && b) together = [...together, [a, b]];
  return united(cards, into, from);
}

/** @param {Card[]} cards @param {Card} card @param {number} at Which of its parts is somebody else. */
export function apart(cards, card, at) {
  const part = card.parts[at];
  if (!part) return cards;
  alone = [...alone, part];
  return divided(cards, card, at);
}

/** @param {Card[]} cards @param {Card} into @param {Card} from */
function united(cards, into, from) {
  into.parts = [...into.parts, ...from.parts];
  into.shown = [...into.shown, ...from.shown];
  into.seconds += from.seconds;
  return cards.filter((card) => card !== from);
}

/** @param {Card[]} cards @param {Card} card @param {number} at */
function divided(cards, card, at) {
  const [part] = card.parts.splice(at, 1);
  if (!part) return cards;
  const { track, first, last, frame, seconds } = part;
  const own = card.shown.filter((one) => one.track === track && one.frame >= first && one.frame <= last);
  card.shown = card.shown.filter((one) => !own.includes(one));
  card.seconds -= seconds;
  /** @type {Card} */
  const other = {
    ...card, id: `${card.id}-${track}-${first}`, player: "", group: "next", seconds, number: null,
    parts: [part], shown: own.length ? own : [{ track, frame }], clip: { track, first, last },
  };
  const [longest] = [...card.parts].sort((a, b) => b.seconds - a.seconds);
  if (longest) card.clip = { track: longest.track, first: longest.first, last: longest.last };
  const place = cards.indexOf(card) + 1;
  return [...cards.slice(0, place), other, ...cards.slice(place)];
}
