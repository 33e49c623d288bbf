// What a hand does on the map: hover, click, drag, draw around, turn the wheel, press keys. Says it to
// `on`: hover(px, py), leave(), click(px, py), pan(dx, dy), lasso(polygon), around(polygon),
// zoom(px, py, factor), all(), open(). Hovering is calm: it is told once the hand rests.

const [DWELL, STILL, STEP, FACTOR] = [90, 4, 60, 1.5];

export const listen = (canvas, selecting, on) => {
  let [from, polygon, moved, timer] = [null, null, false, 0];
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
