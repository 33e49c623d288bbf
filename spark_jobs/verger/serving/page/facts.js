// Names and facts of the species that was recognised, with where they are from.

import { say } from "./words.js";

// What a fact that is an id elsewhere leads to.
const PLACES = {
  gbif: "https://www.gbif.org/species/",
  wikidata: "https://www.wikidata.org/wiki/",
  fdc: "https://fdc.nal.usda.gov/food-details/",
};

/** The elements that tell them; none where nothing is known. */
export function facts({ names = {}, facts = {} }) {
  const rows = [
    ...Object.entries(names).map(([name, value]) => [name, value]),
    ...Object.entries(facts).map(([name, fact]) => [name, shown(name, fact)]),
  ];
  if (!rows.length) return [];
  const list = make("dl");
  for (const [name, value] of rows) list.append(make("dt", {}, say(name)), make("dd", {}, value));
  return [make("h3", {}, say("facts")), list, ...sources(facts)];
}

function shown(name, { value, unit }) {
  if (!(name in PLACES)) return unit ? `${value} ${say(unit)}` : value;
  return make("a", { href: PLACES[name] + encodeURIComponent(value), rel: "noreferrer" }, value);
}

function sources(facts) {
  const told = new Set(Object.values(facts).map(({ source, licence }) => (licence ? `${source}, ${licence}` : source)));
  told.delete("");
  if (!told.size) return [];
  return [make("p", { className: "quiet" }, say("sources", { sources: [...told].join("; ") }))];
}

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}
