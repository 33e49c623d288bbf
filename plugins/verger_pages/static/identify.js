// A photograph is sent as it is chosen; its answer stands beside it, with the corners that spoke.
const input = /** @type {HTMLInputElement} */ (document.getElementById("photograph"));
const asked = /** @type {HTMLElement} */ (document.getElementById("asked"));
const answer = /** @type {HTMLElement} */ (document.getElementById("answer"));
const SVG = "http://www.w3.org/2000/svg";

/** @param {File} file */
const preview = (file) => {
  const picture = new Image();
  picture.alt = file.name;
  picture.className = "large";
  picture.src = URL.createObjectURL(file);
  asked.replaceChildren(picture);
};

/**
 * Boxes are the upper left corner and sides, in shares of the photograph's.
 * @param {number[][]} boxes
 */
const draw = (boxes) => {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", "0 0 1 1");
  drawing.setAttribute("preserveAspectRatio", "none");
  drawing.setAttribute("aria-hidden", "true");
  for (const [x, y, width, height] of boxes) {
    const box = document.createElementNS(SVG, "rect");
    for (const [name, value] of Object.entries({ x, y, width, height })) box.setAttribute(name, String(value));
    drawing.append(box);
  }
  asked.append(drawing);
};

input.addEventListener("change", async () => {
  const [file] = input.files ?? [];
  if (!file) return;
  preview(file);
  answer.textContent = "Looking …";
  // A header of our own: no other site's page can send it.
  const told = await fetch("identify", { method: "POST", body: file, headers: { "X-Verger": "identify", "Content-Type": "application/octet-stream" } });
  answer.innerHTML = await told.text();
  draw(JSON.parse(answer.querySelector("#boxes")?.innerHTML ?? "[]"));
  answer.focus({ preventScroll: true });
});
