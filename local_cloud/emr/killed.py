"""Why a step's process was killed, as far as the system tells."""

from __future__ import annotations

import signal
from pathlib import Path

VMSTAT = Path("/proc/vmstat")


def out_of_memory_kills() -> int | None:
    """How often Linux has killed a process for memory since it started; None where it is not told.

    https://docs.kernel.org/admin-guide/sysctl/vm.html
    """
    try:
        words = VMSTAT.read_text().split()
        return int(words[words.index("oom_kill") + 1])
    except (OSError, ValueError):
        return None


def obituary(exit_code: int, kills_before: int | None) -> str | None:
    """One line about a process that a signal ended, as shells report it; None if none did."""
    try:
        name = signal.Signals(exit_code - 128).name
    except ValueError:
        return None
    if name != "SIGKILL":
        return f"The step's process was ended by {name} from outside, not by its own program."
    kills = out_of_memory_kills()
    if None not in (kills, kills_before) and kills != kills_before:
        return (
            "The step's process was killed (SIGKILL) by the system, which had run out of memory: "
            "close other programs or give the step less to do, then try again."
        )
    return (
        "The step's process was killed (SIGKILL) from outside, not by its own program; "
        "the system did not run out of memory meanwhile, as far as it tells."
        if kills is not None
        else "The step's process was killed (SIGKILL) from outside, perhaps for want of memory."
    )
