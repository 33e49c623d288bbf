"""
# Goes back to an earlier model

`fruit_features` publishes the vocabulary and components that a run fitted, and keeps those before
them. This DAG makes an earlier model the one in use again: the one before the current, or the one
named. Runs that have started keep the model of their plan; later runs reuse this one.
"""

from __future__ import annotations

from airflow.sdk import DAG, Asset, Param, get_current_context, task

from verger.contract import PRESETS
from verger_runs.defaults import default_args

MODEL = Asset(name="fruit_model", uri="verger://fruit_model", group="verger")


@task(outlets=[MODEL])
def roll_back() -> str:
    """Returns the id of the model that is in use now."""
    from verger.operations.promotion import roll_back
    from verger_runs.housekeeping import open_lake

    context = get_current_context()
    params = context["params"]
    with open_lake() as lake:
        model = roll_back(
            lake, params["preset"], params["model"] or "", by=f"rollback_model {context['run_id']}"
        )
    context["outlet_events"][MODEL].extra = {"id": model.id, "rolled_back": True}
    print(f"in use now: model {model.id} of run {model.run_id}")  # noqa: T201
    return model.id


with DAG(
    dag_id="rollback_model",
    description="Makes an earlier vocabulary and PCA the ones in use again.",
    doc_md=__doc__,
    schedule=None,
    catchup=False,
    max_active_runs=1,
    tags=["verger", "housekeeping"],
    params={
        "preset": Param(
            PRESETS[0],
            enum=list(PRESETS),
            title="Preset",
            description="Each preset has models of its own.",
        ),
        "model": Param(
            "",
            type=["null", "string"],
            title="Model",
            description="Id of the model to go back to; empty: the one before the current.",
        ),
    },
    default_args=default_args(),
):
    roll_back()
