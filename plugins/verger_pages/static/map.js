// The map: draws what `map/about`, `map/who` and `map/points` tell, and keeps its view in the address.
import { fitted, nearest, place, splat, within, zoomed } from "./scatter.js";
import { listen } from "./gestures.js";
import { classes, legend, paint } from "./map_colours.js";
import { show } from "./selection.js";

/**
 * @import { About, Who } from "./map_colours.js"
 * @import { Pixel, View } from "./scatter.js"
 */

/** @type {(id: string) => HTMLElement} */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

const canvas = /** @type {HTMLCanvasElement} */ (document.getElementById("map"));
const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
const choices = /** @type {HTMLFormElement} */ (document.getElementById("choices"));
const said = element("said");
const lassoButton = element("lasso");
const asked = canvas.dataset.model;
const here = new URLSearchParams(location.search);
const [DOT, RADIUS, PICTURES, PICTURE] = [3, 10, 120, 44];

/** @param {Record<string, string>} values */
const query = (values) => {
  const told = new URLSearchParams(values);
  if (asked) told.set("model", asked);
  return told.size ? `?${told}` : "";
};
/** @param {string} address */
const ask = async (address) => {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer;
};

// Nothing, until it has arrived.
let [xs, ys, colours] = [new Float32Array(), new Float32Array(), new Uint32Array()];
let view = /** @type {View} */ ({ x: 0, y: 0, scale: 1 });
let about = /** @type {About} */ ({ photographs: 0, labels: [], species: [], maturity: [], segments: [] });
let who = /** @type {Who} */ ({ labels: new Uint16Array(), segments: new Uint16Array(), right: new Uint8Array(), ids: new Uint8Array() });
let [hovered, only, asking] = [-1, -1, 0];
let lasso = /** @type {Pixel[] | null} */ (null);
const pictures = new Map();

/** @typedef {(i: number) => string} TextOf what is said of a photograph */

/** @type {TextOf} */
const id = (i) => Array.from(who.ids.subarray(16 * i, 16 * i + 16), (b) => b.toString(16).padStart(2, "0")).join("");
/** @type {TextOf} */
const pictureOf = (i) => `picture/${id(i)}/small${query({})}`;
/** @type {TextOf} */
const pageOf = (i) => `photo/${id(i)}${query({})}`;
/** @type {TextOf} */
const labelOf = (i) => about.labels[who.labels[i]];

const draw = () => {
  const ratio = devicePixelRatio;
  const [width, height] = [Math.round(canvas.clientWidth * ratio), Math.round(canvas.clientHeight * ratio)];
  if (!width) return;
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  const image = pen.createImageData(width, height);
  const sharp = { ...view, scale: view.scale * ratio };
  const pixels = new Uint32Array(image.data.buffer);
  const seen = splat(pixels, width, height, xs, ys, sharp, colours, Math.round(DOT * ratio));
  pen.putImageData(image, 0, 0);
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  if (seen.length <= PICTURES) seen.forEach(drawPicture);
  if (hovered >= 0) ring(hovered);
  if (lasso) outline(lasso);
  pen.setTransform(1, 0, 0, 1, 0, 0);
};

/** @param {number} i */
const at = (i) => place(view, canvas.clientWidth, canvas.clientHeight, xs[i], ys[i]);

/** @param {number} i */
const drawPicture = (i) => {
  if (!pictures.has(i)) {
    const made = new Image();
    made.addEventListener("load", later);
    made.src = pictureOf(i);
    pictures.set(i, made);
  }
  const picture = pictures.get(i);
  if (!picture.complete || !picture.naturalWidth) return;
  const [px, py] = at(i);
  pen.drawImage(picture, px - PICTURE / 2, py - PICTURE / 2, PICTURE, PICTURE);
};

/** @param {number} i */
const ring = (i) => {
  const [px, py] = at(i);
  pen.beginPath();
  pen.arc(px, py, 8, 0, 2 * Math.PI);
  pen.lineWidth = 2;
  pen.strokeStyle = getComputedStyle(canvas).color;
  pen.stroke();
};

/** @param {Pixel[]} polygon */
const outline = (polygon) => {
  pen.beginPath();
  for (const [px, py] of polygon) pen.lineTo(px, py);
  pen.closePath();
  pen.strokeStyle = getComputedStyle(canvas).color;
  pen.stroke();
};

let waiting = 0;
const later = () => {
  waiting ||= requestAnimationFrame(() => {
    waiting = 0;
    draw();
  });
};

let resting = 0;
/** @param {View} next */
const look = (next) => {
  view = next;
  later();
  clearTimeout(resting);
  resting = setTimeout(remember, 200);
};

const chosen = () => Object.fromEntries(Array.from(new FormData(choices), ([name, value]) => [name, String(value)]));

const remember = () => {
  const told = { ...chosen(), at: [view.x, view.y, view.scale].map((n) => n.toPrecision(6)).join(",") };
  history.replaceState(null, "", `map${query(told)}`);
};

const all = () => look(fitted(xs, ys, canvas.clientWidth, canvas.clientHeight));

const recolour = () => {
  const kind = chosen().colour;
  colours = paint(kind, about, who, only);
  legend(element("legend"), classes(kind, about, who), only, (pressed) => {
    only = pressed;
    recolour();
  });
  later();
};

const load = async () => {
  const turn = ++asking;
  const { x, y } = chosen();
  const content = await (await ask(`map/points${query({ x, y })}`)).arrayBuffer();
  if (turn !== asking) return; // others were chosen meanwhile
  const n = about.photographs;
  [xs, ys] = [new Float32Array(content, 0, n), new Float32Array(content, 4 * n, n)];
  said.textContent = `${n.toLocaleString("en")} photographs`;
};

/** @param {number} i */
const tell = (i) => {
  if (i === hovered) return;
  hovered = i;
  said.textContent = i < 0 ? `${about.photographs.toLocaleString("en")} photographs` : `${labelOf(i)} ${["", "", "(answered wrongly)"][who.right[i]]}`;
  later();
};

/** @type {(px: number, py: number, radius: number) => number} */
const find = (px, py, radius) => nearest(xs, ys, view, canvas.clientWidth, canvas.clientHeight, px, py, radius, colours);

/** @returns {Pixel} */
const size = () => [canvas.clientWidth, canvas.clientHeight];
/** @param {number} i */
const open = (i) => i >= 0 && location.assign(pageOf(i));

listen(canvas, () => lassoButton.getAttribute("aria-pressed") === "true", {
  hover: (px, py) => tell(find(px, py, RADIUS)),
  leave: () => tell(-1),
  click: (px, py) => open(find(px, py, RADIUS)),
  open: () => open(find(canvas.clientWidth / 2, canvas.clientHeight / 2, Math.hypot(...size()))),
  pan: (dx, dy) => look({ ...view, x: view.x - dx / view.scale, y: view.y + dy / view.scale }),
  zoom: (px, py, factor) => look(zoomed(view, ...size(), px, py, factor)),
  all: () => all(),
  lasso: (polygon) => {
    lasso = polygon;
    later();
  },
  around: (polygon) => {
    lasso = null;
    const found = within(polygon, xs, ys, view, ...size(), colours);
    show(found, (i) => ({ picture: pictureOf(i), page: pageOf(i), label: labelOf(i) }));
    later();
  },
});

lassoButton.addEventListener("click", () => {
  lassoButton.setAttribute("aria-pressed", String(lassoButton.getAttribute("aria-pressed") !== "true"));
});
element("fit").addEventListener("click", all);
choices.addEventListener("change", async (event) => {
  if (/** @type {HTMLSelectElement} */ (event.target).name === "colour") {
    only = -1;
    recolour();
    remember();
  } else {
    await load();
    all();
  }
});
new ResizeObserver(later).observe(canvas);

for (const name of ["x", "y", "colour"]) {
  const told = here.get(name);
  if (told !== null) /** @type {HTMLSelectElement} */ (choices.elements.namedItem(name)).value = told;
}
about = await (await ask(`map/about${query({})}`)).json();
const content = await (await ask(`map/who${query({})}`)).arrayBuffer();
const n = about.photographs;
who = {
  labels: new Uint16Array(content, 0, n),
  segments: new Uint16Array(content, 2 * n, n),
  right: new Uint8Array(content, 4 * n, n),
  ids: new Uint8Array(content, 5 * n, 16 * n),
};
await load();
recolour();
const kept = (here.get("at") ?? "").split(",").map(Number);
if (kept.length === 3 && kept.every(Number.isFinite) && kept[2] > 0) look({ x: kept[0], y: kept[1], scale: kept[2] });
else all();
if (canvas.dataset.photo) {
  const i = Array.from({ length: n }, (_, of) => of).find((of) => id(of) === canvas.dataset.photo) ?? -1;
  if (i >= 0) {
    look({ x: xs[i], y: ys[i], scale: view.scale * 6 });
    tell(i);
  }
}
canvas.dataset.ready = "true";
