"""`make up`: Airflow's own scheduler and web page, on the same DAG."""

import json
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import boto3
import psutil
import pytest
import requests

from local_cloud.holding import holder
from local_cloud.process import free_port, is_open
from tests.e2e.conftest import run
from tests.photographs import jpeg, orchard
from tests.places import REPOSITORY
from tests.processes import command, listening

SECONDS = 3600  # the last resort: waits end by what they see
pytestmark = pytest.mark.timeout(SECONDS)


def up(command, folder, *arguments):
    done = subprocess.run(
        [
            *(sys.executable, "-m", "local_cloud.up", command),
            *("--work", str(folder / "work")),
            *map(str, arguments),
        ],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """A stack that is up; it is taken down at the end."""
    folder = tmp_path_factory.mktemp("up")
    images = orchard(folder / "spring", {"Apple": 4, "Kiwi": 4})
    ports = [free_port() for _ in range(3)]
    names = ("--ui-port", "--s3-port", "--emr-port")
    flags = [word for pair in zip(names, ports, strict=True) for word in pair]
    status, said = up("start", folder, "--images", images, "--lake", folder / "lake", *flags)
    assert status == 0, said
    yield folder, ports, said
    status, said = up("stop", folder)
    assert status == 0, said
    assert not (folder / "work" / "keys.env").exists()
    assert not any(is_open(port) for port in ports)


@pytest.fixture(scope="module")
def api(running):
    """A session that has logged in with what `make up` printed."""
    _, (ui_port, *_), said = running
    login = said.partition("login admin / ")[2].split()[0]
    url = f"http://127.0.0.1:{ui_port}"
    user = {"username": "admin", "password": login}
    answer = requests.post(f"{url}/auth/token", json=user, timeout=300)
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return session, f"{url}/api/v2/dags/fruit_features"


def wait_for(question, what):
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if (answer := question()) is not None:
            return answer
        time.sleep(1)
    raise AssertionError(f"{what} did not happen in {SECONDS} s")


def test_what_is_up_can_be_triggered_at_once_and_the_run_ends_green(api, running):
    session, dag = api
    folder = running[0]
    conf = {"prefix": "spring", "k": 20, "pca_k": 3}
    answer = session.post(f"{dag}/dagRuns", json={"logical_date": None, "conf": conf})
    assert answer.ok, answer.text
    run = answer.json()

    def ended():
        state = session.get(f"{dag}/dagRuns/{run['dag_run_id']}").json()["state"]
        return state if state in ("success", "failed") else None

    assert wait_for(ended, "the end of the run") == "success"
    summary = folder / "lake" / "verger-lake" / "runs" / run["dag_run_id"] / "summary.json"
    assert json.loads(summary.read_text())["images"] == 8


def test_a_bad_value_is_refused_before_a_run_exists(api):
    session, dag = api
    refused = session.post(f"{dag}/dagRuns", json={"logical_date": None, "conf": {"k": 1}})
    assert refused.status_code == 400


def test_nobody_sees_anything_without_logging_in(api, running):
    _, dag = api
    assert requests.get(dag, timeout=300).status_code == 401


def test_any_s3_client_can_deliver_with_the_keys_that_only_their_owner_can_read(running):
    path = running[0] / "work" / "keys.env"
    assert path.stat().st_mode & 0o077 == 0
    keys = dict(line.split("=", 1) for line in path.read_text().splitlines())
    client = boto3.Session(keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"]).client(
        "s3", endpoint_url=keys["AWS_ENDPOINT_URL_S3"], region_name=keys["AWS_REGION"]
    )
    client.put_object(Bucket="verger-landing", Key="summer/Fig/1.jpg", Body=jpeg(1))
    assert (running[0] / "lake" / "verger-landing" / "summer" / "Fig" / "1.jpg").exists()


def test_a_second_start_says_that_it_is_running(running):
    status, said = up("start", running[0])
    assert status == 1
    assert "make down" in said


def test_a_run_on_the_same_lake_is_refused_and_told_who_holds_it(running, tmp_path):
    ended = run("--lake", running[0] / "lake", "--work", tmp_path)
    assert ended.status == 1
    assert "is in use by `make up` (process " in ended.err
    assert "make down" in ended.err


def members(folder):
    """The processes of the stack, from the one that holds it up."""
    keeper = psutil.Process(holder(folder / "work").pid)
    return [keeper, *keeper.children(recursive=True)]


def test_everything_listens_on_loopback_only(running):
    addresses = set().union(*map(listening, members(running[0])))
    assert addresses == {"127.0.0.1"}


def test_other_users_of_the_machine_see_neither_photographs_nor_logs_nor_the_database(running):
    places = [running[0] / "lake", running[0] / "work"]
    places += [path for path in places[0].iterdir() if path.is_dir()]
    assert {oct(place.stat().st_mode & 0o777) for place in places} == {"0o700"}


def test_a_part_that_dies_is_started_again_and_named(running):
    def schedulers():
        scheduler = ["-m", "airflow", "scheduler"]
        return [part for part in members(running[0]) if command(part)[1:4] == scheduler]

    def named():
        said = up("start", running[0])[1]
        return said if "died" in said else None

    (scheduler,) = schedulers()
    scheduler.kill()
    told = wait_for(named, "a word about the scheduler")
    assert "Airflow's scheduler died and was started again" in told
    (again,) = schedulers()
    assert again.pid != scheduler.pid


def test_a_taken_port_stops_the_start_before_anything_runs(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        status, said = up("start", tmp_path, "--ui-port", port, "--lake", tmp_path / "lake")
    assert status == 1
    assert f"port {port}" in said
    assert "UI_PORT=PORT" in said
    assert not (tmp_path / "lake").exists()


def test_an_emr_that_dies_comes_back_with_its_clusters_and_the_queue(running):
    folder, (_, _, port), _ = running
    keys = dict(line.split("=", 1) for line in (folder / "work/keys.env").read_text().splitlines())
    session = boto3.Session(
        keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"], region_name=keys["AWS_REGION"]
    )
    emr, sqs = (
        session.client(name, endpoint_url=f"http://127.0.0.1:{port}") for name in ("emr", "sqs")
    )
    alive = {"KeepJobFlowAliveWhenNoSteps": True}
    cluster = emr.run_job_flow(Name="kept", ReleaseLabel="emr-spark-8.0.0", Instances=alive)[
        "JobFlowId"
    ]
    for process in members(folder):
        if command(process)[1:3] == ["-m", "local_cloud.emr"]:
            process.kill()

    def named():
        said = up("start", folder)[1]
        return said if "EMR died" in said else None

    assert "EMR died and was started again" in wait_for(named, "a word about EMR")
    state = emr.describe_cluster(ClusterId=cluster)["Cluster"]["Status"]["State"]
    assert not state.startswith("TERMINAT")
    assert sqs.get_queue_url(QueueName="verger-landing")["QueueUrl"]
    emr.terminate_job_flows(JobFlowIds=[cluster])


def test_of_two_starts_at_once_one_starts_and_the_other_is_told(tmp_path):
    images = orchard(tmp_path / "spring", {"Apple": 2})
    ports = [f"--{name}-port={free_port()}" for name in ("ui", "s3", "emr")]
    place = ("--images", images, "--lake", tmp_path / "lake", *ports)
    with ThreadPoolExecutor(2) as pool:
        ended = list(pool.map(lambda _: up("start", tmp_path, *place), range(2)))
    up("stop", tmp_path)
    assert sorted(status for status, _ in ended) == [0, 1], ended
    (refusal,) = [said for status, said in ended if status]
    assert "in use by `make up`" in refusal or "it is running already" in refusal


def test_stopping_what_does_not_run_is_no_error(tmp_path):
    assert up("stop", tmp_path) == (0, "nothing is running\n")
