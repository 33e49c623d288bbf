"""Programs that start a Spark of their own, with settings that a running one cannot be given."""

import os
import subprocess
import sys


def said(program, *words, submit):
    """What a program has printed, with these words for spark-submit; it must end well."""
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, words)],
        env={
            **os.environ,
            "PYTHONPATH": "spark_jobs",
            "PYSPARK_SUBMIT_ARGS": f"--master local[2] {submit} pyspark-shell",
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.split()
