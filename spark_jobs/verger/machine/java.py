"""The Java on this machine that Spark 4.0 runs on: 17 or 21."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from verger.errors import VergerError
from verger.machine.cache import cache_folder

SUPPORTED = (17, 21)
HOW_TO_INSTALL = (
    "install one (Debian: apt install openjdk-17-jre-headless; macOS: brew install openjdk@17) "
    "or set JAVA_HOME to one"
)
# Where Python computes, a JVM runs much code a few times, and its second compiler costs more than
# it gives back: 6,000 photographs by local mode on two cores took 27 s without it, 32 s with it.
QUICK_JVM = "-XX:TieredStopAtLevel=1"
_USUAL_PLACES = ("/usr/lib/jvm", "/Library/Java/JavaVirtualMachines", "/opt/java")


def need_java() -> Path:
    """JAVA_HOME of a Java that Spark runs on. Raises VergerError if there is none."""
    found = find_java()
    if found is None:
        raise VergerError(f"Spark needs Java 17 or 21, and there is none here: {HOW_TO_INSTALL}")
    return found


def find_java() -> Path | None:
    """JAVA_HOME of the first supported Java: $JAVA_HOME, PATH, the usual places, our cache."""
    return next((home for home in _candidates() if major_version(home) in SUPPORTED), None)


def major_version(home: Path) -> int | None:
    """The major version of the Java in a JAVA_HOME, or None if there is none."""
    java = home / "bin" / "java"
    if not os.access(java, os.X_OK):
        return None
    try:
        said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    except OSError:  # for another processor, or no program
        return None
    version = re.search(r'version "(\d+)', said.stderr)
    return int(version.group(1)) if version else None


def _candidates() -> Iterator[Path]:
    if home := os.environ.get("JAVA_HOME"):
        yield Path(home)
    if java := shutil.which("java"):
        yield Path(java).resolve().parent.parent
    for place in (*_USUAL_PLACES, str(cache_folder() / "java")):
        for folder in sorted(Path(place).glob("*")):
            yield folder
            yield folder / "Contents" / "Home"
