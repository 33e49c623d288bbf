"""Whatever strangers send costs them a clear answer, and nobody else theirs."""

from __future__ import annotations

import functools
import io
import os
import signal
import socket
import struct
import time
import zlib
from urllib.parse import urlsplit

import psutil
import pytest
import requests
from PIL import Image

from tests.service import service

TYPE = "application/problem+json"


def problem(told: requests.Response) -> tuple[int, str]:
    assert told.headers["content-type"] == TYPE
    assert told.json()["detail"]
    return told.status_code, told.json()["type"].rpartition(":")[2]


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few kilobytes that claims to be that large, and is, in one colour."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content))
            + kind
            + content
            + struct.pack(">I", zlib.crc32(kind + content))
        )

    packer = zlib.compressobj(9)
    row = b"\0" + bytes((width + 7) // 8)
    rows = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


def packed(image: Image.Image, kind: str, **options: object) -> bytes:
    content = io.BytesIO()
    image.save(content, kind, **options)
    return content.getvalue()


SVG = b"""<svg xmlns="http://www.w3.org/2000/svg"><script>fetch('/v1/feedback')</script></svg>"""


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"all work and no play " * (19 << 20 // 21), (415, "not-an-image")),
        (SVG, (415, "not-an-image")),
        (b"<html><script>alert(1)</script></html>", (415, "not-an-image")),
        (b"GIF89a" + b"/*" * 100 + b"*/=1;alert(1)", None),
        (b"%PDF-1.7\n" + b"\xff\xd8\xff\xe0" * 50, (415, None)),
        (b"\xff\xd8" + os.urandom(4000) + b"\xff\xd9", None),
        (b"\x89PNG\r\n\x1a\n", None),
        (b"\0" * 100_000, (415, "not-an-image")),
        (bomb(20_000, 20_000), (413, "too-large")),
    ],
    ids=["text", "svg", "html", "gif", "pdf", "noise", "head", "zeros", "bomb"],
)
def test_what_is_no_photograph_gets_a_clear_problem(running, content, expected):
    status, name = problem(running.identify(content))
    if expected is None:
        assert status in (415, 422)
    else:
        assert status == expected[0]
        assert expected[1] in (None, name)


def test_a_body_that_is_too_large_is_refused_before_it_is_read(running):
    text = b"x" * (21 << 20)
    assert problem(running.identify(text)) == (413, "too-large")
    in_chunks = (text[i : i + 65536] for i in range(0, len(text), 65536))
    told = requests.post(f"{running.address}/v1/identify", data=in_chunks, timeout=60)
    assert problem(told) == (413, "too-large")


def test_a_large_photograph_that_waits_to_be_asked_for_is_never_sent(running):
    where = urlsplit(running.address)
    with socket.create_connection((where.hostname, where.port), timeout=60) as client:
        client.sendall(
            f"POST /v1/identify HTTP/1.1\r\nHost: {where.netloc}\r\n"
            f"Content-Length: {1 << 40}\r\nExpect: 100-continue\r\n\r\n".encode()
        )
        assert client.recv(4096).startswith(b"HTTP/1.1 413")


def test_a_photograph_with_a_script_behind_it_is_a_photograph(running, taught):
    photograph = taught[1][0]
    told = running.identify(photograph.read_bytes() + b"<script>alert(1)</script>")
    assert told.status_code == 200
    assert told.headers["x-content-type-options"] == "nosniff"


def test_a_name_with_a_path_in_it_is_a_name(running, taught):
    photograph = taught[1][0]
    for name in ("../../../etc/passwd", "..\\..\\x.jpg", "a\0b.jpg", "/etc/shadow", "x" * 5000):
        files = {"photo": (name, photograph.read_bytes())}
        told = requests.post(f"{running.address}/v1/identify", files=files, timeout=60)
        assert told.status_code == 200 or problem(told)[0] == 400


def test_too_many_views_and_forms_without_an_end_are_refused(running, taught):
    photograph = taught[1][0].read_bytes()
    assert problem(running.identify(*[photograph] * 11)) == (400, "form")
    told = requests.post(
        f"{running.address}/v1/identify",
        data=b"--x\r\nContent-Disposition: form-data",
        headers={"Content-Type": "multipart/form-data"},
        timeout=60,
    )
    assert problem(told) == (400, "form")


def test_a_slow_body_times_out_and_costs_nobody_else_an_answer(taught):
    photograph = taught[1][0].read_bytes()
    with service(taught[0], "--body-seconds", "2") as running:
        where = urlsplit(running.address)
        head = f"POST /v1/identify HTTP/1.1\r\nHost: {where.netloc}\r\nContent-Length: 9000\r\n\r\n"
        slow = [socket.create_connection((where.hostname, where.port), 60) for _ in range(20)]
        for client in slow:
            client.sendall(head.encode() + photograph[:10])
        assert running.identify(photograph).status_code == 200
        answers = [client.recv(4096) for client in slow]
        assert all(answer.startswith(b"HTTP/1.1 408") for answer in answers)
        assert all(TYPE.encode() in answer for answer in answers)


def test_headers_that_do_not_end_time_out_and_cost_nobody_else_an_answer(taught):
    photograph = taught[1][0].read_bytes()
    with service(taught[0], "--body-seconds", "2") as running:
        where = urlsplit(running.address)
        slow = [socket.create_connection((where.hostname, where.port), 60) for _ in range(20)]
        for client in slow[1:]:  # the first says nothing at all
            client.sendall(b"POST /v1/identify HTTP/1.1\r\nHost: ")
        assert running.identify(photograph).status_code == 200
        for client in slow:
            told = _until_closed(client)
            assert told.startswith(b"HTTP/1.1 408")
            assert TYPE.encode() in told


def _until_closed(client: socket.socket) -> bytes:
    return b"".join(iter(functools.partial(client.recv, 4096), b""))


def test_headers_without_an_end_are_refused_before_they_fill_the_memory(running):
    where = urlsplit(running.address)
    with socket.create_connection((where.hostname, where.port), 60) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: " + where.netloc.encode() + b"\r\nX: ")
        client.sendall(b"x" * (65 << 10))
        assert client.recv(4096).startswith(b"HTTP/1.1 431")


def test_a_connection_is_used_for_as_many_requests_as_its_client_likes(taught):
    photograph = taught[1][0].read_bytes()
    with service(taught[0], "--body-seconds", "2") as running, requests.Session() as client:
        address = f"{running.address}/v1/identify"
        for _ in range(3):
            assert client.post(address, data=photograph, timeout=300).status_code == 200
            time.sleep(1)  # in all longer than the headers of one may take


def test_a_photograph_that_takes_too_long_is_given_up_and_the_next_is_answered(taught):
    slow = packed(Image.effect_noise((6500, 6500), 90).convert("RGB"), "PNG", compress_level=1)
    photograph = taught[1][0].read_bytes()
    with service(taught[0], "--answer-seconds", "0.3", "--max-megabytes", "200") as running:
        assert problem(running.identify(slow)) == (422, "takes-too-long")
        while running.identify(photograph).status_code != 200:
            time.sleep(0.1)  # the process in its place is on a busy machine


def test_a_process_that_dies_is_replaced(taught):
    photograph = taught[1][0].read_bytes()
    with service(taught[0]) as running:
        root = psutil.Process(running.process.pid)
        before = {one.pid for one in root.children(recursive=True)}
        for worker in _workers(root):
            worker.send_signal(signal.SIGKILL)
        while not {one.pid for one in root.children(recursive=True)} - before:
            time.sleep(0.1)
        assert running.identify(photograph).status_code == 200


def _workers(root: psutil.Process) -> list[psutil.Process]:
    """Forked from the one that imported everything."""
    (fork,) = [one for one in root.children() if "forkserver" in " ".join(one.cmdline())]
    return fork.children()


def test_memory_stays_bounded_while_bombs_come(taught):
    content = bomb(7000, 7000)  # 49 megapixels: allowed, 147 MB once decoded
    with service(taught[0], "--answer-seconds", "300") as running:  # on however busy a machine
        root = psutil.Process(running.process.pid)

        def held() -> int:
            return sum(one.memory_info().rss for one in (root, *root.children(recursive=True)))

        assert running.identify(content).status_code == 200
        before = held()
        for _ in range(5):
            assert running.identify(content).status_code == 200
        assert held() < before + (300 << 20)
