"""`make quality`: every protocol of the engine, printed and written down."""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import machine
from benchmarks.quality.engine import cost, report
from benchmarks.quality.engine.collections import Collections, Places
from benchmarks.quality.engine.tasks import PROTOCOLS, Tasks
from verger.config.blocks import NetworkSettings

PACKAGES = ("numba", "numpy", "opencv-python-headless")
HERE = Path(__file__).parent


def main(argv: Sequence[str] | None = None) -> int:
    """Ask all protocols; what a killed run has computed is found again."""
    arguments = _parser().parse_args(argv)
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("benchmarks").setLevel(logging.INFO)
    of = Collections(
        Places(
            arguments.images, arguments.varieties, arguments.shop, arguments.kept, arguments.network
        ),
        _network(arguments.network),
    )
    tasks = Tasks(of, arguments.repetitions, arguments.fewer)
    found = {protocol: tasks.table(protocol) for protocol in arguments.only or PROTOCOLS}
    context = report.Context(
        datetime.now(UTC).isoformat(timespec="seconds"),
        _command(arguments),
        arguments.repetitions,
        arguments.fewer,
        machine.facts(PACKAGES),
    )
    costs = cost.measure_all(of, arguments.timed) if not arguments.only else []
    text = report.to_markdown(found, costs, context)
    print(text)  # noqa: T201
    if arguments.only:
        return 0
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "results_engine.md").write_text(text)
    told = json.dumps(report.to_dict(found, costs, context), indent=2)
    (arguments.out / "results_engine.json").write_text(told + "\n")
    return 0


def _network(path: Path | None) -> NetworkSettings | None:
    if path is None:
        return None
    return NetworkSettings(path.name, hashlib.sha256(path.read_bytes()).hexdigest())


def _command(arguments: argparse.Namespace) -> str:
    folders = (arguments.images, arguments.varieties, arguments.shop)
    words = [
        f"{name}={path.name}"
        for name, path in zip(("IMAGES", "VARIETIES", "SHOP"), folders, strict=True)
    ]
    if arguments.network:
        words.append(f"NETWORK={arguments.network.name}")
    return " ".join(["make quality", *words])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.quality.engine",
        description="Measures how good the engine is, by protocols A to F.",
    )
    add = parser.add_argument
    add("--images", type=Path, required=True, help="a folder with Training and Test")
    add("--varieties", type=Path, required=True, help="a folder of <Species>/<Variety>")
    add("--shop", type=Path, required=True, help="a folder with train and val of shop photographs")
    add("--network", type=Path, help="an ONNX file (make network builds one)")
    add("--out", type=Path, default=HERE.parent, help="where results_engine.* go")
    add("--kept", type=Path, default=Path(".verger/engine"), help="what a killed run leaves")
    add("--repetitions", type=int, default=10, help="splits of the varieties, three draws each")
    add("--fewer", type=int, default=5, help="draws for each point of the learning curve")
    add("--timed", type=int, default=150, help="photographs whose processor time is taken")
    add("--only", nargs="*", choices=PROTOCOLS, help="print these alone, write nothing")
    return parser


if __name__ == "__main__":
    sys.exit(main())
