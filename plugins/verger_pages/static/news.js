// What is new is told once the page stands: it takes a listing of the bucket. Its buttons start runs
// through Airflow's own API, as the person who is logged in.
const news = /** @type {HTMLElement} */ (document.getElementById("news"));

const told = await fetch(String(news.dataset.href));
if (told.ok) news.innerHTML = await told.text();

// Pages lie at <Airflow>/verger/<page>, whatever path Airflow itself has.
const airflow = new URL("../", document.baseURI);

news.addEventListener("click", async (event) => {
  const target = /** @type {Element} */ (event.target);
  const button = /** @type {HTMLButtonElement} */ (target.closest("button[data-run]"));
  if (!button) return;
  const said = /** @type {HTMLElement} */ (news.querySelector("#started"));
  button.disabled = true;
  const answer = await fetch(new URL("api/v2/dags/fruit_features/dagRuns", airflow), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ logical_date: null, conf: JSON.parse(String(button.dataset.run)) }),
  });
  const run = await answer.json();
  if (answer.ok) {
    said.textContent = `Started as ${run.dag_run_id}: see the DAG fruit_features.`;
  } else {
    button.disabled = false;
    said.textContent = `Airflow refused it: ${JSON.stringify(run.detail)}`;
  }
});

export {}; // a module, as it waits
