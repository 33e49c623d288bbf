"""A session that a command starts by itself, as `verger pipeline` does."""

import os
import subprocess
import sys

import pytest

PROGRAM = """
from contextlib import suppress
import psutil
from verger.spark.session import spark_session

session = spark_session("alone", quick_jvm=QUICK)
assert session.range(3).count() == 3

def all_of(tell):
    for process in [psutil.Process(), *psutil.Process().children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):  # helpers of the start come and go
            yield from tell(process)

sockets = all_of(lambda process: process.net_connections("tcp"))
print(*{socket.laddr.ip for socket in sockets if socket.status == psutil.CONN_LISTEN})
print(session.sparkContext.uiWebUrl)
parts = all_of(psutil.Process.cmdline)
print(*[part for part in parts if part.startswith("-XX:Tiered")])
"""


@pytest.fixture(scope="module", params=[False, True], ids=["any", "quick"])
def told(request):
    """Whether a quick JVM was asked for, and what the session says of itself."""
    started_otherwise = ("SPARK_LOCAL_IP", "PYSPARK_SUBMIT_ARGS", "PYSPARK_GATEWAY_PORT")
    environment = {name: v for name, v in os.environ.items() if name not in started_otherwise}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.replace("QUICK", str(request.param))],
        env={**environment, "PYTHONPATH": "spark_jobs"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return request.param, done.stdout.splitlines()


def test_nothing_of_it_can_be_reached_from_the_network(told):
    _, (addresses, page, _) = told
    assert {one.removeprefix("::ffff:") for one in addresses.split()} == {"127.0.0.1"}
    assert page == "None"


def test_its_jvm_does_without_the_second_compiler_only_where_that_is_asked_for(told):
    quick, (_, _, options) = told
    assert options == ("-XX:TieredStopAtLevel=1" if quick else "")
