"""Write `jars.lock` anew from `pom.xml`, with Maven:  python -m local_cloud.s3a.lock"""

from __future__ import annotations

import hashlib
import subprocess
import tempfile
from pathlib import Path

from verger.machine.jars import LOCK

POM = Path(__file__).with_name("pom.xml")
HEADER = """\
# Made from pom.xml by `python -m local_cloud.s3a.lock`; do not edit.
# group:artifact:version sha256
"""


def resolve() -> str:
    """The lock's text as Maven resolves the pom now."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [
                "mvn",
                "--quiet",
                f"--file={POM}",
                "dependency:copy-dependencies",
                f"-DoutputDirectory={folder}",
                "-Dmdep.useRepositoryLayout=true",
                "-DincludeScope=runtime",
            ],
            check=True,
        )
        return HEADER + "\n".join(sorted(_line(jar, Path(folder)) for jar in _jars(folder))) + "\n"


def _jars(folder: str) -> list[Path]:
    return list(Path(folder).rglob("*.jar"))


def _line(jar: Path, folder: Path) -> str:
    *group, artifact, version, _ = jar.relative_to(folder).parts
    digest = hashlib.sha256(jar.read_bytes()).hexdigest()
    return f"{'.'.join(group)}:{artifact}:{version} {digest}"


if __name__ == "__main__":
    LOCK.write_text(resolve())
