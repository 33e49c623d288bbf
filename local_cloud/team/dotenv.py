"""The secrets and choices of docker-compose.yaml:  python3 -m local_cloud.team.dotenv .env

Secrets are made once. What somebody chose in the environment (`make team-up UI_PORT=8090`) is kept,
so that whoever comes later need not choose it again.
Standard library only: a host needs Docker and any Python 3 for it, nothing of this project.
"""

from __future__ import annotations

import base64
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from local_cloud.private import write_private

# What a host may choose; docker-compose.yaml has a default for each.
CHOICES = (
    *("UI_PORT", "S3_PORT", "SERVE_PORT", "PUBLIC_URL", "WORKERS", "KEEP_DAYS"),
    *("BASE_IMAGE", "POSTGRES_IMAGE", "MAVEN_REPOSITORY"),
    *("S3_ENDPOINT", "S3_REGION", "S3_LANDING", "S3_LAKE", "S3_CODE", "S3_LOGS"),
)
# What was written with these can be read with no others: they belong to the volumes.
BOUND = frozenset({"POSTGRES_PASSWORD", "AIRFLOW_FERNET_KEY"})
PROJECT = "COMPOSE_PROJECT_NAME"


class UnusableHostError(Exception):
    """No Docker, or volumes whose secrets are gone; the message says how to go on."""


def main(arguments: list[str]) -> int:
    """Write what is missing or chosen anew; returns the exit status."""
    (path,) = map(Path, arguments)
    chosen = {name: os.environ[name] for name in CHOICES if os.environ.get(name)}
    try:
        if complete(path, chosen):
            sys.stdout.write(f"{path} written: this host's secrets and choices; tell nobody\n")
    except UnusableHostError as error:
        sys.stderr.write(f"\nnothing was started: {error}\n")
        return 1
    return 0


def complete(path: Path, chosen: Mapping[str, str]) -> bool:
    """Add the secrets that are missing, keep what was chosen; False where nothing changed.

    Raises UnusableHostError rather than making new secrets for volumes that know the old ones.
    """
    kept = read(path) if path.exists() else {}
    project = kept.get(PROJECT) or project_name(path.absolute().parent)
    if not kept.keys() >= BOUND and (volumes := volumes_of(project)):
        raise UnusableHostError(_how_to_go_on(path, volumes))
    wanted = {PROJECT: project, **made(), **kept, **chosen}
    wanted["PUBLIC_URL"] = public_url(wanted)
    if wanted == kept:
        return False
    lines = path.read_text().splitlines() if path.exists() else []
    unchanged = [line for line in lines if line.split("=", 1)[0] not in wanted]
    write_private(
        path, "\n".join([*unchanged, *(f"{name}={value}" for name, value in wanted.items()), ""])
    )
    return True


def read(path: Path) -> dict[str, str]:
    """The variables of such a file."""
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines if "=" in line)


def made() -> dict[str, str]:
    """A new secret for every variable that docker-compose.yaml insists on."""
    return {
        "AIRFLOW_FERNET_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "AIRFLOW_JWT_SECRET": secrets.token_hex(32),
        "AIRFLOW_PASSWORD": secrets.token_urlsafe(9),
        "AIRFLOW_SECRET_KEY": secrets.token_hex(32),
        "POSTGRES_PASSWORD": secrets.token_hex(24),  # part of an address: letters and digits
        "S3_ACCESS_KEY": f"team{secrets.token_hex(8)}",
        "S3_SECRET_KEY": secrets.token_hex(24),
        "SERVE_KEY": f"verger_{secrets.token_urlsafe(32)}",
        "SPARK_SECRET": secrets.token_hex(24),
    }


def public_url(variables: Mapping[str, str]) -> str:
    """Where people find Airflow: as it was chosen, else this host's own address and port."""
    here = "http://127.0.0.1:"
    chosen = variables.get("PUBLIC_URL", here)
    return f"{here}{variables.get('UI_PORT', '8080')}" if chosen.startswith(here) else chosen


def project_name(folder: Path) -> str:
    """What Compose calls a project that nobody named: its folder's name, simplified."""
    return re.sub(r"[^-_a-z0-9]", "", folder.name.lower()).lstrip("-_") or "verger"


def volumes_of(project: str) -> list[str]:
    """The names of the Docker volumes that a project has on this host."""
    label = f"label=com.docker.compose.project={project}"
    command = ["docker", "volume", "ls", "--quiet", "--filter", label]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except FileNotFoundError:
        raise UnusableHostError(
            "there is no docker on this host: install it (README, One host for a team)"
        ) from None
    except subprocess.CalledProcessError as error:
        raise UnusableHostError(f"docker does not answer: {error.stderr.strip()}") from None
    return done.stdout.split()


def _how_to_go_on(path: Path, volumes: list[str]) -> str:
    return (
        f"{path} lacks the secrets of volumes that are here ({', '.join(volumes)}).\n"
        f"Put the old {path} back (every `make team-backup` holds a copy), or start anew without\n"
        f"photographs, models, people and history: docker volume rm {' '.join(volumes)}"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
