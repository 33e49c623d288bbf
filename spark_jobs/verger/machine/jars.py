"""The jars that Spark needs for S3, downloaded once and checked against `jars.lock`."""

from __future__ import annotations

import hashlib
import os
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from verger.errors import VergerError
from verger.machine.cache import cache_folder

LOCK = Path(__file__).with_name("jars.lock")
# A company's mirror of Maven Central goes here.
REPOSITORY_VARIABLE = "MAVEN_REPOSITORY"
CENTRAL = "https://repo1.maven.org/maven2"


@dataclass(frozen=True)
class Jar:
    """An artifact of Maven Central and the SHA-256 of its jar."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def file_name(self) -> str:
        """The jar's name."""
        return f"{self.artifact}-{self.version}.jar"

    @property
    def path(self) -> str:
        """Where a Maven repository keeps it."""
        return f"{self.group.replace('.', '/')}/{self.artifact}/{self.version}/{self.file_name}"


def locked() -> list[Jar]:
    """The jars of the lock file: ``group:artifact:version sha256`` a line."""
    lines = [line for line in LOCK.read_text().splitlines() if line and not line.startswith("#")]
    return [Jar(*line.replace(" ", ":").split(":")) for line in lines]


def kept_jars() -> list[Path]:
    """Where all jars are kept, whether they have been downloaded or not."""
    return [cache_folder() / "jars" / jar.file_name for jar in locked()]


def ensure_jars(folder: Path | None = None) -> list[Path]:
    """All jars, downloaded where they are missing or damaged.

    Raises VergerError if one cannot be had or is not what the lock says.
    """
    folder = folder or cache_folder() / "jars"
    folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(lambda jar: _ensure(jar, folder), locked()))


def _ensure(jar: Jar, folder: Path) -> Path:
    path = folder / jar.file_name
    if path.exists() and _sha256(path.read_bytes()) == jar.sha256:
        return path
    content = _download(jar)
    if _sha256(content) != jar.sha256:
        raise VergerError(
            f"{jar.file_name} from {_repository()} is not the file that {LOCK.name} names: "
            f"check that repository, or set {REPOSITORY_VARIABLE} to another"
        )
    draft = path.with_name(f".{jar.file_name}.{uuid.uuid4().hex}")
    draft.write_bytes(content)
    return draft.replace(path)


def _download(jar: Jar) -> bytes:
    address = f"{_repository()}/{jar.path}"
    try:
        with urllib.request.urlopen(address, timeout=60) as answer:  # noqa: S310  https, or a mirror
            return bytes(answer.read())
    except (OSError, ValueError) as error:
        raise VergerError(
            f"{jar.file_name} cannot be downloaded ({error}): check the network, or set "
            f"{REPOSITORY_VARIABLE} to a mirror of Maven Central"
        ) from error


def _repository() -> str:
    return os.environ.get(REPOSITORY_VARIABLE, CENTRAL).rstrip("/")


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
