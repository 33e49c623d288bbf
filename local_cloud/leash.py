"""Run one command and end it, with the processes it started, as soon as its starter is gone.

A program killed with SIGKILL cannot tidy up, but the kernel closes its files: this program's stdin
is a pipe from its starter that nothing is ever written to, so its end means the starter's end.
Unlike Linux's PR_SET_PDEATHSIG that works on macOS too, reaches all of the process group rather
than one child, and does not depend on which thread of the starter forked.

The starter puts it in a process group of its own and signals that group.
"""

import os
import signal
import subprocess
import sys
import threading
import time

GRACE_SECONDS = 5.0  # between SIGTERM and SIGKILL; Spark's shutdown takes about one second


def main() -> int:
    # A handler, not SIG_IGN: the command would inherit SIG_IGN and never hear the SIGTERM
    # that the starter sends to the group, while this process has to outlive it.
    signal.signal(signal.SIGTERM, lambda _number, _frame: None)
    command = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    orphaned = threading.Event()
    watch = threading.Thread(target=_end_group_with_starter, args=(orphaned,), daemon=True)
    watch.start()
    code = command.wait()
    if orphaned.is_set():
        watch.join()  # what the command left behind still gets its SIGKILL
    return code if code >= 0 else 128 - code  # as a shell reports death by signal


def _end_group_with_starter(orphaned: threading.Event) -> None:
    os.read(sys.stdin.fileno(), 1)
    orphaned.set()
    os.killpg(0, signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
