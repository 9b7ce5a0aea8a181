/** Names beside their boxes, none on top of another: who finds no place gets none. */

/** @typedef {import("./types.js").Rect} Rect */

/** @param {Rect} a @param {Rect} b */
export function overlap(a, b) {
  return a.x1 < b.x2 && b.x1 < a.x2 && a.y1 < b.y2 && b.y1 < a.y2;
}

/**
 * Places a label of a size may take: over its box, under it, within it, beside it.
 * @param {Rect} box @param {number} width @param {number} height
 * @returns {Rect[]}
 */
function places(box, width, height) {
  const middle = (box.x1 + box.x2) / 2 - width / 2;
  /** @type {[number, number][]} */
  const corners = [
    [middle, box.y1 - height - 2], [middle, box.y2 + 2], [box.x1, box.y1 - height - 2],
    [box.x2 - width, box.y1 - height - 2], [middle, box.y1 - 2 * height - 4],
    [middle, box.y2 + height + 4], [box.x2 + 2, box.y1], [box.x1 - width - 2, box.y1],
    [middle, box.y1 + 2],
  ];
  return corners.map(([x, y]) => ({ x1: x, y1: y, x2: x + width, y2: y + height }));
}

/**
 * @template {{box: Rect, width: number, must: boolean}} T
 * @param {T[]} wishes Most important first; one that must be shown takes a place even if taken.
 * @param {number} height @param {Rect} room
 * @returns {{wish: T, place: Rect}[]}
 */
export function place(wishes, height, room) {
  /** @type {{wish: T, place: Rect}[]} */
  const placed = [];
  for (const wish of wishes) {
    const options = places(wish.box, wish.width, height).map((option) => shiftInto(option, room));
    const free = options.find((option) => !placed.some((other) => overlap(option, other.place)));
    const taken = free ?? (wish.must ? options[0] : undefined);
    if (taken) placed.push({ wish, place: taken });
  }
  return placed;
}

/** @param {Rect} rect @param {Rect} room @returns {Rect} */
function shiftInto(rect, room) {
  const dx = Math.max(room.x1 - rect.x1, 0) + Math.min(room.x2 - rect.x2, 0);
  const dy = Math.max(room.y1 - rect.y1, 0) + Math.min(room.y2 - rect.y2, 0);
  return { x1: rect.x1 + dx, y1: rect.y1 + dy, x2: rect.x2 + dx, y2: rect.y2 + dy };
}
