"""Services that die are started again, and it is told."""

import os
import signal
import sys
import threading

import psutil
import pytest

from local_cloud.errors import LocalCloudError
from local_cloud.process import Service
from local_cloud.supervise import MOST_DEATHS, keep_running

SLEEP = "import time; print('at work', flush=True); time.sleep(600)"


def service(tmp_path, code):
    command = [sys.executable, "-c", code]
    return Service("the scheduler", command, tmp_path / "log", lambda: True)


def test_what_dies_is_started_again_and_told_with_its_last_words(tmp_path):
    watched, over, told = service(tmp_path, SLEEP), threading.Event(), []
    watched.ready = lambda: "at work" in watched.log.read_text()
    settled = []
    watched.settle = lambda: settled.append(1)
    watched.start()
    (command,) = psutil.Process(watched._process.pid).children()
    os.kill(command.pid, signal.SIGKILL)

    def tell(line):
        told.append(line)
        over.set()

    try:
        keep_running([watched], over, tell, pause=0.01)
        assert watched.running
    finally:
        watched.stop()
    assert len(told) == 1
    assert "the scheduler died and was started again: at work" in told[0]
    assert len(settled) == 2


def test_what_dies_again_and_again_is_given_up_with_its_last_words(tmp_path):
    hopeless, told = service(tmp_path, "raise SystemExit('no licence')"), []
    hopeless.start()
    with pytest.raises(LocalCloudError, match=rf"died {MOST_DEATHS} times in a row: no licence"):
        keep_running([hopeless], threading.Event(), told.append, pause=0.01)
    hopeless.stop()
    assert len(told) == MOST_DEATHS
