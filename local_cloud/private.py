"""What nobody but its owner may read."""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path


def make_private(folder: Path) -> None:
    """Make a folder, where it is missing, that other users of the machine cannot look into."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)


def empty_folder(folder: Path) -> Path:
    """Make such a folder with nothing in it, whatever an earlier run left there."""
    shutil.rmtree(folder, ignore_errors=True)
    make_private(folder)
    return folder


def write_private(path: Path, text: str) -> None:
    """Write a file with secrets, all of it or nothing: nobody but its owner may read it."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    draft.write_text(text)
    draft.replace(path)
