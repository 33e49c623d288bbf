"""The model card: what a model was made from, how good it is, what it cannot do.

After Mitchell et al., "Model Cards for Model Reporting", 2019.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from verger.lake.registry import Model
from verger.planning.plan import Plan

LEVELS = ("species", "variety", "label")


def card(plan: Plan, model: Model, metrics: Mapping[str, Any]) -> dict[str, Any]:
    """The card as data."""
    return {
        "model": model.id,
        "run": plan.run_id,
        "preset": plan.preset.name,
        "opencv": plan.opencv,
        "photographs_below": plan.images,
        "photographs": plan.photographs,
        "labels": metrics["labels"],
        "blocks": list(plan.recipe.blocks),
        "judged_on": _split(metrics),
        "metrics": {level: _of(metrics[level]) for level in LEVELS},
        "maturity": metrics["maturity"],
        "unseen_varieties": metrics["unseen_varieties"],
        "limits": _limits(metrics),
    }


def as_markdown(told: Mapping[str, Any]) -> str:
    """The card for people."""
    rows = [
        f"| {level} | {of['right']} of {of['photographs']} | {_percent(of['accuracy'])} | "
        f"{_percent(of['mean_recall'])} ± {_percent(of['standard_error'])} | "
        f"{_percent(of['calibration_error'])} |"
        for level, of in told["metrics"].items()
    ]
    lines = [
        f"# Model {told['model']}",
        "",
        f"Trained by run {told['run']} with preset {told['preset']} (blocks "
        f"{', '.join(told['blocks'])}; OpenCV {told['opencv']}) on photographs of "
        f"{told['labels']} labels below {told['photographs_below']}.",
        "",
        f"Judged on {told['judged_on']}",
        "",
        "| level | right | accuracy | mean over classes ± standard error | calibration error |",
        "|---|---|---|---|---|",
        *rows,
        "",
        "## Limits",
        "",
        *(f"- {limit}" for limit in told["limits"]),
    ]
    return "\n".join(lines) + "\n"


def _split(metrics: Mapping[str, Any]) -> str:
    if metrics["test_split"]:
        return (
            f"the {metrics['photographs']} photographs of the Test split, which were not learnt "
            "from. Where they are frames of the same films as those that were, they are near "
            "duplicates, and this flatters."
        )
    return (
        f"all {metrics['photographs']} photographs, each by heads that had seen neither it nor its "
        "neighbours: there is no Test split."
    )


def _limits(metrics: Mapping[str, Any]) -> list[str]:
    unseen = metrics["unseen_varieties"]
    limits = [
        "It knows the labels that it was trained on. Of other things it says that it does not know "
        "them, where they look like nothing that it has seen.",
        "Photographs of another camera, light or background than those it learnt from are harder.",
    ]
    if unseen["labels"]:
        limits.append(
            f"Varieties that it has never seen: the species was right in "
            f"{_percent(unseen['accuracy'])} ± {_percent(unseen['standard_error'])} (mean over "
            f"{unseen['labels']} labels that were left out whole)."
        )
    return limits


def _of(level: Mapping[str, Any]) -> dict[str, Any]:
    names = (
        "photographs",
        "right",
        "accuracy",
        "mean_recall",
        "standard_error",
        "calibration_error",
    )
    return {name: level[name] for name in names}


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.2f} %"
