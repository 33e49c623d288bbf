// What the map's colours stand for.
import { abgr, css, palette } from "./scatter.js";

const SAID = ["not asked", "right", "wrong"];
const SAID_COLOURS = [abgr([128, 128, 128]), abgr([76, 153, 60]), abgr([214, 40, 40])];
const FAINT = 0; // not drawn

/**
 * What the server tells of all photographs; species and maturity are those of each label.
 * @typedef {{ photographs: number, labels: string[], species: string[], maturity: string[], segments: string[] }} About
 *
 * What it tells of each: the numbers of its label, its segment and what is SAID; 16 bytes of its id.
 * @typedef {{ labels: Uint16Array, segments: Uint16Array, right: Uint8Array, ids: Uint8Array }} Who
 *
 * @typedef {{ names: string[], colours: number[], of: ArrayLike<number> }} Classes
 */

/**
 * The classes of a kind of colour: their names, their colours, and the class of each photograph.
 * @type {(kind: string, about: About, who: Who) => Classes}
 */
export const classes = (kind, about, who) => {
  if (kind === "right or wrong") return { names: SAID, colours: SAID_COLOURS, of: who.right };
  if (kind === "segment") return { names: about.segments, colours: palette(about.segments.length), of: who.segments };
  const kinds = new Map([["label", about.labels], ["species", about.species], ["maturity", about.maturity]]);
  const told = kinds.get(kind) ?? [];
  const names = [...new Set(told)].sort();
  const number = told.map((name) => names.indexOf(name));
  return { names, colours: palette(names.length), of: Array.from(who.labels, (label) => number[label]) };
};

/**
 * The colour of every photograph; with a class alone, the others are not drawn.
 * @type {(kind: string, about: About, who: Who, only: number) => Uint32Array<ArrayBuffer>}
 */
export const paint = (kind, about, who, only) => {
  const { colours, of } = classes(kind, about, who);
  return Uint32Array.from(of, (member) => (only < 0 || member === only ? colours[member] : FAINT));
};

/**
 * A button a class; pressed, it shows that class alone.
 * @type {(place: Element, classes: Classes, only: number, choose: (chosen: number) => void) => void}
 */
export const legend = (place, { names, colours }, only, choose) => {
  place.replaceChildren(
    ...names.map((name, i) => {
      const [button, dot] = [document.createElement("button"), document.createElement("i")];
      button.type = "button";
      button.setAttribute("aria-pressed", String(i === only));
      dot.style.background = css(colours[i]);
      button.append(dot, name);
      button.addEventListener("click", () => choose(i === only ? -1 : i));
      return button;
    }),
  );
};
