// What the page asks the service.

/**
 * What the service answers; the page uses no more of it than this.
 * @typedef {object} Answer
 * @property {"ok" | "uncertain" | "rejected"} status
 * @property {string} reason why it is rejected
 * @property {string | null} best_match
 * @property {number} best_probability
 * @property {{ label: string, probability: number }[]} results
 * @property {{ photo: string, label: string, url: string, attribution: string }[]} similar_images
 * @property {Explanation | null} explanation
 * @property {Record<string, string>} names
 * @property {Record<string, Fact>} facts
 * @property {number | null} distance
 * @property {number | null} threshold
 * @property {{ blur: number, darkness: number } | null} photo
 * @property {number} elapsed_ms
 *
 * Why that answer rather than the one it is weighed against; boxes are x, y, width and height.
 * @typedef {object} Explanation
 * @property {string} answer
 * @property {string} against
 * @property {{ block: string, weight: number }[]} blocks
 * @property {{ boxes: number[][] }[]} words
 *
 * @typedef {{ value: string, unit: string, source: string, licence: string }} Fact
 *
 * @typedef {{ feedback: boolean, labels: string[] }} Model
 */

const KEY = "verger-key";

// In place of a status, where no answer came.
export const UNREACHED = 0;

/** A problem that the service told, with its status and its words. */
export class Problem extends Error {
  /**
   * @param {number} status
   * @param {string} detail
   */
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

/**
 * Keep the key that goes with every question from now on.
 * @param {string} key
 */
export const useKey = (key) => localStorage.setItem(KEY, key.trim());

/**
 * The answer about views of one fruit. Throws a Problem, as all of these do.
 * @param {Blob[]} photographs
 * @returns {Promise<Answer>}
 */
export async function identify(photographs) {
  return (await ask("/v1/identify", { method: "POST", body: form(photographs) })).json();
}

/**
 * Which model answers, what labels it knows, whether feedback is kept.
 * @returns {Promise<Model>}
 */
export const model = async () => (await ask("/v1/model")).json();

/**
 * A known photograph, as an address that an image can show.
 * @param {string} url
 */
export async function picture(url) {
  return URL.createObjectURL(await (await ask(url)).blob());
}

/**
 * Leave a photograph with one's own answer.
 * @param {Blob} photograph
 * @param {string} label
 * @param {string} answered
 */
export async function leave(photograph, label, answered) {
  const body = form([photograph]);
  for (const [name, value] of Object.entries({ label, answered, consent: "yes" })) body.append(name, value);
  await ask("/v1/feedback", { method: "POST", body });
}

/** @param {Blob[]} photographs */
function form(photographs) {
  const body = new FormData();
  for (const photograph of photographs) body.append("photo", photograph, "photo.jpg");
  return body;
}

/**
 * @param {string} path
 * @param {RequestInit} options
 */
async function ask(path, options = {}) {
  const key = localStorage.getItem(KEY);
  /** @type {Record<string, string>} */
  const headers = key ? { Authorization: `Bearer ${key}` } : {};
  const told = await fetch(path, { ...options, headers }).catch((error) => {
    throw new Problem(UNREACHED, error.message);
  });
  if (told.ok) return told;
  const problem = await told.json().catch(() => ({ detail: told.statusText }));
  throw new Problem(told.status, problem.detail);
}
