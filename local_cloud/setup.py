"""What the environment cannot bring by itself: a Java for Spark, the jars of S3A, and, where Spark
is to start quickly, an archive of its classes:  python -m local_cloud.setup [--classes]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from local_cloud.entry import carry_out
from local_cloud.java import ensure_java
from verger.machine.jars import ensure_jars


def main(argv: Sequence[str] | None = None) -> int:
    """Find or install them; returns 0, or another status after one message."""
    parser = argparse.ArgumentParser(prog="python -m local_cloud.setup", description=__doc__)
    parser.add_argument("--classes", action="store_true", help="archive Spark's classes, too")
    classes = parser.parse_args(argv).classes
    return carry_out(lambda: prepare(classes=classes), "setup")


def prepare(*, classes: bool = False) -> None:
    """A Java and the jars are there when it returns; and the archive, where that could be made."""
    java, jars = ensure_java(), ensure_jars()
    if classes:
        # It draws photographs; the team's image, which needs no archive, has no sample at hand yet.
        from local_cloud.class_archive import ensure_archive

        ensure_archive(java, jars)


if __name__ == "__main__":
    sys.exit(main())
