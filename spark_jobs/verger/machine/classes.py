"""The archive of classes that Spark's JVM loads, with which it starts in half the processor time.

Java's sharing of classes (JEP 350): they are mapped from a file, parsed and verified already. The
file fits one Java, and one class path that no folder with files is on; a JVM that it does not fit
starts without it. `make setup` makes it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from verger.machine.cache import cache_folder
from verger.machine.jars import kept_jars


def archive(java: Path, jars: Sequence[Path]) -> Path:
    """Where the archive lies, or would lie, for the Java of a JAVA_HOME and these jars in front of
    Spark's own.
    """
    release = java / "release"  # names the build
    spark = find_spec("pyspark")
    fits = [
        release.read_text() if release.is_file() else "",
        str(java.resolve()),
        *(str(jar) for jar in jars),
        *((spark.submodule_search_locations or ()) if spark else ()),
    ]
    key = hashlib.sha256("\n".join(fits).encode()).hexdigest()[:16]
    return cache_folder() / "classes" / f"{key}.jsa"


def java_options(java: Path, jars: Sequence[Path]) -> str:
    """What makes a JVM use the archive, for a line of options; empty where there is none."""
    path = archive(java, jars)
    # A JVM that it does not fit would say so on standard output.
    return f'"-XX:SharedArchiveFile={path}" -Xlog:cds=error' if path.is_file() else ""


def as_settings(java: Path) -> dict[str, str]:
    """The class path that the archive was made with, for Sparks that need no jars in front; nothing
    where there is no archive.
    """
    jars = kept_jars()
    if not java_options(java, jars) or not all(jar.is_file() for jar in jars):
        return {}
    return {"spark.driver.extraClassPath": ":".join(map(str, jars))}
