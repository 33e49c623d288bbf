"""A Java for Spark: the one that this machine has, or one that is installed now."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from local_cloud.errors import LocalCloudError
from verger.machine.cache import cache_folder
from verger.machine.java import HOW_TO_INSTALL, find_java

WANTED = "17"


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
            f"Spark needs Java 17 or 21 and none could be installed: {HOW_TO_INSTALL}"
        )
    return found


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
            f"no Java 17 or 21 here, and downloading one failed ({error}): {HOW_TO_INSTALL}"
        ) from error
