"""Where tests find what is no part of them."""

from __future__ import annotations

import os
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
# Real photographs, where somebody has put them; else the sample that the project draws.
REAL = Path(os.environ.get("VERGER_PHOTOGRAPHS", REPOSITORY.parent / "shared" / "fruits-360"))
