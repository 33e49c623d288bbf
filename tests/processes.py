"""What tests ask of processes that may end while they look."""

from __future__ import annotations

import psutil


def command(process: psutil.Process) -> list[str]:
    """Its command line; empty for one that has ended, reaped or not."""
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:  # a zombie's is a kind of it
        return []


def listening(process: psutil.Process) -> set[str]:
    """The addresses on which it listens; none for one that has ended."""
    try:
        sockets = process.net_connections("inet")
    except psutil.NoSuchProcess:
        return set()
    return {socket.laddr.ip for socket in sockets if socket.status == psutil.CONN_LISTEN}
