"""Send a folder's files to the team's S3:  python3 -m local_cloud.team.bring FOLDER -- COMMAND

They go as a tar stream to COMMAND, which runs `local_cloud.team.deliver` in a container. Read here,
by the one who calls it: a container's user may not enter the folder, and would find nothing where
links lead outside. Like `local_cloud.team.dotenv` it needs no package.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from itertools import islice
from pathlib import Path
from typing import IO

from local_cloud.mirror import Survey, key_part, survey

SHOWN = 20  # of the files that are left out; all of them are counted


def main(arguments: list[str]) -> int:
    """Returns the command's exit status, or 1 if files had to be left out."""
    folder, separator, *command = arguments
    source = Path(folder).expanduser()
    if separator != "--" or not source.is_dir():
        sys.stderr.write(f"{folder} is no folder: IMAGES=FOLDER names one with <Label>/x.jpg\n")
        return 2
    prefix = key_part(source.resolve().name)
    receiver = subprocess.Popen([*command, prefix, "-"], stdin=subprocess.PIPE)
    assert receiver.stdin is not None  # noqa: S101  it was asked for
    found = survey(source)
    try:
        with receiver.stdin as stream:
            sent = pack(found, stream)
    except BrokenPipeError:  # the receiver has gone, and has said why
        return receiver.wait() or 1
    except OSError as error:
        receiver.kill()
        sys.stderr.write(f"delivery stopped, deliver again: {error}\n")
        return 1
    for name, why in islice(found.left.items(), SHOWN):
        sys.stderr.write(f"left out: {name}: {why}\n")
    sys.stderr.write(f"{sent} files sent to {prefix}, {len(found.left)} left out\n")
    return receiver.wait() or (1 if found.left else 0)


def pack(found: Survey, stream: IO[bytes]) -> int:
    """Write the files to a stream, as tar; how many. What cannot be read joins what is left out.

    Raises OSError where a file changes while it is read, or nobody reads the stream.
    """
    sent = 0
    with tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT) as archive:
        for key, path in found.files.items():
            try:
                content = path.open("rb")
            except OSError as error:
                found.left[key] = f"cannot be read: {error.strerror}"
                continue
            with content:
                entry = tarfile.TarInfo(key)
                entry.size = os.fstat(content.fileno()).st_size
                archive.addfile(entry, content)
            sent += 1
    return sent


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
