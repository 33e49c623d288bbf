"""Errors of the local stack that a person can act on."""

import errno

from verger.errors import VergerError

_WORDS = {
    errno.ENOSPC: "has no room left: make some, or put the lake elsewhere with LAKE=FOLDER",
    errno.EDQUOT: "is over its quota: make room, or put the lake elsewhere with LAKE=FOLDER",
    errno.EACCES: "may not be read or written by you: change its mode, or choose another with "
    "LAKE=FOLDER or IMAGES=FOLDER",
    errno.EROFS: "is on a disk that is mounted read-only: put the lake elsewhere with LAKE=FOLDER",
    errno.EEXIST: "is a file where a folder belongs: choose another with LAKE=FOLDER",
    errno.ENOTDIR: "lies below a file, not a folder: choose another with LAKE=FOLDER",
}
_WORDS[errno.EPERM] = _WORDS[errno.EACCES]


class LocalCloudError(VergerError):
    """Something on this machine is in the way; the message says what to do."""


def in_words(error: OSError) -> str:
    """One line for what the system refused: which file, why, and what to do."""
    what = error.filename2 or error.filename or "the disk"
    why = _WORDS.get(error.errno or 0)
    return f"{what} {why}" if why else f"{what}: {error.strerror or error}"
