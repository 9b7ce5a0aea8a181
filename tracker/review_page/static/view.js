/** Which part of the video is seen on the canvas: zoom and pan, in pixels of the video. */

/** @typedef {import("./types.js").Rect} Rect */

export class View {
  /** @param {number} width @param {number} height Of the video. */
  constructor(width, height) {
    this.width = width;
    this.height = height;
    this.scale = 1; // of the canvas, in canvas pixels a pixel of the video
    this.canvas = { width, height };
    this.zoom = 1;
    this.center = { x: width / 2, y: height / 2 };
  }

  /** @param {number} width @param {number} height Of the canvas. */
  resize(width, height) {
    this.canvas = { width, height };
    this.settle();
  }

  reset() {
    this.zoom = 1;
    this.settle();
  }

  /**
   * Bring these boxes to the middle, as large as leaves room for what is around them.
   * @param {Rect[]} boxes
   */
  showAll(boxes) {
    if (!boxes.length) return this.reset();
    const x1 = Math.min(...boxes.map((box) => box.x1));
    const x2 = Math.max(...boxes.map((box) => box.x2));
    const y1 = Math.min(...boxes.map((box) => box.y1));
    const y2 = Math.max(...boxes.map((box) => box.y2));
    const fits = Math.min(this.width / ((x2 - x1) * 3), this.height / ((y2 - y1) * 2.2));
    this.zoom = Math.min(Math.max(fits, 1), 5);
    this.center = { x: (x1 + x2) / 2, y: (y1 + y2) / 2 };
    this.settle();
  }

  /**
   * @param {number} factor
   * @param {number} x @param {number} y What stays where it is, on the canvas.
   */
  zoomAt(factor, x, y) {
    const before = this.toVideo(x, y);
    this.zoom = Math.min(Math.max(this.zoom * factor, 1), 8);
    this.settle();
    const after = this.toVideo(x, y);
    this.pan(after.x - before.x, after.y - before.y);
  }

  /** @param {number} dx @param {number} dy By pixels of the video. */
  pan(dx, dy) {
    this.center = { x: this.center.x - dx, y: this.center.y - dy };
    this.settle();
  }

  /** Go along with somebody who would leave the middle of the canvas. @param {Rect} box */
  follow(box) {
    const x = (box.x1 + box.x2) / 2;
    const y = (box.y1 + box.y2) / 2;
    const [room, high] = [this.canvas.width / this.scale / 5, this.canvas.height / this.scale / 6];
    this.center = {
      x: Math.min(Math.max(this.center.x, x - room), x + room),
      y: Math.min(Math.max(this.center.y, y - high), y + high),
    };
    this.settle();
  }

  /** Keep the picture over the canvas. */
  settle() {
    const { width, height } = this.canvas;
    this.scale = Math.min(width / this.width, height / this.height) * this.zoom;
    const halfWidth = Math.min(width / this.scale, this.width) / 2;
    const halfHeight = Math.min(height / this.scale, this.height) / 2;
    this.center = {
      x: Math.min(Math.max(this.center.x, halfWidth), this.width - halfWidth),
      y: Math.min(Math.max(this.center.y, halfHeight), this.height - halfHeight),
    };
  }

  /** @param {number} x @param {number} y Of the video. */
  toCanvas(x, y) {
    return {
      x: (x - this.center.x) * this.scale + this.canvas.width / 2,
      y: (y - this.center.y) * this.scale + this.canvas.height / 2,
    };
  }

  /** @param {number} x @param {number} y Of the canvas. */
  toVideo(x, y) {
    return {
      x: (x - this.canvas.width / 2) / this.scale + this.center.x,
      y: (y - this.canvas.height / 2) / this.scale + this.center.y,
    };
  }

  /** @param {Rect} box @returns {Rect} On the canvas. */
  rect(box) {
    const [from, to] = [this.toCanvas(box.x1, box.y1), this.toCanvas(box.x2, box.y2)];
    return { x1: from.x, y1: from.y, x2: to.x, y2: to.y };
  }
}
