"""The service under load: how long answers take, what it holds, what is lost when models change."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import cv2

from benchmarks.jobs import ROOT
from benchmarks.measure import Timing
from benchmarks.options import Options
from benchmarks.report import NOISE, Bar, Row
from benchmarks.service import VERGER, Load, Service, running
from verger.contract import PRESETS
from verger.imaging.decoding import decode
from verger.lake import bundle
from verger.lake.registry import Published
from verger.objects.addresses import open_storage

CLIENTS = (1, 8, 32)
LARGE = (4000, 3000)  # 12 megapixels, as phones make them
FEW = 20  # times fewer requests with large photographs
# Requests over which memory must not grow, as a multiple of --photographs; or --requests.
LONG = 20
CHANGE_SECONDS = 3.0


def measure(options: Options) -> Iterator[Row]:
    """A model of ``--photographs`` photographs answers; then as many requests in each row."""
    lake = options.work / "lake"
    _publish(options, lake)
    small = [path.read_bytes() for path in options.paths(100)]
    large = [_enlarged(content) for content in small[:8]]
    with running(lake, options.work / "serve.log") as service:
        service.load(small, 2, 50)
        yield _row(service, "100x100", small, options.photographs)
        yield _row(service, "12 megapixels", large, max(64, options.photographs // FEW))
        yield _changing(service, lake, small, options.photographs)
        yield _long(service, small, options.requests or LONG * options.photographs)


def _row(service: Service, what: str, photographs: Sequence[bytes], requests: int) -> Row:
    before = service.processor_seconds
    loads = {clients: service.load(photographs, clients, requests) for clients in CLIENTS}
    computed = service.processor_seconds - before
    fastest = max(load.rate for load in loads.values())
    return Row(
        f"service, {what}",
        f"{requests:,} requests each; the clients are on the same {os.cpu_count()} cores",
        {
            f"{clients} clients": Timing((load.elapsed,), service.megabytes, None)
            for clients, load in loads.items()
        },
        [
            Bar("a second to the p99 of one client", 1.0, 1 / loads[1].quantile(0.99)),
            _none_lost(*loads.values()),
        ],
        {
            **{
                f"p50 and p99 of {clients} clients": _milliseconds(load)
                for clients, load in loads.items()
            },
            "processor milliseconds a photograph": round(
                1000 * computed / (requests * len(CLIENTS)), 1
            ),
            "photographs a second": round(fastest, 1),
            "photographs a second and core": round(fastest / (os.cpu_count() or 1), 1),
            **_busy(),
        },
    )


def _changing(service: Service, lake: Path, photographs: Sequence[bytes], requests: int) -> Row:
    over = threading.Event()
    moved: list[str] = []

    def change() -> None:
        while not over.wait(CHANGE_SECONDS):
            moved.append(_publish_again(lake, f"change-{len(moved)}"))

    changing = threading.Thread(target=change)
    changing.start()
    try:
        load = service.load(photographs, CLIENTS[1], requests)
        while not moved:  # a fast machine is done before the first change
            more = service.load(photographs, CLIENTS[1], requests)
            load = Load([*load.seconds, *more.seconds], load.elapsed + more.elapsed, more.lost)
    finally:
        over.set()
        changing.join()
    return Row(
        "service, models change",
        f"a model published every {CHANGE_SECONDS:g} seconds, {CLIENTS[1]} clients",
        {"requests": Timing((load.elapsed,), service.megabytes, None)},
        [_none_lost(load)],
        {
            "models published": len(moved),
            "requests": len(load.seconds) + load.lost,
            "p50 and p99": _milliseconds(load),
            **_busy(),
        },
    )


def _long(service: Service, photographs: Sequence[bytes], requests: int) -> Row:
    first = service.load(photographs, CLIENTS[1], requests // 10)
    before = service.megabytes
    rest = service.load(photographs, CLIENTS[1], requests - requests // 10)
    after = service.megabytes
    return Row(
        "service, memory",
        f"{requests:,} requests; memory after a tenth of them and at the end",
        {"requests": Timing((first.elapsed + rest.elapsed,), after, None)},
        [Bar("less memory than after a tenth", NOISE, before / after), _none_lost(first, rest)],
        {"megabytes after a tenth": before, "megabytes at the end": after, **_busy()},
    )


def _none_lost(*loads: Load) -> Bar:
    answered = sum(len(load.seconds) for load in loads)
    lost = sum(load.lost for load in loads)
    return Bar("of the requests answered", 1.0, answered / (answered + lost))


def _busy() -> dict[str, float]:
    """What else the machine was doing: a load of its own clients and processes is about 3."""
    return {"load average of the machine": round(os.getloadavg()[0], 1)}


def _milliseconds(load: Load) -> str:
    return f"{1000 * load.quantile(0.5):.0f} and {1000 * load.quantile(0.99):.0f} ms"


def _publish(options: Options, lake: Path) -> None:
    images = options.folder(options.photographs)
    flags = ["--images", str(images), "--lake", str(lake), "--publish"]
    roomy = {**os.environ, "PYSPARK_SUBMIT_ARGS": "--driver-memory 3g pyspark-shell"}
    subprocess.run(
        [*VERGER, "pipeline", *flags], cwd=ROOT, env=roomy, check=True, stdout=subprocess.DEVNULL
    )


def _publish_again(lake: Path, model_id: str) -> str:
    """The model in use once more, under another id."""
    storage, preset = open_storage(str(lake)), PRESETS[0]
    current = Published.read(storage, preset).current
    if current is None:
        raise AssertionError("nothing is published")
    files = bundle.load(storage, current)
    told = bundle.Settings.from_json(files[bundle.SETTINGS])
    packed = bundle.pack({**files, bundle.SETTINGS: replace(told, model=model_id).to_json()})
    model = replace(current, id=model_id, bundle=bundle.digest(packed))
    storage.write(bundle.key_of(preset, model.bundle), packed)
    Published.change(storage, preset, lambda before: before.promoted(model, by=model_id))
    return model_id


def _enlarged(content: bytes) -> bytes:
    large = cv2.resize(decode(content, LARGE[0]), LARGE, interpolation=cv2.INTER_CUBIC)
    _, packed = cv2.imencode(".jpg", large)
    return packed.tobytes()
