"""Services: ready or a reason, and none left behind."""

import contextlib
import socket
import subprocess
import sys
import time

import psutil
import pytest

from local_cloud.errors import LocalCloudError
from local_cloud.process import Service, free_port, is_open, require_free

LISTEN = (
    "import socket,sys,time; s=socket.socket(); s.setsockopt(socket.SOL_SOCKET,"
    "socket.SO_REUSEADDR,1); s.bind(('127.0.0.1',int(sys.argv[1]))); s.listen(); time.sleep(600)"
)


def listener(tmp_path, port):
    command = [sys.executable, "-c", LISTEN, str(port)]
    return Service("listener", command, tmp_path / "log", lambda: is_open(port))


def gone(port: int) -> bool:
    deadline = time.monotonic() + 20
    while is_open(port) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not is_open(port)


def test_a_service_is_ready_when_start_returns_and_gone_when_stop_does(tmp_path):
    port = free_port()
    service = listener(tmp_path, port)
    service.start()
    assert is_open(port)
    service.stop()
    assert not is_open(port)
    service.stop()  # once more does no harm


def test_a_service_that_dies_at_once_shows_its_last_words(tmp_path):
    command = [sys.executable, "-c", "raise SystemExit('no licence')"]
    with pytest.raises(LocalCloudError, match="no licence"):
        Service("x", command, tmp_path / "log", lambda: False).start()


def test_a_service_that_never_gets_ready_is_given_up(tmp_path):
    command = [sys.executable, "-c", "import time; time.sleep(600)"]
    service = Service("sleeper", command, tmp_path / "log", lambda: False, seconds=0.5)
    with pytest.raises(LocalCloudError, match="sleeper is not ready"):
        service.start()
    assert not service.running


def test_a_killed_program_takes_its_services_along(tmp_path):
    port = free_port()
    code = (
        "import sys,time; from pathlib import Path\n"
        "from local_cloud.process import Service, is_open\n"
        f"s = Service('l', [sys.executable, '-c', {LISTEN!r}, '{port}'],"
        f" Path({str(tmp_path)!r})/'log', lambda: is_open({port}))\n"
        "s.start(); print('ready', flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as parent:
        assert parent.stdout.readline() == b"ready\n"
        psutil.Process(parent.pid).kill()
    assert gone(port)


def test_a_free_port_is_none_that_the_system_may_give_to_somebody_else_meanwhile():
    with contextlib.ExitStack() as held:
        clients = [held.enter_context(socket.socket()) for _ in range(200)]
        for client in clients:
            client.bind(("127.0.0.1", 0))
        given = [client.getsockname()[1] for client in clients]
    assert max(free_port() for _ in range(200)) < min(given)


def test_a_taken_port_is_named_with_what_to_do():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(LocalCloudError, match=rf"{port} for Airflow.*UI_PORT=PORT"):
            require_free(port, "Airflow", "UI_PORT")
    require_free(free_port(), "Airflow", "UI_PORT")
