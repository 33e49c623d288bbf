"""Spark's JVM starts with the archive of its classes that `make setup` has made."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from local_cloud.java import ensure_java
from verger.machine import classes
from verger.machine.jars import kept_jars

# What the JVM of a session has mapped into its memory.
PROGRAM = """
import json, sys
from pathlib import Path
import psutil
from verger.spark.session import spark_session
spark = spark_session("classes", quick_jvm=True)
(java,) = [one for one in psutil.Process().children(recursive=True) if one.name() == "java"]
maps = Path(f"/proc/{java.pid}/maps").read_text().splitlines()
print(json.dumps([spark.range(3).count(), sorted({m.split()[-1] for m in maps if ".jsa" in m})]))
"""


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="no /proc to look into")
def test_a_session_on_this_machine_maps_the_archive():
    archive = classes.archive(ensure_java(), kept_jars())
    if not archive.exists():
        pytest.skip("no archive here: make setup")
    foreign = ("SPARK_CONF_DIR", "PYSPARK_GATEWAY_PORT", "PYSPARK_SUBMIT_ARGS", "JAVA_HOME")
    environment = {name: value for name, value in os.environ.items() if name not in foreign}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True
    )
    counted, mapped = json.loads(done.stdout.splitlines()[-1])
    assert counted == 3
    assert str(archive) in mapped
