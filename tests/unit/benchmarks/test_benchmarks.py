"""The frame of the benchmarks: turns, bars, tables, which photographs are taken."""

import json
import os
import socket
import subprocess
import sys
import threading
import time

import pytest

from benchmarks import results
from benchmarks.measure import Timing, side_by_side
from benchmarks.network import delayed
from benchmarks.options import Options
from benchmarks.report import Bar, Row, to_markdown
from benchmarks.watched import Processor


def options(images, work) -> Options:
    return Options(
        images,
        work,
        repeats=1,
        photographs=2,
        descriptors=1,
        words=1,
        increments=[4],
        extractors=["seed"],
    )


def test_contenders_take_turns_and_the_warm_up_is_not_counted():
    order = []
    timings = side_by_side({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, 2)
    assert order == ["a", "b"] * 3
    assert len(timings["a"].seconds) == 2


def test_memory_that_a_contender_holds_is_seen():
    def hold(megabytes: int) -> None:
        held = b"x" * (megabytes << 20)
        time.sleep(0.6)
        del held

    timings = side_by_side({"little": lambda: hold(1), "much": lambda: hold(64)}, 1)
    assert timings["much"].peak_megabytes > timings["little"].peak_megabytes + 32


def test_a_bar_is_met_by_reaching_it_and_not_by_less():
    assert Bar("x", 2.5, 2.5).met
    assert not Bar("x", 2.5, 2.49).met
    assert "NOT met" in str(Bar("x", 2.5, 2.49))


def test_a_row_tells_people_and_programs_the_same():
    row = Row("r", "w", {"ours": Timing((3.0, 1.0, 2.0), 7, None)}, [Bar("x", 2, 3)], {"f": "v"})
    assert Row.from_dict(row.to_dict()).to_dict() == row.to_dict()
    told = row.to_dict()
    assert told["contenders"]["ours"]["median_seconds"] == 2.0
    assert told["bars"][0]["met"]
    assert "| ours | 2.000 | 3.000 1.000 2.000 | 7 |" in row.to_markdown()
    machine = {"processor": "p", "cores": 2, "memory_gigabytes": 3, "avx512_vpopcntdq": "no"}
    machine |= {"python": "3.11", "packages": {"numpy": "2"}}
    page = to_markdown(machine, [row])
    assert "numpy 2" in page
    assert "| r | x | 3 | 2 | met |" in page
    assert row.to_markdown() in page


def test_results_keep_every_row_as_it_was_measured_last(tmp_path, caplog):
    out = tmp_path / "results.json"
    machine = {"processor": "p", "cores": 2, "memory_gigabytes": 3, "avx512_vpopcntdq": "no"}
    machine |= {"python": "3.11", "packages": {"numpy": "2"}}

    def row(name, reached):
        return Row(name, "w", {"ours": Timing((1.0,), 7, None)}, [Bar("x", 2, reached)])

    for one in (row("a", 1), row("b", 3), row("a", 4)):
        results.keep(out, one, machine)
    told = json.loads(out.read_text())["rows"]
    assert [(one["row"], one["bars"][0]["reached"]) for one in told] == [("a", 4), ("b", 3)]
    assert "| a | x | 4 | 2 | met |" in out.with_suffix(".md").read_text()
    results.keep(out, row("c", 1), {**machine, "processor": "another"})
    assert [one["row"] for one in json.loads(out.read_text())["rows"]] == ["c"]
    assert "measured elsewhere" in caplog.text


def test_photographs_are_spread_over_all_and_linked_with_their_labels(tmp_path):
    images = tmp_path / "images"
    for label in ("Apple", "Cherry"):
        (images / label).mkdir(parents=True)
        for i in range(4):
            (images / label / f"{i}.jpg").write_bytes(b"x")
    chosen = options(images, tmp_path)
    assert [path.parent.name for path in chosen.paths(2)] == ["Apple", "Cherry"]
    linked = sorted(chosen.folder(4).rglob("*.jpg"))
    assert [path.parent.name for path in linked] == ["Apple"] * 2 + ["Cherry"] * 2


def test_more_photographs_than_there_are_are_refused_with_what_to_do(tmp_path):
    with pytest.raises(SystemExit, match="fewer with --photographs"):
        options(tmp_path, tmp_path).paths(1)


def test_behind_a_network_answers_are_the_same_and_come_later():
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=answer_once, args=[server], daemon=True).start()
        with delayed(server.getsockname()[1], 0.2) as far:
            asked = time.monotonic()
            with socket.create_connection(("127.0.0.1", far)) as client:
                client.sendall(b"which fruit?")
                assert client.recv(100) == b"heard: which fruit?"
            assert time.monotonic() - asked >= 0.2
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", far))


def answer_once(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        connection.sendall(b"heard: " + connection.recv(100))


def test_processor_seconds_are_counted_below_a_process_and_after_its_children_have_ended():
    busy = "import time; [None for _ in iter(lambda: time.process_time() < 0.4, False)]"
    with Processor(os.getpid()) as used:
        subprocess.run([sys.executable, "-c", busy], check=True)
        first, second = used.phase("busy"), used.phase("idle")
    assert first.processor["workers"] >= 0.2
    assert second.processor["workers"] < 0.1
