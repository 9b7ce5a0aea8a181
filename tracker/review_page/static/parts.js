/** A stretch divided where somebody else goes on: each part has a name of its own. */

/** @typedef {import("./types.js").Item} Item */
/** @typedef {{first: number, last: number, player: string|null}} Piece player: null until said */

export class Division {
  /** @param {Item} item */
  constructor(item) {
    this.item = item;
    /** @type {Piece[]} */
    this.pieces = [{ first: item.first, last: item.last, player: null }];
    this.active = 0;
  }

  get isCut() {
    return this.pieces.length > 1;
  }

  get isNamed() {
    return this.pieces.every((piece) => piece.player !== null);
  }

  /**
   * The next part begins in this frame.
   * @param {number} frame
   * @returns {boolean} false where no part can begin there
   */
  cut(frame) {
    const at = this.pieces.findIndex((piece) => frame > piece.first && frame <= piece.last);
    const piece = this.pieces[at];
    if (!piece) return false;
    const halves = [{ ...piece, last: frame - 1 }, { ...piece, first: frame, player: null }];
    this.pieces.splice(at, 1, ...halves);
    this.activateUnnamed();
    return true;
  }

  /** Join a part with the one before it. @param {number} at */
  join(at) {
    const [before, piece] = [this.pieces[at - 1], this.pieces[at]];
    if (!before || !piece) return;
    this.pieces.splice(at - 1, 2, { ...before, last: piece.last });
    this.active = Math.min(this.active, this.pieces.length - 1);
  }

  /** Name the active part and go on to one without. @param {string} player */
  name(player) {
    const piece = this.pieces[this.active];
    if (piece) piece.player = player;
    this.activateUnnamed();
  }

  activateUnnamed() {
    const open = this.pieces.findIndex((piece) => piece.player === null);
    if (open >= 0) this.active = open;
  }

  /** What is said: neighbours of one name are one. @returns {import("./types.js").Part[]} */
  parts() {
    /** @type {import("./types.js").Part[]} */
    const parts = [];
    for (const { first, last, player } of this.pieces) {
      const before = parts.at(-1);
      if (before && before.player === player) before.last = last;
      else parts.push({ track: this.item.track, first, last, player: player ?? "" });
    }
    return parts;
  }
}
