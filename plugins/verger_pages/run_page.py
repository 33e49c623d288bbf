"""The page of a run: new photographs per label, stages, money, and how the words fit."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from verger.contract import BUILD_VOCABULARY, STAGES, publication_key, run_folder, summary_key
from verger.errors import ObjectGoneError
from verger.objects.storage import Storage
from verger_emr.cluster import CREATED_BY
from verger_emr.plan import table_key
from verger_pages.places import lake
from verger_pages.templating import render
from verger_runs.backends import SERVERLESS

CHANGES = ("new", "changed", "deleted")
UP = "../../"  # from a run's page to the folder of all pages
BITS_APART = 128  # of two random descriptors: the full length of a bar


@dataclass(frozen=True)
class Fact:
    """A number and what it counts."""

    value: str
    name: str


@dataclass(frozen=True)
class Row:
    """The cells of a table's row, the length of its bar in percent, and what is to be noted."""

    cells: tuple[str, ...]
    percent: int
    note: str = ""


def page(dag_id: str, run_id: str) -> str:
    """The page as HTML; a sentence where a run has nothing to show."""
    if dag_id != CREATED_BY:
        return _message("Only runs of fruit_features have a plan.")
    try:
        run_folder(run_id)
    except ValueError as error:
        return _message(str(error))
    storage = lake().storage
    try:
        keys = (table_key(run_id), summary_key(run_id), publication_key(run_id))
        plan, summary, publication = (_read(storage, key) for key in keys)
    except ValueError as error:
        return _message(f"{error}: clear the task plan, and it is written again.")
    if plan is None:
        return _message("This run has no plan yet: look again once its task plan is done.")
    return run_html(plan, summary, publication, run_id)


def run_html(
    plan: Mapping[str, Any],
    summary: Mapping[str, Any] | None,
    publication: Mapping[str, Any] | None = None,
    run_id: str = "",
) -> str:
    """The page for a plan as `plan` stored it and, once the run is over, its summary and what was
    decided about its model.
    """
    fit = summary["fit"] if summary and summary["fit"].get("mean_distance") else None
    return render(
        "run.html",
        up=UP,
        plan=plan,
        dag_id=CREATED_BY,
        run_id=run_id,
        facts=facts(plan),
        outcome=outcome(summary, plan) if summary else (),
        publication=publication,
        first_answers=list(_first_answers(summary)) if summary else (),
        unused=plan.get("unused", ()),
        upgrades=plan.get("upgrades", ()),
        changes=list(_changes(plan["changes"])),
        stages=list(_stages(plan, summary)),
        fit=fit,
        fits=list(_fits(fit)) if fit else (),
    )


def facts(plan: Mapping[str, Any]) -> list[Fact]:
    """What a plan comes to, in numbers."""
    new = sum(change["new"] for change in plan["changes"].values())
    return [
        Fact(f"{plan['photographs']:,}", "photographs"),
        Fact(f"{new:,}", "new"),
        *_hours(plan),
        Fact(f"${plan['dollars']:.2f}", f"estimated, prices of {plan['prices_as_of']}"),
    ]


def outcome(summary: Mapping[str, Any], plan: Mapping[str, Any]) -> list[Fact]:
    """What came of it, in numbers."""
    names = ("images", "quarantined", "descriptors", "images_without_descriptors")
    told = [Fact(f"{summary[name]:,}", name.replace("_", " ")) for name in names if name in summary]
    worked = sum(summary["seconds"].values())
    dollars = _dollars(worked, plan)
    return [
        *told,
        Fact(f"{worked:,.0f} s", "of work by the stages"),
        *([Fact(dollars, "for that, without starts and requests")] if dollars else ()),
    ]


def _first_answers(summary: Mapping[str, Any]) -> Iterator[Row]:
    """What the model in use said of new photographs before anything learnt from them."""
    for label, of in summary.get("first_answers", {}).items():
        n = of["photographs"]
        cells = (of["photographs"], of["right_species"], of["right_label"], of["not_known"])
        yield Row((label, *(f"{cell:,}" for cell in cells)), 100 * of["right_label"] // max(n, 1))


def _hours(plan: Mapping[str, Any]) -> Iterator[Fact]:
    """Of nodes, or of serverless jobs' processors and memory."""
    if plan.get("backend") == SERVERLESS:
        yield Fact(f"{plan['vcpu_hours']:g}", "vCPU-hours, estimated")
        yield Fact(f"{plan['gb_hours']:g}", "GB-hours, estimated")
    else:
        yield Fact(f"{plan['node_hours']:g}", "node-hours, estimated")


def _changes(changes: Mapping[str, Mapping[str, int]]) -> Iterator[Row]:
    totals = {label: sum(counts[kind] for kind in CHANGES) for label, counts in changes.items()}
    most = max([1, *totals.values()])
    for label, counts in changes.items():
        cells = (label, *(f"{counts[kind]:,}" for kind in CHANGES))
        yield Row(cells, 100 * totals[label] // most)


def _stages(plan: Mapping[str, Any], summary: Mapping[str, Any] | None) -> Iterator[Row]:
    took = summary["seconds"] if summary else {}
    done = summary["photographs_done"] if summary else {}
    longest = max([*plan["seconds"].values(), *took.values(), 1])
    for stage in STAGES:
        planned, real = plan["seconds"].get(stage), took.get(stage, 0.0)
        cells = (
            stage,
            f"{planned:,.0f} s" if planned else "reused",
            _dollars(planned or 0.0, plan),
            f"{real:,.1f} s" if real else "",
            _dollars(real, plan),
            f"{done[stage]:,}" if done.get(stage) else "",
        )
        length = int(100 * (real or planned or 0) / longest)
        yield Row(cells, length, _why(stage, plan, summary))


def _why(stage: str, plan: Mapping[str, Any], summary: Mapping[str, Any] | None) -> str:
    """What of a stage was reused, and why."""
    if stage not in plan["seconds"]:
        if stage == BUILD_VOCABULARY and plan.get("model"):
            return f"the words of the published model {plan['model']}"
        return "finished before: the same photographs, settings and models"
    if summary is None:
        return ""
    if stage in summary.get("reused", ()):
        return "finished by another run or try, when this one came to it"
    done = summary["photographs_done"].get(stage, 0)
    if 0 < done < plan["photographs"]:
        return f"the parts of {plan['photographs'] - done:,} other photographs were finished before"
    return ""


def _dollars(seconds: float, plan: Mapping[str, Any]) -> str:
    """What so many seconds of the run's machines cost; plans of earlier releases do not tell."""
    an_hour = plan.get("dollars_an_hour")
    return f"${seconds * an_hour / 3600:.3f}" if seconds and an_hour else ""


def _fits(fit: Mapping[str, Any]) -> Iterator[Row]:
    for label, mean in fit["mean_distance"].items():
        verdict = "a refit is due" if label in fit["refit_due_for"] else "fits"
        yield Row((label, f"{mean:.1f}", verdict), min(100, int(100 * mean / BITS_APART)))


def _message(message: str) -> str:
    return render("message.html", up=UP, message=message)


def _read(storage: Storage, key: str) -> Any:
    """A document of the lake, or None. Raises ValueError, naming it, where it is damaged."""
    try:
        return json.loads(storage.read(key))
    except ObjectGoneError:
        return None
    except ValueError as error:
        raise ValueError(f"{storage.root}/{key} is damaged ({error})") from error
