"""Run a DAG once in this process, as `airflow dags test` does, and say how it went.

    python -m local_cloud.dag_test DAG_ID '{"prefix": "…"}' OUTCOME.json

The outcome is one JSON object: run_id, state, and the state of every task.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main(dag_id: str, conf: str, outcome: str) -> int:
    """Run the DAG; returns 0 if the run succeeded."""
    from airflow.configuration import conf as settings
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(settings.get("core", "dags_folder"))
    if dag_id not in bag.dags:
        sys.stderr.write(f"{dag_id} cannot be loaded: {bag.import_errors}\n")
        return 1
    run = bag.dags[dag_id].test(run_conf=json.loads(conf))
    tasks = {ti.task_id: str(ti.state) for ti in run.get_task_instances()}
    told = {"run_id": run.run_id, "state": str(run.state), "tasks": tasks}
    Path(outcome).write_text(json.dumps(told))
    return 0 if told["state"] == "success" else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
