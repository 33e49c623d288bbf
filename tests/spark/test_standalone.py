"""The pipeline on a standalone cluster: the bytes of local mode, even when a worker is killed."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pyarrow.parquet as pq
import pytest

from infra.publish import REPOSITORY, pack
from local_cloud.spark_defaults import FILE
from local_cloud.standalone import StandaloneCluster
from local_cloud.team import health
from tests.emr_endpoint import awaited, emr_server, eventually, step
from tests.photographs import orchard
from tests.processes import command, listening
from verger.contract import BUILD_VOCABULARY, EXTRACT_DESCRIPTORS, PIVOT_HISTOGRAMS
from verger.machine.java import QUICK_JVM

SPARK_SUBMIT = str(Path(sys.executable).parent / "spark-submit")
VERGER = str(Path(sys.executable).parent / "verger")
STEP = str(REPOSITORY / "spark_jobs" / "step.py")
K = 40
pytestmark = pytest.mark.timeout(3600)  # a last resort: waits end by what they see
SECONDS = 600  # a whole pipeline, on a busy machine
PATIENCE = 30  # who is let in has an executor within a few seconds


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with photographs, and the code as nodes get it."""
    folder = tmp_path_factory.mktemp("standalone")
    orchard(folder / "in", {"Apple": 20, "Kiwi": 20, "Lime": 20})
    (folder / "verger.zip").write_bytes(pack())
    return folder


@pytest.fixture(scope="module")
def local(place):
    """What local mode gives, fitted in the driver."""
    done = subprocess.run(
        [VERGER, *pipeline(place, "local")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return products(done.stdout)


@pytest.fixture
def cluster(tmp_path):
    """A master and two workers of one core each."""
    made = StandaloneCluster(tmp_path / "cluster")
    with made.running():
        yield made


@pytest.fixture(scope="module")
def untouched(tmp_path_factory):
    """Another such cluster, on which no test runs anything or kills anybody."""
    made = StandaloneCluster(tmp_path_factory.mktemp("untouched") / "cluster")
    with made.running():
        yield made


def pipeline(place, name):
    """The whole pipeline, as words for `verger`."""
    return [
        *("pipeline", "--images", str(place / "in"), "--lake", str(place / f"lake-{name}")),
        *("--run", name, "--k", str(K), "--pca", "5"),
    ]


def job(place, name):
    """The same, as words for spark-submit; everything is fitted on the executors."""
    return [
        # Each JVM here lives for a minute: compiling better takes longer than it gives.
        *("--conf", f"spark.driver.defaultJavaOptions={QUICK_JVM}"),
        *("--conf", f"spark.executor.defaultJavaOptions={QUICK_JVM}"),
        *("--py-files", str(place / "verger.zip"), STEP),
        *(*pipeline(place, name), "--driver-megabytes", "0"),
    ]


def products(out):
    """What a pipeline made, as bytes by table, independent of the files' names and number."""
    summary = json.loads(out.strip().splitlines()[-1])
    checkpoints = summary["checkpoints"]
    tables = {
        "descriptors": (folder(checkpoints, EXTRACT_DESCRIPTORS), "photo"),
        "vocabulary": (folder(checkpoints, BUILD_VOCABULARY), "word"),
        "histograms": (folder(checkpoints, PIVOT_HISTOGRAMS), "photo"),
        "bovw": (summary["bovw"], "label"),
    }
    return {
        name: pq.read_table(address).sort_by(key).combine_chunks().to_pylist()
        for name, (address, key) in tables.items()
    }


def folder(checkpoints, stage):
    """The folder of a stage's main table: the photographs are one segment."""
    (address,) = checkpoints[stage]
    return Path(address)


def test_emr_steps_run_on_both_workers_and_give_the_bytes_of_local_mode(
    place, local, cluster, tmp_path, monkeypatch
):
    for name, value in cluster.environment().items():
        monkeypatch.setenv(name, value)
    with emr_server(tmp_path, "--master", cluster.master) as server:
        running = server.cluster(step(*job(place, "calm")))
        (pipeline,) = server.emr.list_steps(ClusterId=running)["Steps"]
        ended = ("COMPLETED", "FAILED")
        status = awaited(lambda: server.step_status(running, pipeline["Id"]), ended, SECONDS)
        assert status["State"] == "COMPLETED", status
        out = (server.work / running / pipeline["Id"] / "stdout").read_text()
    assert products(out) == local
    for number in range(cluster.workers):
        assert list(cluster.worker_folder(number).glob("app-*/*/stderr")), f"worker {number} idled"


def test_a_worker_killed_in_the_middle_of_the_fit_changes_no_byte(place, local, cluster, tmp_path):
    events = tmp_path / "events"
    events.mkdir()
    out, err = tmp_path / "out", tmp_path / "err"
    with out.open("wb") as told, err.open("wb") as logged:
        driver = subprocess.Popen(
            [
                *(
                    SPARK_SUBMIT,
                    "--master",
                    cluster.master,
                    "--conf",
                    "spark.eventLog.enabled=true",
                ),
                *("--conf", f"spark.eventLog.dir={events.as_uri()}"),
                *("--conf", "spark.eventLog.compress=false"),
                # Both workers are there from the first task on, however slowly they start.
                *("--conf", f"spark.cores.max={cluster.workers}"),
                *("--conf", "spark.scheduler.minRegisteredResourcesRatio=1"),
                *("--conf", f"spark.scheduler.maxRegisteredResourcesWaitingTime={SECONDS}s"),
                *job(place, "killed"),
            ],
            env={**os.environ, **cluster.environment()},
            stdout=told,
            stderr=logged,
        )
    try:
        eventually(lambda: f"fitting {K} words" in out.read_text(), "the fit", SECONDS)
        kill_with_a_task_in_it(cluster.worker_folder(0))
        assert driver.wait(SECONDS) == 0, out.read_text()[-2000:] + err.read_text()[-2000:]
    finally:
        driver.kill()
    assert products(out.read_text()) == local

    (history,) = events.rglob("events_*")
    happened = [json.loads(line) for line in history.read_text().splitlines()]
    ends = [event for event in happened if event["Event"] == "SparkListenerTaskEnd"]
    lost = [event for event in ends if event["Task End Reason"]["Reason"] == "ExecutorLostFailure"]
    assert lost, "no task was in the worker when it was killed"
    victim = lost[0]["Task Info"]["Executor ID"]
    moment = lost[0]["Task Info"]["Finish Time"]
    done = [event for event in ends if event["Task End Reason"]["Reason"] == "Success"]
    assert [e for e in done if e["Task Info"]["Executor ID"] == victim], "it had done nothing yet"
    assert [e for e in done if e["Task Info"]["Launch Time"] > moment], "nothing was left to do"


def test_a_master_killed_in_the_middle_of_the_fit_is_followed_by_one_that_goes_on(
    place, local, cluster, tmp_path
):
    out, err = tmp_path / "out", tmp_path / "err"
    with out.open("wb") as told, err.open("wb") as logged:
        driver = subprocess.Popen(
            [
                *(SPARK_SUBMIT, "--master", cluster.master),
                *job(place, "headless"),
            ],
            env={**os.environ, **cluster.environment()},
            stdout=told,
            stderr=logged,
        )
    follower = cluster.master_service()
    try:
        eventually(lambda: f"fitting {K} words" in out.read_text(), "the fit", SECONDS)
        # Nobody works on while there is no master, or the run could end without needing one.
        working = executors(cluster)
        for process in working:
            process.send_signal(signal.SIGSTOP)
        (master,) = daemons("master.Master")
        master.kill()
        psutil.wait_procs([master], timeout=10)
        follower.start()
        eventually(lambda: "Recovery complete" in follower.log.read_text(), "recovery", SECONDS)
        for process in working:
            process.send_signal(signal.SIGCONT)
        assert driver.wait(SECONDS) == 0, out.read_text()[-2000:] + err.read_text()[-2000:]
    finally:
        driver.kill()
        follower.stop()
    assert "Application has been re-registered" in follower.log.read_text()
    assert products(out.read_text()) == local


def test_a_step_that_the_master_lost_sight_of_runs_again(
    place, local, cluster, tmp_path, monkeypatch
):
    for name, value in cluster.environment().items():
        monkeypatch.setenv(name, value)
    options = ("--master", cluster.master, "--master-page", cluster.master_page)
    follower = cluster.master_service()
    with emr_server(tmp_path, *options) as server:
        running = server.cluster(step(*job(place, "lost")))
        (pipeline,) = server.emr.list_steps(ClusterId=running)["Steps"]
        folder = server.work / running / pipeline["Id"]
        out = folder / "stdout"
        eventually(lambda: out.exists() and f"fitting {K} words" in out.read_text(), "fit", SECONDS)
        for process in executors(cluster):
            process.send_signal(signal.SIGSTOP)  # no result without a master
        (master,) = daemons("master.Master")
        master.kill()
        psutil.wait_procs([master], timeout=10)
        shutil.rmtree(cluster.recovery)
        cluster.recovery.mkdir()
        try:
            follower.start()
            status = awaited(
                lambda: server.step_status(running, pipeline["Id"]),
                ("COMPLETED", "FAILED"),
                2 * SECONDS,
            )
        finally:
            follower.stop()
        assert status["State"] == "COMPLETED", status
        assert "lost sight of the step's application" in (folder / "controller").read_text()
        assert products(out.read_text()) == local


def executors(cluster):
    """The executors of all workers, and their Python."""
    found = [p for worker in daemons("worker.Worker") for p in worker.children(recursive=True)]
    assert len(found) >= cluster.workers
    return found


def daemons(kind):
    """Those of Spark's daemons that this process started, by the end of their class's name."""
    return [
        process
        for process in psutil.Process().children(recursive=True)
        if is_daemon(process) and f"org.apache.spark.deploy.{kind}" in command(process)
    ]


def kill_with_a_task_in_it(worker_folder):
    """SIGKILL to a worker, its executor and its Python, all at once, as if its machine died.

    They are frozen for a moment before: the driver goes on giving tasks to the executor, so that
    there is surely one in it, where a kill between two short tasks would prove nothing.
    """
    java = next(
        process
        for process in psutil.process_iter(["cmdline"])
        if str(worker_folder) in (process.info["cmdline"] or ())
        and Path(process.info["cmdline"][0]).name == "java"
    )
    everything = [java, *java.children(recursive=True)]
    assert len(everything) >= 3, f"no executor with a Python in {everything}"
    for process in everything:
        process.send_signal(signal.SIGSTOP)
    psutil.wait_procs(everything, timeout=2)
    for process in everything:
        process.kill()
    _, alive = psutil.wait_procs(everything, timeout=10)
    assert not [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]


def test_health_counts_the_workers_that_the_master_can_give_work_to(cluster):
    address = f"{cluster.master_page}/json/"
    assert set(health.workers(address)) == {"127.0.0.1"}
    gone = daemons("worker.Worker")
    for process in gone:
        process.kill()
    eventually(lambda: not health.workers(address), "a master without workers")


def test_everything_listens_on_loopback_only_and_the_secret_is_nowhere_to_be_seen(untouched):
    processes = [p for p in psutil.Process().children(recursive=True) if is_daemon(p)]
    assert len(processes) == 1 + untouched.workers
    for process in processes:
        assert {ip.removeprefix("::ffff:") for ip in listening(process)} == {"127.0.0.1"}
        assert untouched.secret not in " ".join(command(process))
    assert (untouched.conf / FILE).stat().st_mode & 0o077 == 0


def is_daemon(process):
    words = command(process)
    return (
        bool(words)
        and Path(words[0]).name == "java"
        and any(
            word.startswith(("org.apache.spark.deploy.master.", "org.apache.spark.deploy.worker."))
            for word in words
        )
    )


SECRETS = {"no secret": None, "another secret": "guessed"}


@pytest.fixture(scope="module")
def strangers(untouched, tmp_path_factory):
    """What became, after a while, of drivers that do not know the cluster's secret: how they ended
    when they were told to, and what they have printed.
    """
    folders = {name: tmp_path_factory.mktemp("stranger") for name in SECRETS}
    drivers = {name: stranger(untouched, folders[name], SECRETS[name]) for name in SECRETS}
    try:
        logs = [folder / "err" for folder in folders.values()]
        eventually(
            lambda: all("Connecting to master" in log.read_text() for log in logs),
            "the attempts",
            SECONDS,
        )
        time.sleep(PATIENCE)  # Spark tries again and again
    finally:
        for driver in drivers.values():
            driver.kill()
    return {name: (drivers[name].wait(), (folders[name] / "out").read_text()) for name in SECRETS}


def stranger(cluster, folder, secret):
    """A driver that is told the cluster's settings, but this secret or none."""
    said = (cluster.conf / FILE).read_text()
    changed = said.replace(f"spark.authenticate.secret {cluster.secret}\n", "")
    if secret:
        changed += f"spark.authenticate.secret {secret}\n"
    else:
        changed = changed.replace("spark.authenticate true", "spark.authenticate false")
    (folder / FILE).write_text(changed)
    script = folder / "job.py"
    script.write_text("from pyspark import SparkContext; print(SparkContext().range(9).count())")
    with (folder / "out").open("wb") as told, (folder / "err").open("wb") as logged:
        return subprocess.Popen(
            [SPARK_SUBMIT, "--master", cluster.master, str(script)],
            env={**os.environ, **cluster.environment(), "SPARK_CONF_DIR": str(folder)},
            stdout=told,
            stderr=logged,
        )


@pytest.mark.parametrize("secret", SECRETS)
def test_who_does_not_know_the_secret_gets_no_executor(untouched, strangers, secret):
    status, printed = strangers[secret]
    assert status != 0
    assert printed == ""
    for number in range(untouched.workers):
        assert not list(untouched.worker_folder(number).glob("app-*"))
