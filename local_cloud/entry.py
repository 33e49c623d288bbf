"""How the commands of this machine begin and end: isolated from the user's settings, stopped by any
signal with all they started, every failure one message that says what to do.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from local_cloud.environment import isolate, stop_on_signals
from local_cloud.errors import in_words
from verger.errors import VergerError

INTERRUPTED = 130  # as shells report Ctrl-C


def carry_out(command: Callable[[], None], name: str) -> int:
    """Carry out a command; returns 0, or another status after one message."""
    isolate()
    stop_on_signals()
    try:
        command()
    except VergerError as error:
        sys.stderr.write(f"\n{name} stopped: {error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"\n{name} stopped: {in_words(error)}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write(f"\n{name} stopped; call it again and it goes on where it was\n")
        return INTERRUPTED
    return 0


def folder(text: str) -> Path:
    """A folder as people write it in a command or a Makefile's variable, `~` and all."""
    if "://" in text:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no folder of this machine; `verger pipeline` reads and writes addresses"
        )
    if not text.strip():
        raise argparse.ArgumentTypeError("an empty name: give the name of a folder")
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise argparse.ArgumentTypeError(f"{text!r}: {error}") from error
