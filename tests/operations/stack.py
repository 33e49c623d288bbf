"""A stack that is up, as `make up` leaves it: Airflow's API, S3 and EMR for tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from itertools import islice
from pathlib import Path

import boto3
import psutil
import requests
from PIL import Image

from local_cloud.process import free_port
from local_cloud.serving import supervisor
from sample.album import Order, film
from sample.catalogue import FRUITS
from tests.photographs import packed
from tests.places import REAL, REPOSITORY

STILL_SECONDS = 600  # without any task beginning or ending
PATIENCE = 300  # seconds for one answer of a busy machine: the last resort
LABELS = ("Apricot", "Banana", "Cocos", "Lemon")
EACH = 30
DELIVERED = ("Kumquats", "Pomegranate", "Tamarillo")
STAND_INS = dict(zip((*LABELS, *DELIVERED), FRUITS, strict=False))
AUTUMN = "autumn"
SMALL = {"k": 200, "pca_k": 20}  # a run of the form on few photographs


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
        token = requests.post(f"{url}/auth/token", json=user, timeout=PATIENCE).json()[
            "access_token"
        ]
        self.session.headers["Authorization"] = f"Bearer {token}"
        self.api = f"{url}/api/v2"
        self.wait(lambda: self.session.get(f"{self.api}/dags/fruit_features").ok)

    def stop(self):
        self.up("stop", "--work", str(self.folder / "work"))

    def airflow(self, *words):
        return self.up("airflow", "--work", str(self.folder / "work"), "--", *words)

    def get(self, path):
        answer = self.session.get(f"{self.api}/{path}", timeout=PATIENCE)
        answer.raise_for_status()
        return answer.json()

    def trigger(self, dag="fruit_features", **conf):
        """Trigger as the form does; returns how the run ended."""
        return self.ended(self.post_run(dag, **conf)["dag_run_id"], dag)

    def post_run(self, dag="fruit_features", **conf):
        """Trigger as the form does; returns the run that has begun."""
        body = {"logical_date": None, "conf": conf}
        answer = self.session.post(f"{self.api}/dags/{dag}/dagRuns", json=body, timeout=PATIENCE)
        answer.raise_for_status()
        return answer.json()

    def mark_failed(self, run, dag="fruit_features"):
        """What a person does on the page of a run."""
        path = f"{self.api}/dags/{dag}/dagRuns/{run['dag_run_id']}"
        self.session.patch(path, json={"state": "failed"}, timeout=PATIENCE).raise_for_status()

    def ended(self, run_id, dag="fruit_features"):
        def state():
            run = self.get(f"dags/{dag}/dagRuns/{run_id}")
            return run if run["state"] in ("success", "failed") else None

        return self.wait(state)

    def runs(self):
        return self.get("dags/fruit_features/dagRuns?limit=100")["dag_runs"]

    def tasks(self, run):
        path = f"dags/{run['dag_id']}/dagRuns/{run['dag_run_id']}/taskInstances"
        return {task["task_id"]: task["state"] for task in self.get(path)["task_instances"]}

    def summary(self, run):
        path = self.folder / "lake" / "verger-lake" / "runs" / run["dag_run_id"]
        return json.loads((path / "summary.json").read_text())

    @property
    def aws(self):
        """The address of EMR and SQS."""
        return f"http://127.0.0.1:{self.ports[2]}"

    def client(self, service):
        """A client of one of the local services."""
        lines = (self.folder / "work" / "keys.env").read_text().splitlines()
        keys = dict(line.split("=", 1) for line in lines)
        session = boto3.Session(keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"])
        endpoint = keys["AWS_ENDPOINT_URL_S3"] if service == "s3" else self.aws
        return session.client(service, endpoint_url=endpoint, region_name=keys["AWS_REGION"])

    def clusters(self):
        """How many clusters there have ever been."""
        return len(self.client("emr").list_clusters()["Clusters"])

    def deliver(self, label, contents):
        """Put photographs of a label beside those that the stack was started with."""
        s3 = self.client("s3")
        for number, content in enumerate(contents):
            key = f"{AUTUMN}/{label}/{number}_100.jpg"
            s3.put_object(Bucket="verger-landing", Key=key, Body=content)

    def take_back(self, label):
        """Delete what was delivered of a label."""
        s3 = self.client("s3")
        place = {"Bucket": "verger-landing", "Prefix": f"{AUTUMN}/{label}/"}
        for item in s3.list_objects_v2(**place)["Contents"]:
            s3.delete_object(Bucket="verger-landing", Key=item["Key"])

    def queued_events(self):
        """Whether events wait for a run."""
        return bool(self.get("dags/fruit_features/assets/queuedEvents")["total_entries"])

    def log(self, dag, run, task):
        """What a task's first try has said by now."""
        path = f"dags/{dag}/dagRuns/{run['dag_run_id']}/taskInstances/{task}/logs/1"
        answer = self.session.get(f"{self.api}/{path}", timeout=PATIENCE)
        return json.dumps(answer.json(), ensure_ascii=False)  # 404 until it has begun

    def failures(self, *runs):
        """What the failed tasks of runs have said: why an assertion does not hold."""
        return {
            (run["dag_run_id"], task): self.log(run["dag_id"], run, task)[-2000:]
            for run in runs
            for task, state in self.tasks(run).items()
            if state == "failed"
        }

    def succeeded(self, run):
        """A run that has ended well; what its failed tasks said where it has not."""
        assert run["state"] == "success", self.failures(run)
        return run

    def owns(self, process):
        """Whether a process belongs to this stack."""
        home = str(self.folder / "work" / "airflow")
        try:
            return process.environ().get("AIRFLOW_HOME") == home
        except psutil.Error:
            return False

    def wait(self, question):
        """The answer, once there is one; given up when no task has moved for a long time."""
        seen, since = None, time.monotonic()
        while not (answer := question()):
            assert supervisor(self.folder / "work"), "the stack is down"
            time.sleep(1)
            if time.monotonic() - since > STILL_SECONDS:
                moved = self.states_of_tasks()
                assert moved != seen, f"nothing has happened for {STILL_SECONDS} s: {seen}"
                seen, since = moved, time.monotonic()
        return answer

    def states_of_tasks(self):
        """How many tasks there are, and in which states the latest are."""
        latest = self.get("dags/~/dagRuns/~/taskInstances?limit=100&order_by=-start_date")
        states = Counter(task["state"] for task in latest["task_instances"])
        return latest["total_entries"], dict(states)


def fresh(label: str, count: int = EACH) -> list[bytes]:
    """Photographs of a category that occurs nowhere else, real ones where they are."""
    if REAL.is_dir():
        return [p.read_bytes() for p in sorted((REAL / "Landing" / label).glob("*.jpg"))[:count]]
    return drawn(label, count)


def drawn(label: str, count: int) -> list[bytes]:
    """A fruit of the sample under another name: like a real one, it can be recognised."""
    frames = islice(film(STAND_INS[label], Order(EACH, seed=0)), count)
    return [packed(Image.fromarray(frame), "JPEG") for frame in frames]


def spring(folder: Path) -> Path:
    """A folder of photographs of four categories, real ones where they are."""
    images = folder / "spring"
    for label in LABELS:
        place = images / "Training" / label
        place.mkdir(parents=True)
        if REAL.is_dir():
            for path in sorted((REAL / "Training" / label).glob("*.jpg"))[:EACH]:
                (place / path.name).symlink_to(path)
        else:
            for number, content in enumerate(drawn(label, EACH)):
                (place / f"{number}_100.jpg").write_bytes(content)
    return images
