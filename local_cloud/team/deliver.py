"""Photographs to the team's S3:  python -m local_cloud.team.deliver PREFIX [FOLDER]

Without a folder it delivers the sample that the project draws.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from local_cloud.s3 import rclone
from local_cloud.stack import LANDING
from sample import draw_sample


def main(arguments: list[str]) -> int:
    """Returns rclone's exit status: 0 when everything has arrived."""
    prefix, *folder = arguments
    with tempfile.TemporaryDirectory() as drawn:
        source = Path(folder[0]) if folder else draw_sample(Path(drawn) / "sample")
        return upload(source, prefix)


def upload(source: Path, prefix: str) -> int:
    """Copy what is new or changed in a folder; keys come from the environment."""
    command = [rclone(), "copy", str(source), f":s3:{LANDING}/{prefix}", "--copy-links"]
    command += ["--s3-provider=Rclone", "--s3-env-auth", "--transfers=8", "--stats-one-line"]
    command += [f"--s3-endpoint={os.environ['AWS_ENDPOINT_URL_S3']}", "--stats=10s", "-v"]
    environment = {**os.environ, "RCLONE_CONFIG": ""}
    done = subprocess.run([*command, "--stats-log-level=NOTICE"], env=environment, check=False)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
