"""What people have in their environment, and what of it reaches a run."""

import os
import signal
import subprocess
import sys

import pytest

from local_cloud.environment import isolated


@pytest.mark.parametrize(
    "name",
    [
        "PYSPARK_PYTHON",
        "SPARK_HOME",
        "HADOOP_CONF_DIR",
        "AWS_PROFILE",
        "AWS_SESSION_TOKEN",
        "AWS_ENDPOINT_URL",
        "AIRFLOW__CORE__EXECUTOR",
        "AIRFLOW_CONN_AWS_DEFAULT",
        "RCLONE_READ_ONLY",
        "PYTHONPATH",
    ],
)
def test_what_is_meant_for_other_programs_stays_out(name):
    assert name not in isolated({name: "theirs"})


@pytest.mark.parametrize(
    "name",
    [
        "AIRFLOW__VERGER__CLOCK",
        "AIRFLOW_VAR_VERGER_DELIVERY",
        "AIRFLOW__OPENLINEAGE__TRANSPORT",
        "JAVA_HOME",
        "HTTP_PROXY",
        "PATH",
    ],
)
def test_what_is_meant_for_this_project_or_the_machine_passes(name):
    assert isolated({name: "ours"})[name] == "ours"


@pytest.mark.parametrize("given", [{}, {"NO_PROXY": "intern"}, {"no_proxy": "intern"}])
def test_no_proxy_lies_before_loopback(given):
    run = isolated({"HTTP_PROXY": "http://proxy:3128", **given})
    for name in ("NO_PROXY", "no_proxy"):
        assert run[name].split(",") == [*given.values(), "127.0.0.1", "localhost"]


@pytest.mark.skipif(sys.platform == "darwin", reason="there Java takes UTF-8 in every locale")
@pytest.mark.parametrize(
    ("given", "chosen"),
    [
        ({}, "C.UTF-8"),
        ({"LC_ALL": "C"}, "C.UTF-8"),
        ({"LC_ALL": "C", "LANG": "fr_FR.UTF-8"}, "C.UTF-8"),
        ({"LANG": "fr_FR.UTF-8"}, None),
        ({"LC_ALL": "de_DE.utf8"}, "de_DE.utf8"),
    ],
)
def test_names_are_read_and_written_in_utf8(given, chosen):
    run = isolated(given)
    assert run.get("LC_ALL") == chosen
    assert run["PYTHONUTF8"] == "1"


SPEAK = """
import sys
from local_cloud.entry import carry_out
sys.exit(carry_out(lambda: sys.stdout.write("starting … é\\n"), "test"))
"""


def test_an_output_that_is_not_utf8_ends_nothing():
    done = subprocess.run(
        [sys.executable, "-c", SPEAK],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "starting \\u2026 \\xe9\n")


# Who runs the tests in the background may have had signals ignored, which children inherit.
WAIT = """
import signal, sys, time
signal.signal(signal.SIGHUP, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)
from local_cloud.entry import carry_out
def command():
    try:
        print("ready", flush=True)
        time.sleep(600)
    finally:
        print("tidied up", flush=True)
sys.exit(carry_out(command, "make run"))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_a_command_in_order_with_a_word(number):
    with subprocess.Popen(
        [sys.executable, "-c", WAIT], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        out, err = process.communicate()
    assert (process.returncode, out) == (130, "tidied up\n")
    assert err.strip() == "make run stopped; call it again and it goes on where it was"
