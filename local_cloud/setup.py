"""What the environment cannot bring by itself: a Java for Spark, the jars of S3A."""

from __future__ import annotations

import sys

from local_cloud.java import ensure_java
from verger.errors import VergerError
from verger.machine.jars import ensure_jars


def main() -> int:
    """Find or install them; returns 0, or 1 after one message that says what to do."""
    try:
        ensure_java()
        ensure_jars()
    except VergerError as error:
        sys.stderr.write(f"\nsetup stopped: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
