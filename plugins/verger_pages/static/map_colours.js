// What the map's colours stand for.
import { abgr, css, palette } from "./scatter.js";

const SAID = ["not asked", "right", "wrong"];
const SAID_COLOURS = [abgr([128, 128, 128]), abgr([76, 153, 60]), abgr([214, 40, 40])];
const FAINT = 0; // not drawn

/** The classes of a kind of colour: their names, their colours, and the class of each photograph. */
export const classes = (kind, about, who) => {
  if (kind === "right or wrong") return { names: SAID, colours: SAID_COLOURS, of: who.right };
  if (kind === "segment") return { names: about.segments, colours: palette(about.segments.length), of: who.segments };
  const told = { label: about.labels, species: about.species, maturity: about.maturity }[kind];
  const names = [...new Set(told)].sort();
  const number = told.map((name) => names.indexOf(name));
  return { names, colours: palette(names.length), of: Array.from(who.labels, (label) => number[label]) };
};

/** The colour of every photograph; with a class alone, the others are not drawn. */
export const paint = (kind, about, who, only) => {
  const { colours, of } = classes(kind, about, who);
  return Uint32Array.from(of, (member) => (only < 0 || member === only ? colours[member] : FAINT));
};

/** A button a class; pressed, it shows that class alone. */
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
