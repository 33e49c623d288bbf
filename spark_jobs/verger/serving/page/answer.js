// The answer, as people read it.

import { facts } from "./facts.js";
import { picture } from "./service.js";
import { number, percent, say } from "./words.js";

/** @import { Answer } from "./service.js" */

const BOXES_OF_A_WORD = 6;
const BLURRED = 0.9;
const DARK = 0.7;
const SVG = "http://www.w3.org/2000/svg";

/**
 * The photograph with the keypoints that spoke.
 * @type {(figure: HTMLElement, blob: Blob, answer: Answer) => void}
 */
export function drawPhotograph(figure, blob, answer) {
  const image = make("img", { src: URL.createObjectURL(blob), alt: say("shown") });
  image.addEventListener("load", () => URL.revokeObjectURL(image.src), { once: true });
  const frame = make("span", { className: "frame" }, image);
  figure.replaceChildren(frame);
  const explained = answer.explanation;
  const boxes = (explained?.words ?? []).flatMap((word) => word.boxes.slice(0, BOXES_OF_A_WORD));
  if (answer.status !== "ok" || !explained || !boxes.length) return;
  const layer = document.createElementNS(SVG, "svg");
  layer.setAttribute("viewBox", "0 0 1 1");
  layer.setAttribute("preserveAspectRatio", "none");
  layer.setAttribute("aria-hidden", "true");
  for (const [x, y, width, height] of boxes) layer.append(box({ x, y, width, height }));
  frame.append(layer);
  figure.append(switchOf(layer, boxes.length, explained.answer));
}

/**
 * Everything else that is said.
 * @type {(place: HTMLElement, answer: Answer) => void}
 */
export function tell(place, answer) {
  const heading = make("h2", { id: "match", tabIndex: -1 });
  heading.textContent = answer.best_match
    ? `${answer.best_match} (${percent(answer.best_probability)})`
    : say("unknown");
  place.replaceChildren(heading, ...reasons(answer), ...facts(answer), ...results(answer), ...why(answer));
  place.append(...similar(answer));
  heading.focus();
}

/** @param {Answer} answer */
function reasons(answer) {
  const said = [];
  const { distance, threshold, photo } = answer;
  if (answer.status === "rejected" && distance !== null && threshold !== null && distance > threshold) {
    said.push(line(say("unlike", { distance: number(distance), threshold: number(threshold) })));
  } else if (answer.status === "uncertain") said.push(line(say("unsure")));
  else if (answer.status === "rejected") said.push(line(answer.reason));
  if (photo && photo.blur > BLURRED) said.push(line(say("blurred"), "warn"));
  if (photo && photo.darkness > DARK) said.push(line(say("dark"), "warn"));
  said.push(line(say("answered", { seconds: number(answer.elapsed_ms / 1000) }), "quiet"));
  return said;
}

/** @param {Answer} answer */
function results(answer) {
  const list = make("ol", { className: "results" });
  for (const { label, probability } of answer.results) {
    const meter = make("meter", { min: 0, max: 1, value: probability });
    meter.setAttribute("aria-label", label);
    list.append(make("li", {}, text(label), text(percent(probability)), meter));
  }
  return [title(say("candidates")), list];
}

/** @param {Answer} answer */
function why(answer) {
  const of = answer.explanation;
  if (!of?.against || answer.status !== "ok") return [];
  const list = make("dl");
  for (const { block, weight } of of.blocks) {
    list.append(make("dt", {}, say(block)), make("dd", {}, `${weight > 0 ? "+" : ""}${number(weight)}`));
  }
  return [title(`${say("why")} (${say("rather", { against: of.against })})`), list];
}

/** @param {Answer} answer */
function similar(answer) {
  if (!answer.similar_images?.length || answer.status === "rejected") return [];
  const list = make("ul", { className: "similar" });
  const seen = new Set();
  for (const known of answer.similar_images) {
    if (seen.has(known.photo)) continue;
    seen.add(known.photo);
    const item = make("li", {}, known.label);
    if (known.attribution) item.append(make("br"), known.attribution);
    list.append(item);
    picture(known.url)
      .then((src) => item.prepend(make("img", { src, alt: known.label })))
      .catch(() => item.append(make("br"), say("noPicture")));
  }
  return [title(say("similar")), list];
}

/** @type {(layer: Element, count: number, answer: string) => HTMLElement} */
function switchOf(layer, count, answer) {
  const button = make("button", { type: "button" }, say("show"));
  button.setAttribute("aria-pressed", "true");
  button.addEventListener("click", () => {
    const shown = layer.toggleAttribute("hidden");
    button.setAttribute("aria-pressed", String(!shown));
  });
  return make("figcaption", {}, make("p", {}, say("boxes", { count, answer })), button);
}

/** @param {Record<string, number>} sides */
function box(sides) {
  const rectangle = document.createElementNS(SVG, "rect");
  for (const [name, value] of Object.entries(sides)) rectangle.setAttribute(name, String(value));
  return rectangle;
}

/** @param {string} words */
const text = (words) => make("span", {}, words);
/** @type {(words: string, className?: string) => HTMLElement} */
const line = (words, className = "") => make("p", { className }, words);
/** @param {string} words */
const title = (words) => make("h3", {}, words);

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Partial<HTMLElementTagNameMap[Tag]>} properties
 * @param {(Node | string)[]} children
 */
function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}
