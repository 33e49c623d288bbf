// Names and facts of what was recognised, where the service tells some.

import { say } from "./words.js";

/** A list of names and facts; nothing where there are none. */
export function facts(answer) {
  const rows = [...entries(answer.names), ...entries(answer.facts)];
  if (!rows.length) return [];
  const heading = document.createElement("h3");
  heading.textContent = say("facts");
  const list = document.createElement("dl");
  for (const [name, value] of rows) {
    const term = document.createElement("dt");
    term.textContent = say(name);
    const told = document.createElement("dd");
    told.textContent = value;
    list.append(term, told);
  }
  return [heading, list];
}

function entries(told) {
  return Object.entries(told ?? {})
    .filter(([, value]) => value !== null && value !== "")
    .map(([name, value]) => [name.replaceAll("_", " "), String(value)]);
}
