// A cell of the matrix opens its photographs beside it; without this, the link opens their page.
const beside = /** @type {HTMLElement} */ (document.getElementById("beside"));

document.addEventListener("click", async (event) => {
  const target = /** @type {Element} */ (event.target);
  // A link in the page, or one in the drawing.
  const link = /** @type {HTMLAnchorElement & SVGAElement} */ (target.closest("a[data-beside]"));
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const address = new URL(link.href.baseVal ?? link.href, document.baseURI);
  const part = new URL(address);
  part.searchParams.set("part", "true");
  try {
    const answer = await fetch(part);
    if (!answer.ok) throw new Error(answer.statusText);
    beside.innerHTML = await answer.text();
    beside.focus({ preventScroll: true });
    if (beside.getBoundingClientRect().top > innerHeight) beside.scrollIntoView();
  } catch {
    location.assign(address); // it says what is wrong itself
  }
});
