"""What a run is expected to take, before it takes any of it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.plans import planned
from verger.catalogue.collection import Change, Segment
from verger.contract import STAGES, StageRecord
from verger.lake.draft import Metrics
from verger.lake.registry import Model
from verger.lake.store import Lake
from verger_runs.deployment import Deployment
from verger_runs.estimate import STEP_SECONDS, TooDearError, estimate
from verger_runs.prices import NoPriceError, Prices
from verger_runs.rates import MEASURED, Rates, remember
from verger_runs.request import Request

REQUEST = Request("spring", "fruits", 500, 50, core_nodes=2, task_nodes=0)
DEPLOYMENT = Deployment("s3://in", "s3://lake", "s3://code", "s3://logs")
MODEL = Model("m", "fruits", {}, "v", "p", 1000, 100, 50.0, {}, 10, "r", "2026")
PRICES = Prices.of("eu-west-3")
CORES = dict.fromkeys(STAGES, 16)
IMPORT, EXTRACT, FIT, PIVOT, PCA, TRAIN = STAGES
OLD_DOCUMENTS = Path(__file__).parents[1] / "data" / "documents-2026-11" / "lake"


@pytest.fixture
def lake(tmp_path):
    return Lake.at(str(tmp_path))


def made(lake, address, **metrics):
    lake.draft(address).commit(Metrics(metrics))


def grown(lake, photographs=10_000_000, new=1, model=None):
    """A collection of that many photographs, extracted by earlier runs, with so many new ones."""
    plan = replace(
        planned(new=new, k=1000, model=model),
        segments=(Segment("before", photographs), Segment("delivered", new)),
        changes={"Apple": Change(new=new)},
    )
    made(lake, plan.recipe.images("before"))
    made(lake, plan.recipe.descriptors("before"), descriptors=0)
    return plan


def expected(lake, plan, to_do=STAGES, **request):
    return estimate(plan, to_do, replace(REQUEST, **request), DEPLOYMENT, lake, PRICES, 15)


def work_seconds(lake, plan, stage):
    return expected(lake, plan).seconds[stage] - STEP_SECONDS


def test_more_photographs_take_longer_and_cost_more(lake):
    few, many = (expected(lake, planned(new=new)) for new in (1000, 10_000_000))
    assert many.dollars > few.dollars > 0
    assert all(many.seconds[stage] > few.seconds[stage] > STEP_SECONDS for stage in STAGES)


def test_a_refit_works_on_all_photographs_however_few_are_new(lake):
    plan = grown(lake)
    with pytest.raises(TooDearError, match="raise most_dollars"):
        expected(lake, plan, most_dollars=1)
    assert work_seconds(lake, plan, IMPORT) < 0.1
    assert work_seconds(lake, plan, EXTRACT) < 0.1
    all_new = planned(new=10_000_001, k=1000)
    for stage in (FIT, PIVOT, PCA, TRAIN):
        assert work_seconds(lake, plan, stage) == pytest.approx(
            work_seconds(lake, all_new, stage), rel=0.2
        )


def test_an_increment_works_on_what_is_new_and_fits_nothing_but_the_classifier(lake):
    plan = grown(lake, model=MODEL)
    for address in (plan.recipe.histograms, plan.recipe.projections):
        made(lake, address("before"))
    assert all(work_seconds(lake, plan, stage) < 0.1 for stage in STAGES if stage != TRAIN)
    assert work_seconds(lake, plan, TRAIN) > 100
    made(lake, plan.recipe.classifier)
    assert work_seconds(lake, plan, TRAIN) == 0
    without = tuple(stage for stage in STAGES if stage != TRAIN)
    assert expected(lake, plan, without, most_dollars=1).dollars < 1


def test_what_an_earlier_run_has_made_is_no_work_though_nothing_is_new(lake):
    plan = grown(lake, new=0)
    plan = replace(plan, segments=plan.segments[:1])
    assert work_seconds(lake, plan, IMPORT) == 0
    assert work_seconds(lake, plan, PIVOT) > 100


def test_what_is_left_of_a_segment_is_copied_and_no_work(lake):
    plan = grown(lake)
    left = replace(plan, segments=(Segment("rest", 9_999_999, origins=("before",)),))
    assert work_seconds(lake, left, EXTRACT) == 0
    lost = replace(plan, segments=(Segment("rest", 9_999_999, origins=("before", "gone")),))
    assert work_seconds(lake, lost, EXTRACT) > 100


def test_a_vocabulary_takes_as_long_as_its_sample_which_is_capped(lake):
    some, more = (planned(new=new, k=1000) for new in (100_000, 200_000))
    capped = replace(some.preset.words, sample_per_word=10)
    assert work_seconds(lake, more, FIT) < 2 * work_seconds(lake, some, FIT)
    small = replace(some, preset=replace(some.preset, words=capped))
    assert work_seconds(lake, small, FIT) < work_seconds(lake, some, FIT)


@pytest.mark.parametrize(("stage", "times"), [(FIT, 8), (PIVOT, 4), (PCA, 16)])
def test_more_words_take_longer(lake, stage, times):
    few, many = (planned(new=100_000, k=k) for k in (1000, 4000))
    assert work_seconds(lake, many, stage) >= times * work_seconds(lake, few, stage) * 0.99


def test_where_nothing_is_to_do_nothing_is_spent(lake):
    none = expected(lake, planned(), to_do=[])
    assert (none.seconds, none.node_hours, none.dollars) == ({}, 0, 0)


def test_on_demand_nodes_cost_more_than_spot(lake):
    def dollars(market):
        return expected(lake, planned(), task_nodes=10, task_market=market).dollars

    assert dollars("on-demand") > dollars("spot")


def test_an_instance_type_without_a_price_is_named(lake):
    odd = replace(DEPLOYMENT, core_type="r7i.xlarge")
    with pytest.raises(NoPriceError, match=r"r7i\.xlarge has no price in eu-west-3: .*TYPES=r7i"):
        estimate(planned(), STAGES, REQUEST, odd, lake, PRICES, 15)


class TestLearning:
    def test_it_learns_from_what_earlier_runs_measured(self, lake):
        plan = planned(new=100_000)
        before = expected(lake, plan)
        slow = StageRecord(IMPORT, False, 3600.0, {}, {}, photographs_done=1000)
        reused = StageRecord(PCA, True, 3600.0, {}, {}, photographs_done=0)
        remember(lake.storage, planned(), [slow, reused], CORES)
        after = expected(lake, plan)
        assert (before.measured_runs, after.measured_runs) == (0, 1)
        assert after.seconds[IMPORT] == pytest.approx(STEP_SECONDS + 100_000 * 3.6)
        assert after.seconds[PCA] == before.seconds[PCA]

    def test_a_run_that_is_repeated_counts_once_and_five_are_remembered(self, lake):
        record = StageRecord(IMPORT, False, 10.0, {}, {}, photographs_done=1000)
        for run_id in ("a", "a", "b", "c", "d", "e", "f", "f"):
            remember(lake.storage, planned(run_id), [record], CORES)
        assert [of.run_id for of in Rates.read(lake.storage).measured[IMPORT]] == list("fedcb")

    def test_the_rate_of_a_vocabulary_is_that_of_its_sample(self, lake):
        sampled = {"trained_on": 300_000}
        small = planned(new=10_000, k=1000)
        remember(lake.storage, small, [StageRecord(FIT, False, 60.0, {}, sampled)], CORES)
        large = planned(new=20_000, k=1000)
        # The same sample, drawn from twice as many: not twice as long.
        assert work_seconds(lake, large, FIT) < 1.2 * 60 * CORES[FIT] / 4

    @pytest.mark.parametrize(
        "content",
        [b"", b"{", b"[]", b'{"measured": {"import_images": 3}}', b'{"import_images": [0.2]}'],
    )
    def test_statistics_that_cannot_be_read_are_passed_over_and_replaced(self, lake, content):
        lake.storage.write(MEASURED, content)
        assert expected(lake, planned()).measured_runs == 0
        record = StageRecord(IMPORT, False, 10.0, {}, {}, photographs_done=1000)
        remember(lake.storage, planned(), [record], CORES)
        assert expected(lake, planned()).measured_runs == 1

    def test_measurements_that_cannot_be_are_passed_over(self, lake):
        odd = [
            {"run_id": "a", "work": work, "core_seconds": seconds}
            for work, seconds in ((0, 5), (-1, 5), (5, 0), (5, -2))
        ]
        lake.storage.write(MEASURED, json.dumps({"measured": {IMPORT: odd}}).encode())
        assert expected(lake, planned()) == expected(Lake.at(f"{lake.storage.root}/new"), planned())

    def test_statistics_of_november_2026_are_read_and_count_for_nothing(self):
        assert Rates.read(Lake.at(str(OLD_DOCUMENTS)).storage) == Rates()
