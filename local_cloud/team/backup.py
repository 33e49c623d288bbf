"""Everything of a team's host in a folder, and back.

    python3 -m local_cloud.team.backup save|restore FOLDER -- docker compose

A backup is Airflow's database, all objects of S3, and .env, without whose secrets the others are
of no use. It is made while runs go on: objects are copied as they are, then once more those that
changed meanwhile, for which S3 is held still for a moment. Standard library only.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

SECRETS = Path(".env")
DATABASE, OBJECTS, CHANGED = "airflow.dump", "objects.tar", "changed.tar"
FROM_POSTGRES = ("exec", "-T", "postgres")
BESIDE_S3 = ("run", "--rm", "--no-deps", "-T", "s3")
TAR = ("tar", "--directory=/srv/objects", "--file=-")
CHANGED_WHILE_READ = 1  # tar's exit status; what changed comes along the second time
READY_SECONDS = 120.0


class UnusableBackupError(Exception):
    """The message says why, and what to do."""


class Host:
    """The services of docker-compose.yaml, driven by the words of their `compose` command."""

    def __init__(self, compose: list[str]) -> None:
        self._compose = compose

    def do(self, *words: str) -> str:
        """What a command said. Raises UnusableBackupError with what it complained of."""
        done = subprocess.run([*self._compose, *words], capture_output=True, text=True, check=False)
        if done.returncode:
            raise UnusableBackupError(f"{words[0]}: {done.stderr.strip()[-500:]}")
        return done.stdout

    def read(self, file: Path, *words: str, fine: int = 0) -> None:
        """A command's output as a file; statuses up to `fine` are no failure."""
        with file.open("wb") as out:
            done = subprocess.run([*self._compose, *words], stdout=out, check=False)
        if done.returncode > fine:
            raise UnusableBackupError(f"{file.name} is not complete; the lines above say why")

    def write(self, file: Path, *words: str) -> None:
        """A file as a command's input."""
        with file.open("rb") as content:
            done = subprocess.run([*self._compose, *words], stdin=content, check=False)
        if done.returncode:
            raise UnusableBackupError(f"{file.name} was not taken; the lines above say why")


def main(arguments: list[str]) -> int:
    """Returns 0, or 1 after one message that says what to do."""
    action, folder, _, *compose = arguments
    try:
        if action == "save":
            sys.stdout.write(
                f"{save(Path(folder), Host(compose))} holds everything; keep it safe\n"
            )
        else:
            restore(Path(folder), Host(compose))
            sys.stdout.write("restored: `make team-up` starts it\n")
    except UnusableBackupError as error:
        sys.stderr.write(f"\n{action}: {error}\n")
        return 1
    return 0


def save(folder: Path, host: Host) -> Path:
    """A new folder in `folder`, named for the moment; it is there once it is complete."""
    if not SECRETS.exists():
        raise UnusableBackupError("there is no .env here: the team's host is where it was started")
    begun = datetime.now(UTC)
    target = folder / begun.strftime("%Y-%m-%dT%H-%M-%SZ")
    draft = target.with_name(f".{target.name}")
    draft.mkdir(parents=True, mode=0o700)
    shutil.copy2(SECRETS, draft / SECRETS)
    dump = ("pg_dump", "--username=airflow", "--format=custom", "airflow")
    host.read(draft / DATABASE, *FROM_POSTGRES, *dump)
    host.read(draft / OBJECTS, *BESIDE_S3, *TAR, "--create", ".", fine=CHANGED_WHILE_READ)
    since = f"--newer=@{int(begun.timestamp())}"
    host.do("pause", "s3")
    try:
        host.read(draft / CHANGED, *BESIDE_S3, *TAR, "--create", since, ".")
    finally:
        host.do("unpause", "s3")
    draft.replace(target)
    return target


def restore(folder: Path, host: Host) -> None:
    """Fill the volumes of a host that has none yet. Raises UnusableBackupError."""
    missing = [
        name for name in (SECRETS.name, DATABASE, OBJECTS, CHANGED) if not (folder / name).exists()
    ]
    if missing:
        raise UnusableBackupError(f"{folder} is no backup, it lacks {', '.join(missing)}")
    if SECRETS.exists() and SECRETS.read_bytes() != (folder / SECRETS).read_bytes():
        raise UnusableBackupError(
            "this host has another .env: restore into a fresh clone, or move it away"
        )
    shutil.copy2(folder / SECRETS, SECRETS)
    host.do("up", "--detach", "postgres")
    # By TCP: the server of the first start's preparations answers on the socket alone, and ends.
    count = ("psql", "--host=127.0.0.1", "--username=airflow", "--no-align", "--tuples-only")
    tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
    if _patiently(host, *FROM_POSTGRES, *count, "airflow", "--command", tables).strip() != "0":
        raise UnusableBackupError(
            "this host's database holds something already: nothing was restored"
        )
    put = ("pg_restore", "--username=airflow", "--dbname=airflow", "--no-owner", "--exit-on-error")
    host.write(folder / DATABASE, *FROM_POSTGRES, *put)
    for objects in (OBJECTS, CHANGED):
        host.write(folder / objects, *BESIDE_S3, *TAR, "--extract")


def _patiently(host: Host, *words: str) -> str:
    """What a command says once its container is ready for it."""
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            return host.do(*words)
        except UnusableBackupError:
            if time.monotonic() > deadline:
                raise
            time.sleep(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
