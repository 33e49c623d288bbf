// Where points are drawn and found on the map.
import assert from "node:assert/strict";
import test from "node:test";

import { classes, paint } from "../../plugins/verger_pages/static/map_colours.js";
import { fitted, nearest, palette, place, splat, within, zoomed } from "../../plugins/verger_pages/static/scatter.js";

const [WIDTH, HEIGHT] = [200, 100];
const xs = Float32Array.of(-10, 0, 10);
const ys = Float32Array.of(-2, 0, 2);
const colours = Uint32Array.of(1, 2, 3);
const view = fitted(xs, ys, WIDTH, HEIGHT);

test("the view that shows all has every point within the edges", () => {
  for (let i = 0; i < 3; i++) {
    const [px, py] = place(view, WIDTH, HEIGHT, xs[i], ys[i]);
    assert.ok(px > 0 && px < WIDTH && py > 0 && py < HEIGHT);
  }
});

test("points that are all the same are shown in the middle", () => {
  const same = Float32Array.of(5, 5);
  assert.deepEqual(place(fitted(same, same, WIDTH, HEIGHT), WIDTH, HEIGHT, 5, 5), [100, 50]);
});

test("every point is drawn where it is found again, and no other pixel is touched", () => {
  const pixels = new Uint32Array(WIDTH * HEIGHT);
  assert.deepEqual(splat(pixels, WIDTH, HEIGHT, xs, ys, view, colours, 3), [0, 1, 2]);
  assert.equal(pixels.filter(Boolean).length, 27);
  pixels.forEach((colour, at) => {
    if (!colour) return;
    const found = nearest(xs, ys, view, WIDTH, HEIGHT, at % WIDTH, Math.floor(at / WIDTH), 3, colours);
    assert.equal(colours[found], colour);
  });
});

test("a point over the edge is drawn as far as it lies within", () => {
  const pixels = new Uint32Array(WIDTH * HEIGHT);
  const edge = { x: 0, y: 0, scale: 1 };
  splat(pixels, WIDTH, HEIGHT, Float32Array.of(-100), Float32Array.of(50), edge, colours, 3);
  assert.equal(pixels.filter(Boolean).length, 4);
  assert.deepEqual(splat(pixels, WIDTH, HEIGHT, Float32Array.of(-200), Float32Array.of(0), edge, colours, 3), []);
});

test("a point that is not drawn is not found, neither by pointing nor by drawing around", () => {
  const hidden = Uint32Array.of(1, 0, 3);
  assert.equal(nearest(xs, ys, view, WIDTH, HEIGHT, 100, 50, 5, hidden), -1);
  const all = [[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]];
  assert.deepEqual(within(all, xs, ys, view, WIDTH, HEIGHT, hidden), [0, 2]);
});

test("drawing around takes what lies within, also of a shape with a notch", () => {
  const notched = [[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [110, HEIGHT], [100, 10], [90, HEIGHT], [0, HEIGHT]];
  assert.deepEqual(within(notched, xs, ys, view, WIDTH, HEIGHT, colours), [0, 2]);
});

test("zooming leaves what lies under the pointer where it is", () => {
  const before = place(view, WIDTH, HEIGHT, xs[2], ys[2]);
  const after = place(zoomed(view, WIDTH, HEIGHT, ...before, 3), WIDTH, HEIGHT, xs[2], ys[2]);
  for (const axis of [0, 1]) assert.ok(Math.abs(before[axis] - after[axis]) < 1e-9);
});

test("131 classes have 131 colours", () => {
  assert.equal(new Set(palette(131)).size, 131);
});

const about = { labels: ["Apple 1", "Apple 2", "Plum"], species: ["Apple", "Apple", "Plum"], maturity: ["a", "a", "a"], segments: ["s"] };
const who = { labels: Uint16Array.of(0, 1, 2, 1), segments: new Uint16Array(4), right: Uint8Array.of(0, 1, 2, 1) };

test("labels of one species have one colour, and a class alone leaves the others undrawn", () => {
  assert.deepEqual(classes("species", about, who).of, [0, 0, 1, 0]);
  const [first, second, third] = paint("species", about, who, -1);
  assert.equal(first, second);
  assert.notEqual(first, third);
  assert.deepEqual([...paint("species", about, who, 1)].map(Boolean), [false, false, true, false]);
});
