"""A program under spark-submit is heard to its end.

Spark's PythonRunner copies what its Python says in a thread of its own, which it does not await
when Python has ended with an error: the very line that says why may be lost, on any cluster, and
is lost where the machine is busy.
"""

from __future__ import annotations

import fcntl
import os
import stat
import struct
import sys
import termios
import time

PATIENCE_SECONDS = 10.0
# The reader has taken the last bytes out of the pipe, and is about to pass them on.
PASSING_ON_SECONDS = 0.1


def await_readers() -> None:
    """Block until standard output and error have been read, where they are pipes."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    pipes = []
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
        if stat.S_ISFIFO(os.fstat(stream.fileno()).st_mode):
            pipes.append(stream.fileno())
    while any(map(unread, pipes)) and time.monotonic() < deadline:
        time.sleep(0.01)
    if pipes:
        time.sleep(PASSING_ON_SECONDS)


def unread(pipe: int) -> int:
    """How many bytes of a pipe its reader has not taken yet (Linux tells either end)."""
    answer = fcntl.ioctl(pipe, termios.FIONREAD, struct.pack("i", 0))
    return int(struct.unpack("i", answer)[0])
