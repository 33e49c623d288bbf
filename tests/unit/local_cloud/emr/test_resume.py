"""An EMR endpoint that ends, in whatever way, and comes back forgets no cluster and no step."""

import signal
from pathlib import Path

import pytest

from tests.emr_endpoint import EmrServer, emr_server, eventually, step

FINE = "print('fine')"
# Sleeps when it runs for the first time, so that the server can end meanwhile.
SLEEPS_ONCE = """
import pathlib, time
first = not pathlib.Path("started").exists()
pathlib.Path("started").touch()
time.sleep(600 if first else 0)
"""
SLEEPS = "import pathlib, time; pathlib.Path('started').touch(); time.sleep(600)"
TAGS = [{"Key": "project", "Value": "verger"}]


def started(server: EmrServer, cluster: str, ran: str) -> Path:
    """The file by which a step says that it runs."""
    return server.work / cluster / ran / "started"


def end(server: EmrServer, how: signal.Signals) -> None:
    server.process.send_signal(how)
    server.process.wait(60)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_step_that_ran_runs_again_and_the_others_follow(
    tmp_path: Path, how: signal.Signals
) -> None:
    with emr_server(tmp_path, "--resume") as server:
        fine, sleeps = server.upload("fine.py", FINE), server.upload("once.py", SLEEPS_ONCE)
        cluster = server.cluster(Name="orchard", Tags=TAGS)
        over = server.cluster()
        server.emr.terminate_job_flows(JobFlowIds=[over])
        server.await_cluster(over, "TERMINATED")
        done, failed = server.add(cluster, step(fine), step("s3://orchard/none.py"))
        server.await_step(cluster, done, "COMPLETED")
        before = server.await_step(cluster, failed, "FAILED")
        ran, waited = server.add(cluster, step(sleeps), step(fine))
        eventually(started(server, cluster, ran).exists, "the step")
        end(server, how)

    with emr_server(tmp_path, "--resume") as server:
        server.await_step(cluster, waited, "COMPLETED")
        steps = server.emr.list_steps(ClusterId=cluster)["Steps"]
        assert [found["Id"] for found in steps] == [waited, ran, failed, done]
        assert [found["Status"]["State"] for found in steps] == [
            *("COMPLETED", "COMPLETED", "FAILED", "COMPLETED")
        ]
        assert server.step_status(cluster, failed)["FailureDetails"] == before["FailureDetails"]
        server.await_cluster(cluster, "WAITING")
        known = server.emr.describe_cluster(ClusterId=cluster)["Cluster"]
        assert (known["Name"], known["Tags"]) == ("orchard", TAGS)
        reason = server.cluster_status(over)["StateChangeReason"]
        assert server.cluster_status(over)["State"] == "TERMINATED"
        assert reason == {"Code": "USER_REQUEST", "Message": "Terminated by user request"}
        server.emr.terminate_job_flows(JobFlowIds=[cluster])
        server.await_cluster(cluster, "TERMINATED")


def test_a_step_in_which_the_server_ends_twice_has_failed(tmp_path: Path) -> None:
    with emr_server(tmp_path, "--resume") as server:
        cluster = server.cluster()
        (ran,) = server.add(cluster, step(server.upload("sleeps.py", SLEEPS)))
        eventually(started(server, cluster, ran).exists, "the step")
        end(server, signal.SIGKILL)
    started(server, cluster, ran).unlink()
    with emr_server(tmp_path, "--resume") as server:
        eventually(started(server, cluster, ran).exists, "the step, again")
        end(server, signal.SIGKILL)
    with emr_server(tmp_path, "--resume") as server:
        status = server.step_status(cluster, ran)
        assert status["State"] == "FAILED"
        assert "ended twice while this step ran" in status["FailureDetails"]["Message"]


def test_an_idle_cluster_still_ends_by_itself(tmp_path: Path) -> None:
    with emr_server(tmp_path, "--resume") as server:
        cluster = server.cluster(AutoTerminationPolicy={"IdleTimeout": 600})
        server.await_cluster(cluster, "WAITING")
        end(server, signal.SIGKILL)
    kept = server.work / cluster / "cluster.json"
    kept.write_text(kept.read_text().replace('"idle_timeout": 600', '"idle_timeout": 1'))
    with emr_server(tmp_path, "--resume") as server:
        server.await_cluster(cluster, "TERMINATED")


def test_clusters_that_ended_long_ago_are_forgotten_with_their_files(tmp_path: Path) -> None:
    with emr_server(tmp_path, "--resume", "--keep-days=0") as server:
        over = server.cluster()
        server.emr.terminate_job_flows(JobFlowIds=[over])
        server.await_cluster(over, "TERMINATED")
        young = server.cluster()
        known = [found["Id"] for found in server.emr.list_clusters()["Clusters"]]
        assert known == [young]
        assert [folder.name for folder in server.work.glob("j-*")] == [young]


def test_a_document_that_is_damaged_costs_its_own_cluster_only(tmp_path: Path) -> None:
    with emr_server(tmp_path, "--resume") as server:
        damaged, sound = server.cluster(), server.cluster()
        end(server, signal.SIGKILL)
    (server.work / damaged / "cluster.json").write_text("{")
    with emr_server(tmp_path, "--resume") as server:
        assert [found["Id"] for found in server.emr.list_clusters()["Clusters"]] == [sound]
        assert "its cluster is forgotten" in server.log.read_text()
