"""What the environment cannot bring by itself: a Java for Spark, the jars of S3A."""

from __future__ import annotations

import sys

from local_cloud.entry import carry_out
from local_cloud.java import ensure_java
from verger.machine.jars import ensure_jars


def main() -> int:
    """Find or install them; returns 0, or another status after one message."""
    return carry_out(prepare, "setup")


def prepare() -> None:
    """A Java and the jars are there when it returns."""
    ensure_java()
    ensure_jars()


if __name__ == "__main__":
    sys.exit(main())
