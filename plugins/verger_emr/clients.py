"""How EMR is asked, and how it answers where it knows no such cluster."""

from __future__ import annotations

from typing import Any

# EMR throttles an account, not a run: others' calls count too. Botocore waits longer each time.
RETRIES: dict[str, Any] = {"retries": {"mode": "standard", "max_attempts": 10}}
# Error codes for a cluster that is unknown, or takes no more steps.
UNKNOWN = ("InvalidRequestException", "ValidationException", "NoSuchCluster")
