"""verger quality: what a team's own photographs cover, and which are missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from verger.config.heads import STATISTICS
from verger.errors import VergerError
from verger.lake.address import CheckpointId
from verger.lake.checkpoint import Checkpoint
from verger.lake.registry import Published
from verger.lake.store import Lake
from verger.planning.plan import Plan, read_plan
from verger.planning.recipe import CLASSIFIER

if TYPE_CHECKING:
    from verger.classification.coverage import Coverage

ANSWERS = "answers"
SHOWN = ["label", "img_name", "answer", "unseen_species", "held_out"]


def quality(lake: Lake, preset: str) -> tuple[dict[str, Any], str]:
    """What the photographs of the published model cover: as data, and as a table for people.

    Raises VergerError if nothing is published, or what it learnt from is gone.
    """
    from verger.classification.coverage import Answered, cover

    model = Published.read(lake.storage, preset).current
    if model is None or not model.classifier:
        raise VergerError(
            f"no model of preset {preset} that answers is published in {lake.storage.root}: run "
            "the pipeline and publish it first"
        )
    plan = read_plan(lake.storage, model.run_id)
    (answers,) = _needed(lake, [(CLASSIFIER, model.classifier)])
    rows = answers.read_parts(ANSWERS, SHOWN).to_pylist()
    learnt = [
        Answered(row["label"], row["img_name"], row["answer"], row["unseen_species"])
        for row in rows
        if row["held_out"]
    ]
    covered = cover(learnt, plan.names, _colours(lake, plan))
    told = {
        "model": model.id,
        "photographs": len(learnt),
        "sizes": _sizes(lake, plan),
        "labels": [asdict(of) for of in covered],
    }
    return told, as_table(covered)


def as_table(covered: Sequence[Coverage]) -> str:
    """The same for people, the worst label first."""
    lines = [
        "| label | species | photographs | colour | right, left out | species, variety left out | "
        "bring |",
        "|---|---|---|---|---|---|---|",
    ]
    for of in covered:
        unseen = "-" if of.right_unseen is None else f"{100 * of.right_unseen:.1f} %"
        lines.append(
            f"| {of.label} | {of.species} | {of.photographs} | {of.colour or '-'} | "
            f"{100 * of.right:.1f} % | {unseen} | {'; '.join(of.missing) or '-'} |"
        )
    return "\n".join(lines)


def _colours(lake: Lake, plan: Plan) -> dict[str, str]:
    """The colour of each label: the median of its photographs. None without statistics of them."""
    import numpy as np

    from verger.classification.coverage import colour_name
    from verger.imaging.statistics import UNIT, WIDTH, palette
    from verger.tables.columns import from_lists

    if STATISTICS not in plan.recipe.blocks:
        return {}
    found: dict[str, list[Any]] = {}
    needed = [plan.recipe.statistics(segment.id).id for segment in plan.segments]
    for checkpoint in _needed(lake, needed):
        table = checkpoint.read_parts(STATISTICS, ["label", "numbers"]).combine_chunks()
        numbers = from_lists(table.column("numbers").combine_chunks(), WIDTH) / UNIT
        labels = table.column("label").to_pylist()
        for label, lab in zip(labels, palette.medians(numbers), strict=True):
            found.setdefault(label, []).append(lab)
    return {label: colour_name(np.median(of, axis=0)) for label, of in found.items()}


def _sizes(lake: Lake, plan: Plan) -> dict[str, int]:
    """How many photographs there are of each size in pixels: one size is one camera, most often."""
    sizes: Counter[str] = Counter()
    for checkpoint in _needed(lake, [plan.recipe.images(of.id).id for of in plan.segments]):
        for row in checkpoint.read_parts("images", ["width", "height"]).to_pylist():
            sizes[f"{row['width']} x {row['height']}"] += 1
    return dict(sizes.most_common(10))


def _needed(lake: Lake, ids: Sequence[CheckpointId]) -> list[Checkpoint]:
    found = [checkpoint for checkpoint in lake.find_each(ids) if checkpoint]
    if len(found) < len(ids):
        raise VergerError(
            "what the published model learnt from is no longer whole in the lake: run and publish "
            "again"
        )
    return found
