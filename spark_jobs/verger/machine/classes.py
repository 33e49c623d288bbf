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
    places = (spark.submodule_search_locations or ()) if spark else ()
    sparks_own = (jar for place in places for jar in sorted(Path(place, "jars").glob("*.jar")))
    fits = [
        release.read_text() if release.is_file() else "",
        str(java.resolve()),
        *map(_as_java_compares_it, (*jars, *sparks_own)),
    ]
    key = hashlib.sha256("\n".join(fits).encode()).hexdigest()[:16]
    return cache_folder() / "classes" / f"{key}.jsa"


def _as_java_compares_it(jar: Path) -> str:
    """A jar's place, size and date: a JVM takes the archive only if all are as they were, and a
    Spark that is installed anew has other dates.
    """
    if not jar.is_file():
        return str(jar)
    found = jar.stat()
    return f"{jar} {found.st_size} {found.st_mtime_ns}"


def java_options(java: Path, jars: Sequence[Path]) -> str:
    """What makes a JVM use the archive, for a line of options; empty where there is none."""
    path = archive(java, jars)
    # A JVM that it does not fit would say so on standard output, among what programs print.
    return f'"-XX:SharedArchiveFile={path}" -Xlog:cds*=error' if path.is_file() else ""


def as_settings(java: Path) -> dict[str, str]:
    """The class path that the archive was made with, for Sparks that need no jars in front; nothing
    where there is no archive.
    """
    jars = kept_jars()
    if not java_options(java, jars) or not all(jar.is_file() for jar in jars):
        return {}
    return {"spark.driver.extraClassPath": ":".join(map(str, jars))}
