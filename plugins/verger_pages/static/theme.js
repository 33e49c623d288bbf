// Light or dark as Airflow's own page has it; without a choice the system decides.
const chosen = () => {
  try {
    return localStorage.getItem("theme");
  } catch {
    return null; // storage may be switched off
  }
};

const show = () => {
  const theme = chosen();
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
};

show();
addEventListener("storage", show);
