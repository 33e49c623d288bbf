// The photographs that were drawn around, as a grid of links.
const SHOWN = 60;

/** Shows the first of them; `of` tells the picture, the page and the label of each. */
export const show = (found, of) => {
  document.getElementById("none").hidden = found.length > 0;
  const more = found.length > SHOWN ? `, the first ${SHOWN} of them here` : "";
  document.querySelector("#picked").textContent = `Selected: ${found.length.toLocaleString("en")}${more}`;
  const tiles = found.slice(0, SHOWN).map((i) => tile(of(i)));
  document.querySelector("#grid").replaceChildren(...tiles);
};

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
