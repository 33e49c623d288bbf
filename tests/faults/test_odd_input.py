"""Whatever comes from outside, seeded: image bytes, keys, form values, bodies of the service.

Each is used or refused with a reason, in bounded time and memory.
"""

from __future__ import annotations

import json
import resource
import time

import numpy as np
import psutil
import pytest
import requests

from sample import draw_sample
from tests.answers import teach
from tests.faults.record import SEED, WHOLE
from tests.odd_files import DAMAGE, MODES, whole
from tests.service import service
from verger.catalogue.ignored import why_ignored
from verger.catalogue.keys import identity_of
from verger.config.settings import FRUITS
from verger.errors import NoPhotographsError
from verger.imaging.photograph import ImageLimits, UnusableError, read_photograph
from verger.lake.store import Lake
from verger.objects.storage import StoredObject
from verger.planning.planner import RunRequest, make_plan
from verger_runs.request import Request, RequestError

PHOTOGRAPHS, PLANS, FORMS, REQUESTS = (3000, 40, 1000, 300) if WHOLE else (160, 4, 200, 60)
KEYS_OF_A_PLAN = 40
MOST_SECONDS = 10.0
MOST_BYTES = 500 << 20  # more than before
LIMITS = ImageLimits(max_pixels=1_000_000, max_bytes=1_000_000)


def seeded(what: str) -> np.random.Generator:
    return np.random.default_rng([SEED, *what.encode()])


def odd_photograph(rng: np.random.Generator) -> bytes:
    """A file of any format, damaged in any way, or in two."""
    content = whole(rng, str(rng.choice(list(MODES))))
    for _ in range(int(rng.integers(1, 3))):
        content = DAMAGE[int(rng.integers(len(DAMAGE)))](rng, content) if content else content
    return content


@pytest.mark.filterwarnings("ignore:.*EXIF.*", "ignore::UserWarning")
def test_image_bytes_are_used_or_refused_with_a_reason(record):
    rng, before = seeded("photographs"), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with record.row("image bytes of all formats, damaged") as row:
        for _ in range(PHOTOGRAPHS):
            content, began = odd_photograph(rng), time.process_time()
            row.ended(outcome(content))
            assert time.process_time() - began < MOST_SECONDS
        assert not {"without content", "refused without a reason"} & set(row.outcomes)
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        assert grown << 10 < MOST_BYTES


def outcome(content: bytes) -> str:
    try:
        return "used" if read_photograph(content, LIMITS).content else "without content"
    except UnusableError as error:
        return f"refused as {error.reason}" if error.detail else "refused without a reason"


LETTERS = [
    *("a", "Z", "0", " ", ".", "..", "/", "//", "\\", "%2F", "+", "#", "?", "*", "[", "]", "'"),
    *('"', "\n", "\t", "\0", "é", "e\u0301", "\u202e", "\U0001f34e"),
    *(".jpg", ".JPEG", ".heic", ".txt", "Training", "Test", "feedback", "Apple Red 1", "-" * 300),
]  # fmt: skip


def odd_key(rng: np.random.Generator) -> str:
    return "".join(str(rng.choice(LETTERS)) for _ in range(int(rng.integers(1, 9))))


def test_of_all_keys_each_is_planned_or_ignored_and_the_two_add_up(tmp_path, record):
    rng = seeded("keys")
    with record.row("object keys of odd letters, planned") as row:
        for number in range(PLANS):
            keys = {odd_key(rng) for _ in range(KEYS_OF_A_PLAN)}
            listing = [StoredObject(key, int(rng.integers(9999)), "e" * 32) for key in keys]
            for item in listing:
                identity = identity_of(item)
                assert identity.label is None or identity.label
            request = RunRequest(f"r{number}", "s3://in", FRUITS)
            try:
                plan = make_plan(request, Lake.at(str(tmp_path / str(number))), listing, "5.0")
                planned, ignored = plan.photographs, sum(plan.ignored.values())
            except NoPhotographsError:
                planned, ignored = 0, sum(why_ignored(item) is not None for item in listing)
            assert planned + ignored == len(listing)
            row.ended("planned", planned)
            row.ended("ignored, and counted", ignored)


FORM = {
    **{"prefix": "spring", "categories": [], "vocabulary": "reuse", "preset": "fruits"},
    **{"k": 8, "pca_k": 4, "core_nodes": 1, "task_nodes": 0, "task_market": "spot"},
    **{"most_dollars": 0, "dry_run": False, "backend": "as deployed", "workers": 1},
}
VALUES = [
    *(None, "", " ", "spot", "fruits", "seed", "reuse", "-1", "1e9", "NaN", "٣", "../..", "s3://x"),
    *(0, 1, -1, 8, 4096, 4097, 10**30, 0.5, float("inf"), float("nan"), True, [], ["A"], [None]),
    *({}, {"a": 1}, "x" * 10_000, "\0", "é", [[]], "s3a://landing/a", "*", b"bytes"),
]  # fmt: skip


def test_form_values_make_a_request_or_are_refused_in_words(record):
    rng = seeded("forms")
    with record.row("values of the trigger form") as row:
        for _ in range(FORMS):
            params = dict(FORM)
            for name in rng.choice(list(FORM), int(rng.integers(1, 4)), replace=False):
                params[str(name)] = VALUES[int(rng.integers(len(VALUES)))]
            try:
                Request.read(params).images_below("s3://landing")
                row.ended("a request in range")
            except RequestError:
                row.ended("refused in words")


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """A service whose model learnt the drawn sample."""
    folder = tmp_path_factory.mktemp("odd")
    sample = draw_sample(folder / "sample", per_label=4)
    teach(folder / "lake", sample / "Training")
    with service(folder / "lake", "--feedback", str(folder / "landing")) as started:
        yield started


PATHS = (
    "/v1/identify",
    "/v1/identify",
    "/v1/identify",
    "/v1/feedback",
    "/v1/pictures/%2e%2e",
    "/x\u00e9",
)
TYPES = (
    "image/jpeg",
    "multipart/form-data; boundary=b",
    "multipart/form-data",
    "application/json",
    "a",
)


def odd_request(rng: np.random.Generator, address: str) -> requests.Response:
    """A body of photographs, of forms torn in the middle, of JSON or of nothing, as any type."""
    photograph = odd_photograph(rng)
    form = (
        b'--b\r\nContent-Disposition: form-data; name="photo"; filename="\xff.jpg"\r\n\r\n'
        + photograph
        + b"\r\n--b--\r\n"
    )
    bodies = (photograph, form, form[: int(rng.integers(len(form)))], rng.bytes(50), b"", b"null")
    body = bodies[int(rng.integers(len(bodies)))]
    method = str(rng.choice(["POST", "POST", "POST", "POST", "PUT", "GET"]))
    headers = {"Content-Type": str(rng.choice(TYPES)), "Accept-Language": "\xff;q=x, fr"}
    url = address + str(rng.choice(PATHS))
    return requests.request(method, url, data=body, headers=headers, timeout=60)


def test_bodies_of_the_service_get_an_answer_or_a_problem_and_never_a_fault(running, record):
    rng, began = seeded("bodies"), memory(running.process.pid)
    with record.row("bodies, types and paths sent to the service") as row:
        for _ in range(REQUESTS):
            told = odd_request(rng, running.address)
            assert told.elapsed.total_seconds() < MOST_SECONDS
            assert told.status_code < 500, (told.status_code, told.text[:300])
            if told.ok:
                row.ended("answered")
            else:
                assert json.loads(told.content)["detail"]
                row.ended(f"a problem of status {told.status_code}")
        assert memory(running.process.pid) - began < MOST_BYTES
        assert running.get("/health/ready").ok
    assert "Traceback" not in running.log.read_text(errors="replace")


def memory(pid: int) -> int:
    """What a process and its children hold, in bytes."""
    root = psutil.Process(pid)
    return sum(one.memory_info().rss for one in (root, *root.children(recursive=True)))
