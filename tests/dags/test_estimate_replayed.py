"""Runs that took place, estimated again in their order: how far off was each?

Recorded on two busy cores: 600 photographs of Fruits-360, then 1,800 more with the published
models, a refit, 2,600 more with a refit, 200 more with the published models, a refit to 300 words.
"""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.plans import planned
from verger.catalogue.collection import Segment
from verger.contract import BUILD_VOCABULARY, EXTRACT_DESCRIPTORS, STAGES, StageRecord
from verger.lake.draft import Metrics
from verger.lake.registry import Model
from verger.lake.store import Lake
from verger.planning.recipe import DESCRIPTORS
from verger.planning.workload import done_work, planned_work
from verger_runs.rates import Rates, remember

RUNS = json.loads((Path(__file__).parents[1] / "data" / "recorded-runs.json").read_text())
CORES = dict.fromkeys(STAGES, 2)
# So many times too much or too little: the machine was shared with twenty other processes.
WHOLE_RUN, ONE_STAGE = 3, 6
START_UP = 10  # seconds of a stage that are the same for one photograph and for many


def replayed(tmp_path):
    """Each run with its plan, the work and seconds expected of its stages, and what they took."""
    lake = Lake.at(str(tmp_path))
    first = None
    for run in RUNS:
        plan = planned(run["run"], k=run["k"], model=first if run["reuse"] else None)
        segments = tuple(Segment(f"s{n}", size) for n, size in enumerate(run["segments"]))
        plan = replace(plan, segments=segments, collection="-".join(of.id for of in segments))
        records = [StageRecord(stage=stage, tables={}, **of) for stage, of in run["stages"].items()]
        work, rates = planned_work(plan, lake), Rates.read(lake.storage)
        seconds = {stage: work[stage] * rates.of(stage) / 2 for stage in STAGES}
        yield plan, work, seconds, {record.stage: record for record in records}
        carry_out(plan, lake, records)
        remember(lake.storage, plan, records, CORES)
        first = first or Model(
            *("m", "fruits", {}, plan.recipe.vocabulary, plan.recipe.pca),
            *(plan.preset.words.k, 100, 50.0, {}, 600, run["run"], "2026"),
        )


def carry_out(plan, lake, records):
    """Leave the checkpoints that the run left, with nothing in them but their counts."""
    each = next(of for of in records if of.stage == EXTRACT_DESCRIPTORS).metrics["descriptors"]
    sizes = {plan.recipe.descriptors(of.id).fingerprint: of.photographs for of in plan.segments}
    for address in _addresses(plan):
        if lake.find(*address.id) is None:
            images = sizes.get(address.fingerprint, 0) if address.kind == DESCRIPTORS else 0
            metrics = {"descriptors": each * images / plan.photographs}
            lake.draft(address).commit(Metrics(metrics, {"Apple": {"images": images}}))


def _addresses(plan):
    recipe = plan.recipe
    for of in plan.segments:
        yield from (recipe.images(of.id), recipe.descriptors(of.id))
        yield from (recipe.histograms(of.id), recipe.projections(of.id))
    if plan.model is None:
        yield from (recipe.fitted_vocabulary, recipe.fitted_pca)


def test_the_work_that_is_planned_is_the_work_that_is_done(tmp_path):
    for plan, work, _, records in replayed(tmp_path):
        for stage, record in records.items():
            assert done_work(plan, record) == pytest.approx(work[stage], rel=0.05), (plan, stage)


def test_estimates_are_of_the_right_size(tmp_path):
    for number, (plan, _, seconds, records) in enumerate(replayed(tmp_path)):
        if number == 0:
            continue  # nothing was learnt yet
        took = {stage: record.seconds for stage, record in records.items() if not record.reused}
        for stage, real in took.items():
            assert seconds[stage] < ONE_STAGE * (real + START_UP), (plan.run_id, stage)
            assert real < ONE_STAGE * (seconds[stage] + START_UP), (plan.run_id, stage)
        expected = sum(START_UP + seconds[stage] for stage in took)
        real = sum(took.values())
        assert real / WHOLE_RUN < expected < real * WHOLE_RUN, (plan.run_id, expected, real)


def test_the_rate_of_every_stage_that_was_recorded_is_learnt(tmp_path):
    list(replayed(tmp_path))
    rates = Rates.read(Lake.at(str(tmp_path)).storage)
    assert set(rates.measured) == {stage for run in RUNS for stage in run["stages"]}
    assert len(rates.measured[BUILD_VOCABULARY]) == 4
