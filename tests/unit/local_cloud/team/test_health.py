"""Health checks: who answers but does not work is not healthy."""

import http.server
import json
import threading
import urllib.error
from contextlib import nullcontext
from types import SimpleNamespace

import boto3
import pytest
from airflow.utils import scheduler_health
from botocore.exceptions import ClientError, EndpointConnectionError

from local_cloud import s3
from local_cloud.process import free_port
from local_cloud.team import health


@pytest.fixture
def answer():
    """A server that says one thing; called with it, it gives its address."""
    said = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(said).encode())

        def log_message(self, *_):
            """Says nothing."""

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def saying(document):
        said.clear()
        said.update(document)
        return f"http://127.0.0.1:{server.server_port}/"

    yield saying
    server.shutdown()
    server.server_close()


WORKERS = [{"host": "10.0.0.2", "state": "ALIVE"}, {"host": "10.0.0.3", "state": "DEAD"}]


def test_a_master_counts_workers_that_live_and_none_while_it_recovers(answer):
    assert health.workers(answer({"status": "ALIVE", "workers": WORKERS})) == {"10.0.0.2"}
    assert not health.workers(answer({"status": "RECOVERING", "workers": WORKERS}))
    assert not health.workers(answer({"status": "ALIVE", "workers": WORKERS[1:]}))


def test_a_component_of_airflow_is_as_healthy_as_its_heartbeat(answer):
    said = {"dag_processor": {"status": "unhealthy"}, "triggerer": {"status": "healthy"}}
    assert not health.beats(answer(said), "dag_processor")
    assert health.beats(answer(said), "triggerer")


def test_a_scheduler_is_as_healthy_as_airflows_own_server_says(monkeypatch):
    alive = True
    job = SimpleNamespace(is_alive=lambda: alive)
    session = SimpleNamespace(scalar=lambda _: job)
    monkeypatch.setattr(scheduler_health, "create_session", lambda: nullcontext(session))
    with http.server.HTTPServer(("127.0.0.1", 0), scheduler_health.HealthServer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setattr(health, "SCHEDULER", f"http://127.0.0.1:{server.server_port}/health")
        assert health.main(["airflow", "scheduler"]) == 0
        alive = False
        with pytest.raises(urllib.error.HTTPError, match="503"):
            health.main(["airflow", "scheduler"])
        server.shutdown()


def test_nobody_there_is_not_healthy():
    with pytest.raises(urllib.error.URLError):
        health.workers(f"http://127.0.0.1:{free_port()}/")


def test_s3_is_healthy_when_it_answers_its_keys_and_not_before(tmp_path, monkeypatch):
    keys, port = s3.Keys(), free_port()
    url = f"http://127.0.0.1:{port}"
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    for name, value in s3.environment(port, keys).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(EndpointConnectionError):
        health.serves("s3", url)
    service = s3.server(tmp_path / "s3", port, keys, tmp_path / "log")
    service.start()
    try:
        assert health.serves("s3", url)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
        with pytest.raises(ClientError):
            health.serves("s3", url)
    finally:
        service.stop()
