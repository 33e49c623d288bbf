"""Run by an Airflow that has nothing of ours but what was packaged:  python -I FILE CONF REPORT

Writes one JSON object: what Airflow makes of DAGs and plugins, how two DAGs ran, a run's page.
"""

import importlib
import json
import pkgutil
import sys
from importlib.metadata import version
from pathlib import Path

from airflow import plugins_manager
from airflow.configuration import conf as settings
from airflow.dag_processing.dagbag import DagBag

RELEASES = ("apache-airflow", "apache-airflow-providers-amazon")
OURS = ("verger", "verger_emr", "verger_pages", "verger_runs")


def main(conf: str, report: str) -> None:
    """Look at everything that was shipped, then run it."""
    plugins = Path(settings.get("core", "plugins_folder"))
    stems = {path.stem for name in OURS for path in (plugins / name).rglob("*.py")}
    loaded, refused = plugins_manager._get_plugins()
    bare = sorted(stems & set(sys.modules) - set(OURS))
    bag = DagBag(settings.get("core", "dags_folder"))
    if bag.import_errors:
        sys.exit(str(bag.import_errors))
    run = bag.dags["fruit_features"].test(run_conf=json.loads(conf))
    tasks = {ti.task_id: str(ti.state) for ti in run.get_task_instances()}
    if str(run.state) != "success":
        sys.exit(f"the run is {run.state}: {tasks}")
    vacuumed = bag.dags["vacuum"].test(run_conf={"dry_run": True})
    told = {
        "releases": {name: version(name) for name in RELEASES},
        "dags": sorted(bag.dags),
        "refused_plugins": refused,
        "plugins": [plugin.name for plugin in loaded],
        "bare_modules": bare,
        "modules": sorted(everything()),
        "outside": sorted(outside(plugins)),
        "run_id": run.run_id,
        "tasks": tasks,
        "vacuum": str(vacuumed.state),
        "page": page(run.run_id),
    }
    Path(report).write_text(json.dumps(told))


def everything():
    """The names of all our modules, each imported."""
    for name in OURS:
        package = importlib.import_module(name)
        yield name
        for module in pkgutil.walk_packages(package.__path__, f"{name}."):
            importlib.import_module(module.name)
            yield module.name


def outside(plugins):
    """Modules of ours that come from anywhere else than the plugins folder."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in OURS and not Path(module.__file__).is_relative_to(plugins):
            yield f"{name} from {module.__file__}"


def page(run_id):
    """The page of a run, and how it answers a stranger."""
    from fastapi.testclient import TestClient

    from verger_pages.run_page import page as made

    app = sys.modules["verger_plugin"].app
    stranger = TestClient(app).get(f"/run/fruit_features/{run_id}")
    return {"stranger": stranger.status_code, "html": made("fruit_features", run_id)}


if __name__ == "__main__":
    main(*sys.argv[1:])
