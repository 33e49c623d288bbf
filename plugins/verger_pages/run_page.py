"""What the page of a run shows: new photographs per label, stages, money, and how words fit."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from verger.contract import STAGES, run_folder, summary_key
from verger.errors import ObjectGoneError
from verger.objects.addresses import open_storage
from verger.objects.storage import Storage
from verger_emr.cluster import CREATED_BY
from verger_emr.plan import table_key

STYLE = """
:root { color-scheme: light dark; font: 15px/1.45 system-ui, sans-serif; }
body { margin: 1.5rem auto; max-width: 60rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1.5rem; }
th, td { text-align: left; padding: .25rem .6rem; border-bottom: 1px solid #8883; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
td.bar { width: 45%; } td.bar div { background: #5a9e3f; height: .8em; border-radius: 3px; }
.facts { display: flex; flex-wrap: wrap; gap: 1.5rem; margin: 1rem 0 1.5rem; }
.facts b { display: block; font-size: 1.5rem; } .due { color: #c0392b; }
"""


def page(dag_id: str, run_id: str) -> str:
    """The page as HTML; a sentence where a run has nothing to show."""
    if dag_id != CREATED_BY:
        return _document("<p>Only runs of fruit_features have a plan.</p>")
    try:
        run_folder(run_id)
    except ValueError as error:
        return _document(f"<p>{escape(str(error))}</p>")
    lake = _lake()
    plan = _read(lake, table_key(run_id))
    if plan is None:
        return _document("<p>This run has no plan yet: look again once its task plan is done.</p>")
    return _document(render(plan, _read(lake, summary_key(run_id))))


def render(plan: Mapping[str, Any], summary: Mapping[str, Any] | None) -> str:
    """The body for a plan and, once the run is over, its summary."""
    model = escape(plan["model"] or "") or "fitted by this run"
    facts = {
        f"{plan['photographs']:,}": "photographs",
        f"{sum(change['new'] for change in plan['changes'].values()):,}": "new",
        f"{plan['node_hours']:g}": "node-hours, estimated",
        f"${plan['dollars']:.2f}": f"estimated, prices of {plan['prices_as_of']}",
    }
    boxes = "".join(f"<div><b>{escape(v)}</b>{escape(name)}</div>" for v, name in facts.items())
    parts = [
        f"<h2>{escape(plan['images'])}</h2><div class=facts>{boxes}</div><p>Models: {model}</p>",
        _changes(plan["changes"]),
        _stages(plan, summary),
    ]
    if summary and summary["fit"] and summary["fit"]["mean_distance"]:
        parts.append(_fit(summary["fit"]))
    return "".join(parts)


def _changes(changes: Mapping[str, Mapping[str, int]]) -> str:
    if not changes:
        return "<p>Nothing new, changed or deleted.</p>"
    most = max(sum(c[name] for name in ("new", "changed", "deleted")) for c in changes.values())
    rows = [
        [label, *(f"{c[name]:,}" for name in ("new", "changed", "deleted")),
         100 * sum(c[name] for name in ("new", "changed", "deleted")) // most]
        for label, c in changes.items()
    ]  # fmt: skip
    return _table(("label", "new", "changed", "deleted", ""), rows)


def _stages(plan: Mapping[str, Any], summary: Mapping[str, Any] | None) -> str:
    took = summary["seconds"] if summary else {}
    longest = max([*plan["seconds"].values(), *took.values(), 1])
    rows = []
    for stage in STAGES:
        planned = plan["seconds"].get(stage)
        real = took.get(stage, 0.0)
        done = summary["photographs_done"][stage] if summary else ""
        rows.append(
            [
                stage,
                f"{planned:,.0f} s" if planned else "reused",
                f"{real:,.1f} s" if real else "",
                f"{done:,}" if done else "",
                int(100 * (real or planned or 0) / longest),
            ]
        )
    return _table(("stage", "estimated", "took", "photographs", ""), rows)


def _fit(fit: Mapping[str, Any]) -> str:
    rows = [
        [label, f"{mean:.1f}", "a refit is due" if label in fit["refit_due_for"] else "fits",
         "", int(100 * mean / 128)]
        for label, mean in fit["mean_distance"].items()
    ]  # fmt: skip
    told = (
        f"<p>Bits between a descriptor and its word. The published words: "
        f"{fit['published_mean_distance']:.1f} on average, {fit['published_worst_label']:.1f} for "
        "the label that they fit worst.</p>"
    )
    return f"<h3>How the words fit</h3>{told}{_table(('label', 'bits', '', '', ''), rows)}"


def _table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """First column words, then numbers, the last a bar in percent."""
    top = "".join(f"<th{' class=n' if i else ''}>{escape(h)}</th>" for i, h in enumerate(head))
    body = "".join(
        f"<tr><td>{escape(str(first))}</td>"
        + "".join(f"<td class=n>{escape(str(cell))}</td>" for cell in cells)
        + f"<td class=bar><div style='width:{percent}%'></div></td></tr>"
        for first, *cells, percent in rows
    )
    return f"<table><tr>{top}</tr>{body}</table>"


def _document(body: str) -> str:
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><title>Plan and result</title>"
        f"<style>{STYLE}</style><body>{body}</body></html>"
    )


def _lake() -> Storage:
    from airflow.models import Variable
    from airflow.providers.amazon.aws.hooks.s3 import S3Hook

    return open_storage(str(Variable.get("verger_lake")).rstrip("/"), S3Hook().get_conn())


def _read(lake: Storage, key: str) -> Any:
    try:
        return json.loads(lake.read(key))
    except ObjectGoneError:
        return None
