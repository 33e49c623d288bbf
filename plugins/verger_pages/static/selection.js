// The photographs that were drawn around, as a grid of links.
const SHOWN = 60;

/**
 * A photograph in the grid: the addresses of its picture and of its page, its label.
 * @typedef {{ picture: string, page: string, label: string }} Tile
 */

/** @type {(id: string) => HTMLElement} */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/**
 * Shows the first of them; `of` tells each.
 * @type {(found: number[], of: (i: number) => Tile) => void}
 */
export const show = (found, of) => {
  element("none").hidden = found.length > 0;
  const more = found.length > SHOWN ? `, the first ${SHOWN} of them here` : "";
  element("picked").textContent = `Selected: ${found.length.toLocaleString("en")}${more}`;
  const tiles = found.slice(0, SHOWN).map((i) => tile(of(i)));
  element("grid").replaceChildren(...tiles);
};

/** @param {Tile} of */
const tile = ({ picture, page, label }) => {
  const [item, name] = ["li", "small"].map((tag) => document.createElement(tag));
  const [link, image] = [document.createElement("a"), document.createElement("img")];
  Object.assign(image, { src: picture, alt: label, width: 80, height: 80, loading: "lazy" });
  link.href = page;
  name.textContent = label;
  link.append(image);
  item.append(link, name);
  return item;
};
