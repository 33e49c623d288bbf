"""A driver that waits in vain is told from one whose turn will come."""

import http.server
import json
import threading
from pathlib import Path

import pytest

from local_cloud.emr import watch

APP, OTHER = "app-1", "app-0"


@pytest.fixture
def pages():
    """Pages of a master and a worker; `pages` holds what they say, by name, and their address."""
    said = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            name = self.path.split("/")[1]
            self.send_response(200 if name in said else 503)
            self.end_headers()
            self.wfile.write(json.dumps(said.get(name)).encode())

        def log_message(self, *_):
            """Says nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    said["address"] = f"http://127.0.0.1:{server.server_port}"
    yield said
    server.shutdown()
    server.server_close()


def say(pages, granted=None, runs=(), completed=(), status="ALIVE"):
    """A master that granted cores to applications, and a worker that runs executors of some."""
    worker = {"webuiaddress": f"{pages['address']}/worker", "state": "ALIVE"}
    pages["master"] = {
        "status": status,
        "workers": [worker, {"webuiaddress": "http://127.0.0.1:1", "state": "DEAD"}],
        "activeapps": [{"id": app, "cores": cores} for app, cores in (granted or {}).items()],
        "completedapps": [{"id": app} for app in completed],
    }
    pages["worker"] = {"executors": [{"appid": app} for app in runs]}
    return f"{pages['address']}/master"


@pytest.mark.parametrize(
    ("state", "lost"),
    [
        ({"granted": {APP: 2}, "runs": [APP]}, False),
        ({"granted": {APP: 2}, "runs": [OTHER]}, True),  # it counts executors that nobody runs
        ({"granted": {OTHER: 1}, "runs": [OTHER]}, True),  # it does not know the application
        ({"granted": {APP: 0, OTHER: 2}, "runs": [OTHER]}, False),  # its turn will come
        ({"completed": [APP]}, False),  # the driver still has something to write
        ({"status": "RECOVERING"}, False),
    ],
)
def test_what_the_pages_say_of_an_application(pages, state, lost):
    assert watch.forgotten(APP, say(pages, **state)) == lost


@pytest.fixture
def stderr(tmp_path: Path):
    """What a driver says once it has an application."""
    file = tmp_path / "stderr"
    file.write_text(f"INFO x: Connected to Spark cluster with app ID {APP}\n")
    return file


def test_only_a_whole_minute_without_a_worker_is_in_vain(pages, stderr):
    lost, fine = {"granted": {APP: 2}}, {"granted": {APP: 2}, "runs": [APP]}
    looks = watch.ExecutorWatch(say(pages, **lost), stderr)
    assert [looks.waits_in_vain(now) for now in (0, 30, 59)] == [False] * 3
    say(pages, **fine)
    assert not looks.waits_in_vain(70)
    say(pages, **lost)
    assert [looks.waits_in_vain(now) for now in (80, 139, 140)] == [False, False, True]


def test_a_page_that_does_not_answer_says_nothing(pages, stderr):
    page = say(pages, granted={APP: 2})
    del pages["worker"]
    looks = watch.ExecutorWatch(page, stderr)
    assert not any(looks.waits_in_vain(now) for now in (0, 100, 200))


def test_a_driver_that_has_no_application_yet_is_not_looked_for(stderr):
    stderr.write_text("INFO x: Connecting to master\n")
    looks = watch.ExecutorWatch("http://127.0.0.1:1", stderr)
    assert not any(looks.waits_in_vain(now) for now in (0, 100, 200))
