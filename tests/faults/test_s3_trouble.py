"""S3 goes wrong for a share of requests: what comes out is the same, or one line says why it ended
and the same command again ends with the same.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass

import pytest

from tests.faults.commands import ended, started
from tests.faults.conftest import pipeline
from tests.faults.products import differences, products
from tests.faults.proxy import (
    CUT,
    EVERYTHING,
    EXPIRED,
    LOST,
    OLD,
    RESET,
    SLOW_DOWN,
    STALL,
)
from tests.faults.record import WHOLE, drawn_by_make_faults
from verger.objects import s3 as clients
from verger.objects.bucket import Bucket
from verger.objects.fetching import fetched

SHARE = 0.3
OBJECTS = 40 if WHOLE else 20
CONTENT = bytes(range(256)) * 400
MINUTE = 60.0


@pytest.fixture
def bucket(troubled, monkeypatch):
    """The bucket s3://lakes by the project's own clients, which are made anew."""
    for name, value in troubled[1].items():
        monkeypatch.setenv(name, value)
    cached = (clients.client.__wrapped__, clients.store.__wrapped__)
    for one in cached:
        one.cache_clear()
    yield Bucket("s3", "lakes", "x")
    for one in cached:
        one.cache_clear()


@pytest.mark.parametrize("kind", [SLOW_DOWN, RESET, LOST, STALL, CUT])
def test_every_verb_of_a_bucket_outlives(kind, troubled, bucket, record):
    proxy = troubled[0]
    keys = [f"é {number}.bin" for number in range(OBJECTS)]
    with record.row(f"{kind}, {SHARE:.0%} of requests of boto3 and object_store") as row:
        with proxy.trouble(SHARE, kind) as happened:
            for key in keys[: OBJECTS // 4]:
                bucket.write(key, CONTENT)
                bucket.replace(key, CONTENT, bucket.read_version(key).version)
                assert bucket.checksum(key) == hashlib.sha256(CONTENT).hexdigest()
                with bucket.open(key) as file:
                    assert file.read() == CONTENT
            listed = list(bucket.list())
            assert {item.key for item in listed} == set(keys[: OBJECTS // 4])
            read = list(fetched(lambda item: bucket.read(item.key, item.etag), listed * 4))
            assert read == [CONTENT] * OBJECTS
            bucket.delete(keys)
        assert not bucket.sizes("")
        assert happened[kind] > 2
        row.ended("nobody noticed", happened[kind])


@dataclass(frozen=True)
class Trouble:
    """What goes wrong, of which share of requests, for how long."""

    words: str
    share: float
    kinds: tuple[str, ...] = EVERYTHING
    seconds: float = float("inf")


TROUBLES = [
    Trouble("5% of all requests of `verger pipeline` go wrong", 0.05),
    Trouble("50% of all requests of `verger pipeline` go wrong for a minute", 0.5, seconds=MINUTE),
    Trouble("every listing of `verger pipeline` lacks the last 5 seconds", 1.0, (OLD,)),
]


@drawn_by_make_faults
@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda of: of.words)
def test_a_run_through_trouble_makes_the_same_or_says_why_not(
    trouble, troubled, calm, tmp_path, record
):
    proxy, environment, folder = troubled
    words = pipeline("s3://fruits", "s3://lakes/one")
    with record.row(trouble.words) as row:
        with proxy.trouble(trouble.share, *trouble.kinds, seconds=trouble.seconds) as happened:
            first = ended(tmp_path, *words, environment=environment)
        assert happened.total() > 2
        faults = ", ".join(f"{times} {kind}" for kind, times in happened.most_common())
        if first.process.returncode == 0:
            row.ended(f"products identical, in spite of {faults}")
        else:
            assert first.process.returncode == 1
            row.ended(f"one line said {first.reason[:200]!r} after {faults}; again: identical")
            again = ended(tmp_path, *words, environment=environment)
            assert again.process.returncode == 0, again.said[-3000:]
        assert _alike(products(folder / "lakes" / "one", "r"), calm[0]) == []


@drawn_by_make_faults
@pytest.mark.parametrize("requests", [20, 60, 120])
def test_credentials_that_expire_midway_are_told_and_new_ones_go_on(
    requests, troubled, calm, tmp_path, record
):
    proxy, environment, folder = troubled
    words = pipeline("s3://fruits", "s3://lakes/one")
    with record.row("credentials that expire in the middle of `verger pipeline`") as row:
        with started(tmp_path, *words, environment=environment) as running:
            while proxy.requests < requests and running.process.poll() is None:
                time.sleep(0.01)
            with proxy.trouble(1.0, EXPIRED) as happened:
                assert running.wait() == 1
        assert happened[EXPIRED]
        assert "S3 refuses these keys: check the keys, and that they are not expired" in (
            running.reason
        )
        again = ended(tmp_path, *words, environment=environment)
        assert again.process.returncode == 0, again.said[-3000:]
        assert _alike(products(folder / "lakes" / "one", "r"), calm[0]) == []
        row.ended("told in one line; with new ones products identical")


def _alike(found, wanted):
    """Differences but for what names the photographs' address."""
    return [name for name in differences(found, wanted) if name != "bundle"]
