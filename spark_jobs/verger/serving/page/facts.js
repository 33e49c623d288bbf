// Names and facts of the species that was recognised, with where they are from.

import { say } from "./words.js";

/** @import { Answer, Fact } from "./service.js" */

/**
 * What a fact that is an id elsewhere leads to.
 * @type {Record<string, string>}
 */
const PLACES = {
  gbif: "https://www.gbif.org/species/",
  wikidata: "https://www.wikidata.org/wiki/",
  fdc: "https://fdc.nal.usda.gov/food-details/",
};

/**
 * The elements that tell them; none where nothing is known.
 * @param {Partial<Answer>} answer
 */
export function facts({ names = {}, facts = {} }) {
  /** @type {[string, Node | string][]} */
  const rows = Object.entries(names);
  for (const [name, fact] of Object.entries(facts)) rows.push([name, shown(name, fact)]);
  if (!rows.length) return [];
  const list = make("dl");
  for (const [name, value] of rows) list.append(make("dt", {}, say(name)), make("dd", {}, value));
  return [make("h3", {}, say("facts")), list, ...sources(facts)];
}

/** @type {(name: string, fact: Fact) => Node | string} */
function shown(name, { value, unit }) {
  if (!(name in PLACES)) return unit ? `${value} ${say(unit)}` : value;
  return make("a", { href: PLACES[name] + encodeURIComponent(value), rel: "noreferrer" }, value);
}

/** @param {Record<string, Fact>} facts */
function sources(facts) {
  const told = new Set(Object.values(facts).map(({ source, licence }) => (licence ? `${source}, ${licence}` : source)));
  told.delete("");
  if (!told.size) return [];
  return [make("p", { className: "quiet" }, say("sources", { sources: [...told].join("; ") }))];
}

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
