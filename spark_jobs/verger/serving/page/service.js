// What the page asks the service.

const KEY = "verger-key";

// In place of a status, where no answer came.
export const UNREACHED = 0;

/** A problem that the service told, with its status and its words. */
export class Problem extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

/** Keep the key that goes with every question from now on. */
export const useKey = (key) => localStorage.setItem(KEY, key.trim());

/** The answer about views of one fruit. Throws a Problem, as all of these do. */
export async function identify(photographs) {
  return (await ask("/v1/identify", { method: "POST", body: form(photographs) })).json();
}

/** Which model answers, what labels it knows, whether feedback is kept. */
export const model = async () => (await ask("/v1/model")).json();

/** A known photograph, as an address that an image can show. */
export async function picture(url) {
  return URL.createObjectURL(await (await ask(url)).blob());
}

/** Leave a photograph with one's own answer. */
export async function leave(photograph, label, answered) {
  const body = form([photograph]);
  for (const [name, value] of Object.entries({ label, answered, consent: "yes" })) body.append(name, value);
  await ask("/v1/feedback", { method: "POST", body });
}

function form(photographs) {
  const body = new FormData();
  for (const photograph of photographs) body.append("photo", photograph, "photo.jpg");
  return body;
}

async function ask(path, options = {}) {
  const key = localStorage.getItem(KEY);
  const headers = key ? { Authorization: `Bearer ${key}` } : {};
  const told = await fetch(path, { ...options, headers }).catch((error) => {
    throw new Problem(UNREACHED, error.message);
  });
  if (told.ok) return told;
  const problem = await told.json().catch(() => ({ detail: told.statusText }));
  throw new Problem(told.status, problem.detail);
}
