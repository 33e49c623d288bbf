"""Files with secrets."""

from __future__ import annotations

import secrets
from pathlib import Path


def write_private(path: Path, text: str) -> None:
    """Write a file with secrets, all of it or nothing: nobody but its owner may read it."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    draft.write_text(text)
    draft.replace(path)
