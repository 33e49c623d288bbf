// Points on a plane, without a page: where they are drawn, which one lies near, which lie within.
/**
 * What lies in the middle, and pixels to a unit.
 * @typedef {{ x: number, y: number, scale: number }} View
 *
 * Pixels from the left and from the top.
 * @typedef {[number, number]} Pixel
 */

/**
 * The view that shows all points.
 * @type {(xs: Float32Array, ys: Float32Array, width: number, height: number) => View}
 */
export const fitted = (xs, ys, width, height) => {
  let [left, right, low, high] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < xs.length; i++) {
    left = Math.min(left, xs[i]);
    right = Math.max(right, xs[i]);
    low = Math.min(low, ys[i]);
    high = Math.max(high, ys[i]);
  }
  const scale = 0.94 * Math.min(width / (right - left || 1), height / (high - low || 1));
  return { x: (left + right) / 2, y: (low + high) / 2, scale };
};

/**
 * Where a point is drawn.
 * @type {(view: View, width: number, height: number, x: number, y: number) => Pixel}
 */
export const place = (view, width, height, x, y) => [
  width / 2 + (x - view.x) * view.scale,
  height / 2 - (y - view.y) * view.scale,
];

/**
 * The view after zooming by a factor while the point under a pixel stays where it is.
 * @type {(view: View, width: number, height: number, px: number, py: number, factor: number) => View}
 */
export const zoomed = (view, width, height, px, py, factor) => {
  const scale = view.scale * factor;
  const x = view.x + (px - width / 2) * (1 / view.scale - 1 / scale);
  const y = view.y - (py - height / 2) * (1 / view.scale - 1 / scale);
  return { x, y, scale };
};

/**
 * Draws a square of `size` pixels for every point into `pixels` (width x height, ABGR); points whose
 * colour is 0 are left out. Returns the points that can be seen.
 * @type {(pixels: Uint32Array, width: number, height: number, xs: Float32Array, ys: Float32Array, view: View, colours: Uint32Array, size: number) => number[]}
 */
export const splat = (pixels, width, height, xs, ys, view, colours, size) => {
  const seen = [];
  const half = size >> 1;
  for (let i = 0; i < xs.length; i++) {
    if (!colours[i]) continue;
    const px = Math.round(width / 2 + (xs[i] - view.x) * view.scale) - half;
    const py = Math.round(height / 2 - (ys[i] - view.y) * view.scale) - half;
    if (px + size <= 0 || py + size <= 0 || px >= width || py >= height) continue;
    seen.push(i);
    for (let row = Math.max(py, 0); row < Math.min(py + size, height); row++) {
      pixels.fill(colours[i], row * width + Math.max(px, 0), row * width + Math.min(px + size, width));
    }
  }
  return seen;
};

/**
 * The point nearest to a pixel, no further than a radius; -1 if there is none.
 * @type {(xs: Float32Array, ys: Float32Array, view: View, width: number, height: number, px: number, py: number, radius: number, colours: Uint32Array) => number}
 */
export const nearest = (xs, ys, view, width, height, px, py, radius, colours) => {
  const x = view.x + (px - width / 2) / view.scale;
  const y = view.y - (py - height / 2) / view.scale;
  let [best, least] = [-1, (radius / view.scale) ** 2];
  for (let i = 0; i < xs.length; i++) {
    if (!colours[i]) continue;
    const away = (xs[i] - x) ** 2 + (ys[i] - y) ** 2;
    if (away <= least) [best, least] = [i, away];
  }
  return best;
};

/** @param {number[]} numbers */
const ends = (numbers) => [Math.min(...numbers), Math.max(...numbers)];

/**
 * The points within a polygon of pixels (even-odd rule).
 * @type {(polygon: Pixel[], xs: Float32Array, ys: Float32Array, view: View, width: number, height: number, colours: Uint32Array) => number[]}
 */
export const within = (polygon, xs, ys, view, width, height, colours) => {
  const found = [];
  const [left, right] = ends(polygon.map(([px]) => px));
  const [top, bottom] = ends(polygon.map(([, py]) => py));
  for (let i = 0; i < xs.length; i++) {
    if (!colours[i]) continue;
    const px = width / 2 + (xs[i] - view.x) * view.scale;
    const py = height / 2 - (ys[i] - view.y) * view.scale;
    if (px < left || px > right || py < top || py > bottom) continue;
    let inside = false;
    for (let a = 0, b = polygon.length - 1; a < polygon.length; b = a++) {
      const ax = polygon[a][0];
      const ay = polygon[a][1];
      const bx = polygon[b][0];
      const by = polygon[b][1];
      if (ay > py !== by > py && px < ((bx - ax) * (py - ay)) / (by - ay) + ax) inside = !inside;
    }
    if (inside) found.push(i);
  }
  return found;
};

/**
 * As many colours as classes, as ABGR numbers; neighbours are far apart (the golden angle).
 * @param {number} classes
 */
export const palette = (classes) =>
  Array.from({ length: classes }, (_, i) => abgr(hsl((i * 137.508) % 360, 0.62, [0.5, 0.4, 0.6][i % 3])));

/**
 * [r, g, b] as one number in the order of a canvas's memory.
 * @param {number[]} colour
 */
export const abgr = ([r, g, b]) => ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;

/**
 * A colour as CSS writes it.
 * @param {number} colour
 */
export const css = (colour) => `rgb(${colour & 255} ${(colour >> 8) & 255} ${(colour >> 16) & 255})`;

/** @type {(hue: number, saturation: number, light: number) => number[]} */
const hsl = (hue, saturation, light) => {
  /** @param {number} n */
  const part = (n) => {
    const k = (n + hue / 30) % 12;
    const chroma = saturation * Math.min(light, 1 - light);
    return Math.round(255 * (light - chroma * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [part(0), part(8), part(4)];
};
