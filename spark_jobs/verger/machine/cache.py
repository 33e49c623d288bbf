"""Where downloads are kept between checkouts."""

import os
from pathlib import Path


def cache_folder() -> Path:
    """Our folder in the user's cache."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "verger"
