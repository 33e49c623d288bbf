"""A session that a command starts by itself, as `verger pipeline` does."""

import os
import subprocess
import sys

PROGRAM = """
import psutil
from verger.session import spark_session

session = spark_session("alone")
assert session.range(3).count() == 3
everybody = [psutil.Process(), *psutil.Process().children(recursive=True)]
sockets = [socket for one in everybody for socket in one.net_connections("tcp")]
print(*{socket.laddr.ip for socket in sockets if socket.status == psutil.CONN_LISTEN})
print(session.sparkContext.uiWebUrl)
"""


def test_nothing_of_it_can_be_reached_from_the_network():
    started_otherwise = ("SPARK_LOCAL_IP", "PYSPARK_SUBMIT_ARGS", "PYSPARK_GATEWAY_PORT")
    environment = {name: v for name, v in os.environ.items() if name not in started_otherwise}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**environment, "PYTHONPATH": "spark_jobs"},
        capture_output=True,
        text=True,
        check=True,
    )
    addresses, page = done.stdout.splitlines()
    assert {one.removeprefix("::ffff:") for one in addresses.split()} == {"127.0.0.1"}
    assert page == "None"
