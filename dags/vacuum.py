"""
# Removes checkpoints that nobody needs

Kept is what can still be asked for: every published model (earlier ones too, so that a rollback
works), the latest state of every collection, and all that runs of the last *Keep days* refer to.
**Dry run first**: it is on in the form, and shows what would be removed.
"""

from __future__ import annotations

from airflow.sdk import DAG, Param, get_current_context, task

from verger_runs.defaults import default_args


@task
def vacuum() -> int:
    """Returns how many bytes were, or would be, removed."""
    from verger.operations.vacuum import vacuum
    from verger_runs.housekeeping import open_lake

    params = get_current_context()["params"]
    with open_lake() as lake:
        done = vacuum(lake, params["keep_days"], delete=not params["dry_run"])
    how = "removed" if done.deleted else "would be removed"
    print("\n".join([*done.removed, f"{len(done.removed)} checkpoints {how}, {done.kept} kept, "  # noqa: T201
                     f"{done.removed_bytes / 1e6:,.1f} MB"]))  # fmt: skip
    return done.removed_bytes


with DAG(
    dag_id="vacuum",
    description="Removes checkpoints that no published model and no recent run refers to.",
    doc_md=__doc__,
    schedule=None,
    catchup=False,
    max_active_runs=1,
    tags=["verger", "housekeeping"],
    params={
        "keep_days": Param(
            30,
            type="number",
            exclusiveMinimum=0,
            title="Keep days",
            description="Whatever runs of so many days refer to is kept.",
        ),
        "dry_run": Param(
            True,
            type="boolean",
            title="Dry run",
            description="Only show what would be removed.",
        ),
    },
    default_args=default_args(),
):
    vacuum()
