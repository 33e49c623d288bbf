// What a hand does on the map: hover, click, drag, draw around, turn the wheel, press keys. Hovering is
// calm: it is told once the hand rests.

/**
 * @import { Pixel } from "./scatter.js"
 *
 * Who is told what the hand does, in pixels of the canvas.
 * @typedef {object} Told
 * @property {(px: number, py: number) => void} hover
 * @property {() => void} leave
 * @property {(px: number, py: number) => void} click
 * @property {(dx: number, dy: number) => void} pan
 * @property {(polygon: Pixel[] | null) => void} lasso null: it is forgotten
 * @property {(polygon: Pixel[]) => void} around
 * @property {(px: number, py: number, factor: number) => void} zoom
 * @property {() => void} all
 * @property {() => void} open
 */

const [DWELL, STILL, STEP, FACTOR] = [90, 4, 60, 1.5];

/**
 * @param {HTMLElement} canvas
 * @param {() => boolean} selecting whether a drag draws around, without Shift
 * @param {Told} on
 */
export const listen = (canvas, selecting, on) => {
  let from = /** @type {Pixel | null} */ (null);
  let polygon = /** @type {Pixel[] | null} */ (null);
  let [moved, timer] = [false, 0];
  /** @returns {Pixel} */
  const middle = () => [canvas.clientWidth / 2, canvas.clientHeight / 2];

  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    from = [event.offsetX, event.offsetY];
    moved = false;
    polygon = event.shiftKey || selecting() ? [from] : null;
  });

  canvas.addEventListener("pointermove", (event) => {
    const [px, py] = [event.offsetX, event.offsetY];
    clearTimeout(timer);
    if (!from) {
      timer = setTimeout(() => on.hover(px, py), DWELL);
      return;
    }
    const [dx, dy] = [px - from[0], py - from[1]];
    moved ||= Math.hypot(dx, dy) > STILL;
    if (polygon) {
      polygon.push([px, py]);
      on.lasso(polygon);
    } else if (moved) {
      from = [px, py];
      on.pan(dx, dy);
    }
  });

  canvas.addEventListener("pointerup", (event) => {
    const drawn = polygon;
    const clicked = from && !moved;
    [from, polygon] = [null, null];
    if (drawn) on.around(drawn);
    else if (clicked) on.click(event.offsetX, event.offsetY);
  });

  canvas.addEventListener("pointercancel", () => {
    [from, polygon] = [null, null];
    on.lasso(null);
  });

  canvas.addEventListener("pointerleave", () => {
    clearTimeout(timer);
    on.leave();
  });

  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      on.zoom(event.offsetX, event.offsetY, 2 ** (-event.deltaY / 300));
    },
    { passive: false },
  );

  /** @type {Record<string, () => void>} */
  const keys = {
    ArrowLeft: () => on.pan(STEP, 0),
    ArrowRight: () => on.pan(-STEP, 0),
    ArrowUp: () => on.pan(0, STEP),
    ArrowDown: () => on.pan(0, -STEP),
    "+": () => on.zoom(...middle(), FACTOR),
    "=": () => on.zoom(...middle(), FACTOR),
    "-": () => on.zoom(...middle(), 1 / FACTOR),
    0: () => on.all(),
    Enter: () => on.open(),
  };
  canvas.addEventListener("keydown", (event) => {
    const pressed = keys[event.key];
    if (!pressed || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    pressed();
    if (event.key !== "Enter") on.hover(...middle());
  });
};
