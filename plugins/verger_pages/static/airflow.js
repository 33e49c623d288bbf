// Links out of our pages into Airflow's own: its frame lets no page within navigate the window, but the
// window may do so itself. Where a page stands alone, the link is a link.
document.addEventListener("click", (event) => {
  const target = /** @type {Element} */ (event.target);
  const link = /** @type {HTMLAnchorElement} */ (target.closest("a[data-airflow]"));
  if (!link || parent === window || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const outside = parent.document.createElement("a");
  outside.href = link.href;
  parent.document.body.append(outside);
  outside.click();
  outside.remove();
});
