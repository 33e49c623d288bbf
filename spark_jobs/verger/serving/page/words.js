// What the page says, in English and French.

const WORDS = {
  en: {
    question: "What fruit is this?",
    take: "Take a photograph",
    choose: "Choose photographs",
    several: "Several photographs of one fruit give a surer answer.",
    key: "API key of this service",
    use: "Use it",
    needsKey: "This service needs a key.",
    again: "Try again",
    looking: "Looking",
    offline: "The service cannot be reached. Your photograph is still here: try again when you are back.",
    unreadable: "This photograph cannot be used: {detail}",
    answered: "Answered in {seconds} s.",
    unknown: "I don't know",
    unlike: "It looks like nothing I have learnt (distance {distance}, known ones lie below {threshold}).",
    unsure: "No species is more likely than all others together.",
    blurred: "The photograph is blurred: hold still, go nearer.",
    dark: "The photograph is dark: find some light.",
    candidates: "What it may be",
    why: "Why",
    rather: "rather than {against}",
    boxes: "{count} keypoints that spoke for {answer}",
    show: "Show the keypoints",
    similar: "Similar photographs",
    noPicture: "no picture",
    facts: "About it",
    scientific: "Scientific name", english: "English", french: "French",
    energy: "Energy", carbohydrate: "Carbohydrate", protein: "Protein", fat: "Fat", vitamin_c: "Vitamin C",
    gbif: "GBIF", wikidata: "Wikidata", fdc: "FoodData Central",
    sources: "Sources: {sources}",
    orb: "Texture", colour: "Colours", statistics: "The whole fruit", network: "Network", fisher: "Patches",
    feedback: "Is it something else?",
    label: "What it is",
    consent: "Keep my photograph, without place and camera, so that the collection grows.",
    send: "Send",
    kept: "Thank you: it is kept until somebody has looked at it.",
    shown: "Your photograph",
  },
  fr: {
    question: "Quel est ce fruit ?",
    take: "Prendre une photo",
    choose: "Choisir des photos",
    several: "Plusieurs photos du même fruit donnent une réponse plus sûre.",
    key: "Clé d'API de ce service",
    use: "Utiliser",
    needsKey: "Ce service demande une clé.",
    again: "Réessayer",
    looking: "Je regarde",
    offline: "Le service est injoignable. Votre photo est toujours là : réessayez une fois de retour.",
    unreadable: "Cette photo est inutilisable : {detail}",
    answered: "Réponse en {seconds} s.",
    unknown: "Je ne sais pas",
    unlike: "Cela ne ressemble à rien de ce que j'ai appris (distance {distance}, le connu reste sous {threshold}).",
    unsure: "Aucune espèce n'est plus probable que toutes les autres réunies.",
    blurred: "La photo est floue : ne bougez pas, approchez-vous.",
    dark: "La photo est sombre : cherchez la lumière.",
    candidates: "Ce que cela peut être",
    why: "Pourquoi",
    rather: "plutôt que {against}",
    boxes: "{count} points qui ont parlé pour {answer}",
    show: "Montrer les points",
    similar: "Photos semblables",
    noPicture: "pas d'image",
    facts: "À son sujet",
    scientific: "Nom scientifique", english: "Anglais", french: "Français",
    energy: "Énergie", carbohydrate: "Glucides", protein: "Protéines", fat: "Lipides", vitamin_c: "Vitamine C",
    gbif: "GBIF", wikidata: "Wikidata", fdc: "FoodData Central",
    "kcal per 100 g": "kcal pour 100 g", "g per 100 g": "g pour 100 g", "mg per 100 g": "mg pour 100 g",
    sources: "Sources : {sources}",
    orb: "Texture", colour: "Couleurs", statistics: "Le fruit entier", network: "Réseau", fisher: "Détails",
    feedback: "Est-ce autre chose ?",
    label: "Ce que c'est",
    consent: "Garder ma photo, sans lieu ni appareil, pour que la collection grandisse.",
    send: "Envoyer",
    kept: "Merci : elle est gardée jusqu'à ce que quelqu'un l'ait regardée.",
    shown: "Votre photo",
  },
};

/** @typedef {"en" | "fr"} Language */

const KEPT = "verger-language";
let language = /** @type {Language} */ (localStorage.getItem(KEPT) ?? (navigator.language.startsWith("fr") ? "fr" : "en"));

/** The language in use: "en" or "fr". */
export const current = () => language;

/**
 * The words of that name, with what belongs between the braces; a name without words says itself.
 * @type {(name: string, given?: Record<string, string | number>) => string}
 */
export function say(name, given = {}) {
  /** @type {Record<string, string>} */
  const spoken = WORDS[language];
  return (spoken[name] ?? name).replace(/\{(\w+)\}/g, (_, part) => String(given[part]));
}

/**
 * A number as the language writes it.
 * @type {(value: number, digits?: number) => string}
 */
export const number = (value, digits = 2) =>
  value.toLocaleString(language, { maximumFractionDigits: digits });

/**
 * A share as percent.
 * @param {number} share
 */
export const percent = (share) =>
  share.toLocaleString(language, { style: "percent", maximumFractionDigits: 1 });

/** The buttons that change the language. */
export const languageButtons = () => elements("[data-language]");

/** @type {(which: string) => NodeListOf<HTMLElement>} */
const elements = (which) => document.querySelectorAll(which);

/** Change the language, or take the one in use at the start, and say everything on the page in it. */
export function speak(chosen = language) {
  if (chosen !== language) localStorage.setItem(KEPT, chosen);
  language = chosen;
  document.documentElement.lang = language;
  for (const element of elements("[data-say]")) {
    element.textContent = say(String(element.dataset.say));
  }
  for (const button of languageButtons()) {
    button.setAttribute("aria-pressed", String(button.dataset.language === language));
  }
}
