"""Which clusters are ended, and which never."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.dags.test_emr_requests import DEPLOYMENT, REGION, RELEASE, REQUEST
from tests.emr_endpoint import emr_server
from verger_emr.cluster import CREATED_BY, cluster
from verger_emr.reaper import Cluster, as_table, judge, reap, survey

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LAKE = DEPLOYMENT.lake


def of_the_project(hours=1.0, protected=False, **changed):
    """A cluster with the tags that runs give theirs, so many hours old."""
    body = cluster(REQUEST, DEPLOYMENT, RELEASE, "run-1", REGION)
    given = {tag["Key"]: tag["Value"] for tag in body["Tags"]}
    tags = {key: value for key, value in {**given, **changed}.items() if value is not None}
    return Cluster("j-1", "verger run-1", NOW - timedelta(hours=hours), protected, tags)


def over(dag, run):
    assert (dag, run) == (CREATED_BY, "run-1")
    return False


def live(dag, run):
    return not over(dag, run)


def never_asked(dag, run):
    raise AssertionError(f"asked about {dag} {run}")


@pytest.mark.parametrize(
    ("found", "is_live", "doomed", "reason"),
    [
        (of_the_project(), over, True, "its run is over"),
        (of_the_project(), live, False, "its run is live"),
        (of_the_project(hours=0.1), over, False, "young enough"),
        (of_the_project(hours=23.9), live, False, "its run is live"),
        (of_the_project(hours=24.1), live, True, "older than its 24 h"),
        (of_the_project(hours=3, **{"max-age-hours": "2"}), live, True, "older than its 2 h"),
        (of_the_project(hours=25, **{"max-age-hours": None}), live, True, "older than its 24 h"),
        (of_the_project(lake="s3://theirs"), never_asked, False, "of another lake"),
        (of_the_project(hours=25, lake="s3://theirs"), never_asked, True, "older than its 24 h"),
        (of_the_project(run=None), never_asked, False, "names no run"),
        (of_the_project(protected=True), over, False, "termination protection"),
        (of_the_project(hours=25, protected=True), live, False, "termination protection"),
    ],
)  # fmt: skip
def test_a_cluster_is_judged_by_its_age_and_its_run(found, is_live, doomed, reason):
    verdict = judge(found, NOW, LAKE, is_live)
    assert (verdict.doomed, reason in verdict.reason) == (doomed, True), verdict.reason


@pytest.mark.parametrize("project", [None, "harvest"])
def test_clusters_of_others_are_none_of_its_business(project):
    assert judge(of_the_project(hours=1000, project=project), NOW, LAKE, never_asked) is None


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with emr_server(tmp_path_factory.mktemp("emr")) as running:
        yield running


def made(server, run_id, **changed):
    body = cluster(REQUEST, DEPLOYMENT, RELEASE, run_id, REGION) | changed
    body["BootstrapActions"] = []  # nothing is published here: they would fail, and end it
    return server.emr.run_job_flow(**body)["JobFlowId"]


def test_on_a_real_endpoint_the_doomed_end_and_everything_else_stays(server):
    kept, lost = made(server, "live"), made(server, "over")
    foreign = server.cluster(Name="somebody's")
    protected = made(server, "over")
    server.emr.set_termination_protection(JobFlowIds=[protected], TerminationProtected=True)
    ended = made(server, "over")
    server.emr.terminate_job_flows(JobFlowIds=[ended])
    later = datetime.now(UTC) + timedelta(hours=1)

    verdicts = survey(server.emr, LAKE, lambda _, run: run == "live", later)
    assert {v.cluster.id: v.doomed for v in verdicts} == {kept: False, lost: True, protected: False}
    table = as_table(verdicts, later, dry_run=True)
    assert f"{lost}" in table
    assert "would end  its run is over  (verger over)" in table
    assert server.cluster_status(lost)["State"] in ("STARTING", "BOOTSTRAPPING", "WAITING")

    assert reap(server.emr, verdicts) == []
    server.await_cluster(lost, "TERMINATED")
    for staying in (kept, foreign, protected):
        assert server.cluster_status(staying)["State"] in ("STARTING", "WAITING")


def test_what_emr_refuses_is_told_and_does_not_save_the_others(server):
    one, two = made(server, "over"), made(server, "over")
    later = datetime.now(UTC) + timedelta(hours=1)
    verdicts = [v for v in survey(server.emr, LAKE, lambda *_: False, later) if v.doomed]
    server.emr.set_termination_protection(JobFlowIds=[one], TerminationProtected=True)
    (refusal,) = reap(server.emr, verdicts)
    assert refusal.startswith(one)
    server.await_cluster(two, "TERMINATED")


def test_a_project_without_clusters_is_told_too():
    assert as_table([], NOW, dry_run=False) == "no cluster of this project is up"
