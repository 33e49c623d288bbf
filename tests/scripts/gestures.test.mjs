// What a hand does on the map, and what is made of it.
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { listen } from "../../plugins/verger_pages/static/gestures.js";

let [canvas, said, selecting] = [null, [], false];

beforeEach(() => {
  canvas = Object.assign(new EventTarget(), { clientWidth: 200, clientHeight: 100, setPointerCapture: () => {} });
  [said, selecting] = [[], false];
  const told = ["hover", "leave", "click", "pan", "lasso", "around", "zoom", "all", "open"];
  listen(canvas, () => selecting, Object.fromEntries(told.map((name) => [name, (...what) => said.push([name, ...what])])));
});

const hand = (kind, offsetX, offsetY, more = {}) => {
  canvas.dispatchEvent(Object.assign(new Event(kind, { cancelable: true }), { offsetX, offsetY, pointerId: 1, ...more }));
};

test("a hand that passes over says nothing; one that rests says where", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  hand("pointermove", 10, 10);
  mock.timers.tick(50);
  hand("pointermove", 20, 20);
  mock.timers.tick(50);
  assert.deepEqual(said, []);
  mock.timers.tick(50);
  assert.deepEqual(said, [["hover", 20, 20]]);
  mock.timers.reset();
});

test("pressing without moving is a click, although a hand shakes", () => {
  hand("pointerdown", 10, 10);
  hand("pointermove", 12, 11);
  hand("pointerup", 12, 11);
  assert.deepEqual(said, [["click", 12, 11]]);
});

test("dragging moves the map step by step and is no click", () => {
  hand("pointerdown", 10, 10);
  hand("pointermove", 30, 10);
  hand("pointermove", 30, 15);
  hand("pointerup", 30, 15);
  assert.deepEqual(said, [["pan", 20, 0], ["pan", 0, 5]]);
});

for (const [how, shiftKey] of [["with Shift", true], ["after Select was pressed", false]]) {
  test(`dragging ${how} draws around photographs`, () => {
    selecting = !shiftKey;
    hand("pointerdown", 0, 0, { shiftKey });
    hand("pointermove", 50, 0);
    hand("pointermove", 50, 50);
    hand("pointerup", 50, 50);
    assert.deepEqual(said.at(-1), ["around", [[0, 0], [50, 0], [50, 50]]]);
    assert.ok(!said.some(([what]) => what === "pan" || what === "click"));
  });
}

test("a drawing that the system takes away is forgotten", () => {
  hand("pointerdown", 0, 0, { shiftKey: true });
  hand("pointercancel", 0, 0);
  hand("pointerup", 50, 50);
  assert.deepEqual(said, [["lasso", null]]);
});

test("turning the wheel towards oneself zooms out, where the hand is, and scrolls nothing", () => {
  const turned = Object.assign(new Event("wheel", { cancelable: true }), { offsetX: 5, offsetY: 6, deltaY: 300 });
  canvas.dispatchEvent(turned);
  assert.deepEqual(said, [["zoom", 5, 6, 0.5]]);
  assert.ok(turned.defaultPrevented);
});

test("keys do all that a hand does, and the browser keeps its own", () => {
  for (const key of ["ArrowLeft", "+", "0", "Enter", "a"]) hand("keydown", 0, 0, { key });
  hand("keydown", 0, 0, { key: "+", ctrlKey: true });
  const pressed = said.filter(([what]) => what !== "hover");
  assert.deepEqual(pressed, [["pan", 60, 0], ["zoom", 100, 50, 1.5], ["all"], ["open"]]);
});
