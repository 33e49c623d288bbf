"""The end of a run on a real EMR endpoint: the cluster goes, and failures stay failures."""

import pytest
from botocore.exceptions import ClientError

from tests.emr_endpoint import emr_server
from verger_emr.teardown import EmrEndClusterOperator, failed_tasks


class Task:
    """A place for the links of a task instance."""

    def xcom_push(self, key, value):
        """Links are for the web page; nobody looks here."""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with emr_server(tmp_path_factory.mktemp("emr")) as running:
        yield running


@pytest.fixture
def end(server, monkeypatch):
    """Ends a cluster, as the task does."""
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", server.connection)

    def ended(cluster):
        EmrEndClusterOperator(task_id="end", cluster_id=cluster).execute({"ti": Task()})

    return ended


def test_a_cluster_is_terminated(server, end):
    cluster = server.cluster()
    end(cluster)
    server.await_cluster(cluster, "TERMINATED")


def test_a_cluster_that_has_ended_or_is_forgotten_counts_as_terminated(server, end):
    cluster = server.cluster()
    end(cluster)
    server.await_cluster(cluster, "TERMINATED")
    end(cluster)
    end("j-FORGOTTEN")


def test_a_cluster_that_stays_up_is_no_success(server, end):
    cluster = server.cluster()
    server.emr.set_termination_protection(JobFlowIds=[cluster], TerminationProtected=True)
    with pytest.raises(ClientError):
        end(cluster)
    server.emr.set_termination_protection(JobFlowIds=[cluster], TerminationProtected=False)
    end(cluster)


def test_a_run_that_a_person_marked_failed_has_failed_though_the_rest_was_skipped():
    states = {"plan": "success", "import_images": "failed", "reduce_pca": "skipped"}
    assert failed_tasks(states) == ["import_images"]
    assert failed_tasks({"plan": "success", "create_cluster": "skipped", "watch": None}) == []
