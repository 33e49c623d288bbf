"""The three ways people use the DAG, on a running Airflow: the form, a backfill, the clock."""

import json
import os
import subprocess
import sys
import time

import boto3
import pytest
import requests

from local_cloud.process import free_port
from tests.e2e.conftest import REAL, REPOSITORY
from tests.photographs import jpeg, orchard

SECONDS = 400
SMALL = {"k": 200, "pca_k": 20}


class Stack:
    """What `make up` starts, with a clock of its own, on folders that survive it."""

    def __init__(self, folder, images):
        self.folder = folder
        self.ports = [free_port() for _ in range(3)]
        names = ("--ui-port", "--s3-port", "--emr-port")
        flags = [str(word) for pair in zip(names, self.ports, strict=True) for word in pair]
        self.place = ["--images", str(images), "--lake", str(folder / "lake"), *flags]
        self.session = requests.Session()

    def up(self, *words, **environment):
        command = [sys.executable, "-m", "local_cloud.up", *words]

        done = subprocess.run(
            command,
            cwd=REPOSITORY,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self, **environment):
        work = ["--work", str(self.folder / "work")]
        said = self.up("start", *work, *self.place, **environment)
        password = said.partition("login admin / ")[2].split()[0]
        url = f"http://127.0.0.1:{self.ports[0]}"
        user = {"username": "admin", "password": password}
        token = requests.post(f"{url}/auth/token", json=user, timeout=30).json()["access_token"]
        self.session.headers["Authorization"] = f"Bearer {token}"
        self.api = f"{url}/api/v2"
        self.wait(lambda: self.session.get(f"{self.api}/dags/fruit_features").ok)

    def stop(self):
        self.up("stop", "--work", str(self.folder / "work"))

    def airflow(self, *words):
        return self.up("airflow", "--work", str(self.folder / "work"), "--", *words)

    def get(self, path):
        answer = self.session.get(f"{self.api}/{path}", timeout=30)
        answer.raise_for_status()
        return answer.json()

    def trigger(self, dag="fruit_features", **conf):
        """Trigger as the form does; returns how the run ended."""
        body = {"logical_date": None, "conf": conf}
        answer = self.session.post(f"{self.api}/dags/{dag}/dagRuns", json=body, timeout=30)
        answer.raise_for_status()
        return self.ended(answer.json()["dag_run_id"], dag)

    def ended(self, run_id, dag="fruit_features"):
        def state():
            run = self.get(f"dags/{dag}/dagRuns/{run_id}")
            return run if run["state"] in ("success", "failed") else None

        return self.wait(state)

    def runs(self):
        return self.get("dags/fruit_features/dagRuns?limit=100")["dag_runs"]

    def tasks(self, run):
        path = f"dags/fruit_features/dagRuns/{run['dag_run_id']}/taskInstances"
        return {task["task_id"]: task["state"] for task in self.get(path)["task_instances"]}

    def summary(self, run):

        path = self.folder / "lake" / "verger-lake" / "runs" / run["dag_run_id"]
        return json.loads((path / "summary.json").read_text())

    def clusters(self):
        emr = boto3.Session("k", "s").client(
            "emr",
            region_name="eu-west-1",
            endpoint_url=f"http://127.0.0.1:{self.ports[2]}",
        )
        return len(emr.list_clusters()["Clusters"])

    def deliver(self, label, contents):
        lines = (self.folder / "work" / "keys.env").read_text().splitlines()
        keys = dict(line.split("=", 1) for line in lines)
        s3 = boto3.Session(keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"]).client(
            "s3", endpoint_url=keys["AWS_ENDPOINT_URL_S3"], region_name=keys["AWS_REGION"]
        )
        for number, content in enumerate(contents):
            key = f"spring/Landing/{label}/{number}_100.jpg"
            s3.put_object(Bucket="verger-landing", Key=key, Body=content)

    def wait(self, question):
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            if answer := question():
                return answer
            time.sleep(1)
        raise AssertionError(f"it did not happen in {SECONDS} s")


def fresh(label, count=30):
    """Photographs of a category that occurs nowhere else, real ones where they are."""
    if REAL.is_dir():
        return [p.read_bytes() for p in sorted((REAL / "Landing" / label).glob("*.jpg"))[:count]]
    return [jpeg(hash(label) % 1000 + number) for number in range(count)]


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    """Photographs of four categories have landed; nothing has run yet."""
    folder = tmp_path_factory.mktemp("uses")
    images = folder / "spring"
    if REAL.is_dir():
        for label in ("Apricot", "Banana", "Cocos", "Lemon"):
            place = images / "Training" / label
            place.mkdir(parents=True)
            for path in sorted((REAL / "Training" / label).glob("*.jpg"))[:30]:
                (place / path.name).symlink_to(path)
    else:
        orchard(images, dict.fromkeys(("Apricot", "Banana", "Cocos", "Lemon"), 30))
    made = Stack(folder, images)
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def first(stack):
    """Use 1: the form."""
    run = stack.trigger(**SMALL)
    assert run["state"] == "success", stack.tasks(run)
    return run


def test_the_form_runs_it_all_and_publishes_the_models_it_fitted(stack, first):
    summary = stack.summary(first)
    assert (summary["images"], summary["labels"], summary["new"]) == (120, 4, 120)
    assert stack.tasks(first)["publish"] == "success"
    events = stack.get("assets/events?limit=50")["asset_events"]
    told = [event["extra"] for event in events if "mean_distance" in event["extra"]]
    assert [(extra["k"], extra["photographs"]) for extra in told] == [(200, 120)]


def test_the_page_of_a_run_shows_its_plan_to_who_is_logged_in(stack, first):
    page = f"{stack.api.removesuffix('/api/v2')}/verger/run/fruit_features/{first['dag_run_id']}"
    shown = stack.session.get(page, timeout=30)
    assert shown.status_code == 200
    for told in ("Apricot", "extract_descriptors", "node-hours"):
        assert told in shown.text
    assert requests.get(page, timeout=30).status_code == 401


def test_a_dry_run_plans_and_creates_no_cluster(stack, first):
    before = stack.clusters()
    run = stack.trigger(**SMALL, vocabulary="fit", preset="seed", dry_run=True)
    assert run["state"] == "success"
    tasks = stack.tasks(run)
    assert (tasks["plan"], tasks["create_cluster"]) == ("success", "skipped")
    assert stack.clusters() == before


@pytest.mark.parametrize(
    ("conf", "task"),
    [
        ({"prefix": "a*"}, "check_request"),
        ({"categories": ["Durian"]}, "plan"),
        ({"vocabulary": "fit", "k": 300, "most_dollars": 0.01}, "plan"),
    ],
)
def test_what_cannot_be_is_refused_before_a_cluster_exists(stack, first, conf, task):
    before = stack.clusters()
    run = stack.trigger(**conf)
    assert run["state"] == "failed"
    assert stack.tasks(run)[task] == "failed"
    assert stack.clusters() == before


@pytest.fixture(scope="module")
def backfilled(stack, first):
    """Use 2: two categories have landed, one of them is backfilled."""
    for label in ("Pomegranate", "Tamarillo"):
        stack.deliver(label, fresh(label))
    stack.airflow(
        *("backfill", "create", "--dag-id", "fruit_features"),
        *("--from-date", "2026-01-01", "--to-date", "2026-01-02", "--max-active-runs", "1"),
        *("--dag-run-conf", '{"categories": ["Pomegranate"]}'),
    )

    def both():
        runs = [run for run in stack.runs() if run["run_type"] == "backfill"]
        over = [run for run in runs if run["state"] in ("success", "failed")]
        return over if len(over) == 2 else None

    return sorted(stack.wait(both), key=lambda run: run["logical_date"])


def test_a_backfill_touches_the_named_category_alone_and_fits_nothing(stack, first, backfilled):
    assert [run["state"] for run in backfilled] == ["success", "success"]
    worked, idle = sorted(map(stack.summary, backfilled), key=lambda of: -of["new"])
    assert (worked["new"], worked["images"], worked["labels"]) == (30, 150, 5)
    assert worked["photographs_done"]["import_images"] == 30
    words = "build_vocabulary"
    assert worked["checkpoints"][words] == stack.summary(first)["checkpoints"][words]
    assert set(worked["fit"]["mean_distance"]) == {"Pomegranate"}
    assert idle["new"] == 0
    assert idle["reused"] == list(idle["seconds"])


@pytest.fixture(scope="module")
def clocked(stack, backfilled):
    """Use 3: the same stack with a clock that ticks every minute."""
    stack.stop()
    stack.start(AIRFLOW__VERGER__CLOCK="* * * * *")

    def two():
        runs = [run for run in stack.runs() if run["run_type"] == "scheduled"]
        over = [run for run in runs if run["state"] in ("success", "failed")]
        return over if len(over) >= 2 else None

    return sorted(stack.wait(two), key=lambda run: run["start_date"])[:2]


def test_the_clock_takes_what_has_landed_and_then_costs_nothing(stack, clocked):
    assert [run["state"] for run in clocked] == ["success", "success"]
    took, idle = map(stack.summary, clocked)
    assert (took["new"], took["images"], took["labels"]) == (30, 180, 6)
    assert took["photographs_done"]["import_images"] == 30
    assert (idle["new"], idle["images"]) == (0, 180)
    assert stack.tasks(clocked[0])["create_cluster"] == "success"
    assert stack.tasks(clocked[1])["create_cluster"] == "skipped"


def test_a_rollback_is_one_trigger(stack, clocked):
    refit = stack.trigger(**SMALL, vocabulary="fit")
    assert refit["state"] == "success", stack.tasks(refit)
    rolled_back = stack.trigger("rollback_model")
    assert rolled_back["state"] == "success"
    last = stack.wait(
        lambda: next(
            (
                stack.summary(run)
                for run in stack.runs()
                if run["run_type"] == "scheduled"
                and run["state"] == "success"
                and run["start_date"] > rolled_back["end_date"]
            ),
            None,
        )
    )
    first = stack.summary(clocked[0])
    assert last["model"] == first["model"]
