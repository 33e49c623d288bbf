"""The shape of the main DAG, and the form that people fill in."""

from itertools import pairwise

import pytest
from airflow.exceptions import ParamValidationError
from airflow.sdk import CronTriggerTimetable

from verger.contract import STAGES


@pytest.fixture(scope="module")
def dag(bag):
    return bag.dags["fruit_features"]


def test_it_checks_then_waits_then_plans_then_pays(dag):
    order = ["check_request", "wait_for_photographs", "plan", "has_work", "create_cluster", *STAGES]
    for earlier, later in pairwise(order):
        assert later in dag.get_task(earlier).downstream_task_ids


def test_every_stage_is_one_task_between_setup_and_teardown(dag):
    terminate = dag.get_task("terminate_cluster")
    assert terminate.is_teardown
    assert dag.get_task("create_cluster").is_setup
    upstream = terminate.get_flat_relative_ids(upstream=True)
    assert set(STAGES) <= upstream


def test_the_last_task_of_all_decides_whether_a_run_is_green_and_not_whether_its_cluster_went(dag):
    (last,) = dag.leaves
    assert last.task_id == "watch"
    # As a teardown it is left to run where a person marks the run as failed, and still counts.
    assert last.is_teardown
    assert last.on_failure_fail_dagrun
    assert {"publish", "terminate_cluster"} <= last.upstream_task_ids
    assert not dag.get_task("terminate_cluster").on_failure_fail_dagrun


def test_its_defaults_are_a_valid_request(dag):
    from verger_runs.request import Request

    request = Request.read(dag.params.dump())
    assert (request.preset, request.k, request.pca_k) == ("fruits", 1000, 100)


@pytest.mark.parametrize(
    "given",
    [
        {"k": 1},
        {"k": "many"},
        {"pca_k": 0},
        {"preset": "vegetables"},
        {"core_nodes": 0},
        {"vocabulary": "borrow"},
        {"categories": "Apple"},
        {"task_market": "flea"},
        {"most_dollars": -1},
    ],
)
def test_the_form_refuses_what_cannot_be(dag, given):
    (name,) = given
    param = dag.params.get_param(name)
    with pytest.raises(ParamValidationError):
        param.resolve(given[name])


@pytest.mark.parametrize("name", ["prefix", "categories"])
def test_what_may_be_empty_is_not_starred_as_required(dag, name):
    # The form stars what does not take null.
    assert "null" in dag.params.get_param(name).schema["type"]
    assert dag.params.get_param(name).resolve(None) is None


def test_the_form_takes_categories_that_nobody_has_heard_of(dag):
    assert dag.params.get_param("categories").resolve(["Yuzu"]) == ["Yuzu"]


@pytest.mark.parametrize(
    ("to_do", "dry_run", "way"),
    [
        (["reduce_pca"], False, "create_cluster"),
        ([], False, "summarise"),
        ([], True, None),
    ],
)
def test_a_cluster_is_created_only_where_there_is_work(dag, to_do, dry_run, way):
    decide = dag.get_task("has_work").python_callable
    assert decide(to_do, dry_run) == way


def test_it_runs_periodically_so_that_it_can_be_backfilled(dag):
    assert isinstance(dag.timetable, CronTriggerTimetable)  # Airflow refuses those without a clock


def test_airflows_graph_of_assets_leads_from_features_to_the_model(dag):
    summarise, publish = dag.get_task("summarise"), dag.get_task("publish")
    assert [of.name for of in summarise.outlets] == ["fruit_features"]
    assert [of.name for of in publish.inlets] == ["fruit_features"]
    assert [of.name for of in publish.outlets] == ["fruit_model"]
