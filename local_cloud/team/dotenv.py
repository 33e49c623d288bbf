"""The secrets of docker-compose.yaml, made once:  python3 -m local_cloud.team.dotenv .env

Standard library only: a host needs Docker and any Python 3 for it, nothing of this project.
"""

from __future__ import annotations

import base64
import os
import secrets
import sys
from pathlib import Path


def main(arguments: list[str]) -> int:
    """Write the file unless it exists; returns the exit status."""
    (path,) = map(Path, arguments)
    if write(path):
        sys.stdout.write(f"{path} written: the secrets of this host; keep it, tell nobody\n")
    return 0


def write(path: Path) -> bool:
    """Write new secrets for nobody but the owner to read; False if the file is there already."""
    text = "".join(f"{name}={value}\n" for name, value in made().items())
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(file, "w") as out:
        out.write(text)
    return True


def read(path: Path) -> dict[str, str]:
    """The variables of such a file."""
    lines = path.read_text().splitlines()
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
        "SPARK_SECRET": secrets.token_hex(24),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
