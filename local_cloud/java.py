"""A Java for Spark 4.0: 17 or 21, found on this machine or installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from local_cloud.cache import cache_folder
from local_cloud.errors import LocalCloudError

SUPPORTED = (17, 21)
WANTED = "17"
_USUAL_PLACES = ("/usr/lib/jvm", "/Library/Java/JavaVirtualMachines", "/opt/java")


def ensure_java() -> Path:
    """JAVA_HOME of a Java that Spark runs on; installs one where none is found.

    Raises LocalCloudError if neither works.
    """
    found = find_java()
    if found is None:
        install()
        found = find_java()
    if found is None:
        raise LocalCloudError(
            "Spark needs Java 17 or 21 and none could be installed: install one "
            "(Debian: apt install openjdk-17-jre-headless; macOS: brew install openjdk@17) "
            "or set JAVA_HOME"
        )
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
    except OSError:  # for another processor, or damaged
        return None
    version = re.search(r'version "(\d+)', said.stderr)
    return int(version.group(1)) if version else None


def install() -> None:
    """Install Java 17: by apt where that needs no question, else Temurin into our cache."""
    if shutil.which("apt-get") and os.geteuid() == 0:
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-q"], env=quiet, check=False)
        package = f"openjdk-{WANTED}-jre-headless"
        subprocess.run(["apt-get", "install", "-y", "-q", package], env=quiet, check=False)
        if find_java() is not None:
            return
    _install_temurin()


def _install_temurin() -> None:
    import jdk

    target = cache_folder() / "java"
    target.mkdir(parents=True, exist_ok=True)
    try:
        jdk.install(WANTED, jre=True, path=str(target))
    except Exception as error:  # the library passes on whatever the network throws
        raise LocalCloudError(
            f"no Java 17 or 21 here, and downloading one failed ({error}): install it by hand "
            "(Debian: apt install openjdk-17-jre-headless; macOS: brew install openjdk@17)"
        ) from error


def _candidates() -> Iterator[Path]:
    if home := os.environ.get("JAVA_HOME"):
        yield Path(home)
    if java := shutil.which("java"):
        yield Path(java).resolve().parent.parent
    for place in (*_USUAL_PLACES, str(cache_folder() / "java")):
        for folder in sorted(Path(place).glob("*")):
            yield folder
            yield folder / "Contents" / "Home"
