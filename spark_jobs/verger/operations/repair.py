"""After a stage has failed: was what it read damaged? Then it is discarded, to be made again."""

from __future__ import annotations

from verger.lake.integrity import discarded
from verger.lake.store import Lake
from verger.planning.plan import Plan


def discard_damaged(plan: Plan, lake: Lake) -> str | None:
    """Read every checkpoint of a run and discard those whose content is not what was written.

    Returns what to tell a person, or None if all are whole.
    """
    found = [lake.find_each(needed) for needed in plan.checkpoints().values()]
    first = None
    for checkpoint in (checkpoint for each in found for checkpoint in each if checkpoint):
        if damage := checkpoint.damage():
            checkpoint.discard()
            first = first or discarded(damage)
    return first
