// The page: a photograph goes in, a fruit comes out.

import { drawPhotograph, tell } from "./answer.js";
import { shrunk } from "./photograph.js";
import { identify, leave, model, Problem, UNREACHED, useKey } from "./service.js";
import { current, languageButtons, say, speak } from "./words.js";

/**
 * @import { Answer } from "./service.js"
 * @import { Language } from "./words.js"
 */

/** @type {(id: string) => HTMLElement} */
const at = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
/** @type {(id: string) => HTMLInputElement} */
const field = (id) => /** @type {HTMLInputElement} */ (at(id));
let photographs = /** @type {Blob[]} */ ([]);
let answer = /** @type {Answer | null} */ (null);
let told = () => "";

function show() {
  at("status").textContent = told();
  at("answer").hidden = answer === null;
  if (answer === null) return;
  drawPhotograph(at("photograph"), photographs[0], answer);
  tell(at("said"), answer);
}

/** @type {(words: () => string, how?: { busy?: boolean, again?: boolean }) => void} */
function status(words, { busy = false, again = false } = {}) {
  told = words;
  at("status").textContent = words();
  at("status").classList.toggle("busy", busy);
  at("again").hidden = !again;
}

async function look() {
  answer = null;
  at("answer").hidden = true;
  at("feedback").hidden = true;
  status(() => say("looking"), { busy: true });
  try {
    answer = await identify(photographs);
    status(() => "");
    show();
    await offerFeedback();
  } catch (error) {
    fail(error);
  }
}

/** @param {unknown} error */
function fail(error) {
  if (!(error instanceof Problem)) throw error;
  if (error.status === UNREACHED) status(() => say("offline"), { again: true });
  else if (error.status === 401) askForKey();
  else status(() => say("unreadable", { detail: error.message }), { again: error.status >= 429 });
}

function askForKey() {
  status(() => say("needsKey"));
  at("key").hidden = false;
  at("key-value").focus();
}

async function offerFeedback() {
  const { feedback, labels } = await model();
  at("feedback").hidden = !feedback;
  at("kept").textContent = "";
  at("labels").replaceChildren(...labels.map((label) => new Option(label)));
}

for (const id of ["take", "choose"]) {
  const input = field(id);
  input.addEventListener("change", async () => {
    if (!input.files?.length) return;
    photographs = await Promise.all([...input.files].map(shrunk));
    input.value = "";
    await look();
  });
}

at("again").addEventListener("click", look);

at("key").addEventListener("submit", (event) => {
  event.preventDefault();
  useKey(field("key-value").value);
  at("key").hidden = true;
  if (photographs.length) look();
});

at("feedback").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    await leave(photographs[0], field("label").value, answer?.best_match ?? "");
    /** @type {HTMLFormElement} */ (event.target).reset();
    at("kept").textContent = say("kept");
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    at("kept").textContent = error.status === UNREACHED ? say("offline") : error.message;
  }
});

for (const button of languageButtons()) {
  button.addEventListener("click", () => {
    if (button.dataset.language === current()) return;
    speak(/** @type {Language} */ (button.dataset.language));
    show();
    button.focus();
  });
}

speak();
if ("serviceWorker" in navigator) navigator.serviceWorker.register("/service-worker.js");
