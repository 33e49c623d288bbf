"""The address of a checkpoint: a fingerprint of everything that determines its data."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from verger.lake.manifest import FORMAT

# Kind and fingerprint: what a checkpoint is looked for by.
CheckpointId = tuple[str, str]


def fingerprint(
    kind: str, version: int, parameters: Mapping[str, Any], inputs: Mapping[str, str]
) -> str:
    """16 hex digits that stand for the kind, its version, parameters and inputs."""
    determined = {
        "format": FORMAT,
        "kind": kind,
        "version": version,
        "parameters": parameters,
        "inputs": inputs,
    }
    text = json.dumps(determined, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Address:
    """Everything that determines a checkpoint, and so where it lies.

    ``version`` is raised when the same parameters and inputs give other data than before.
    """

    kind: str
    version: int
    parameters: Mapping[str, Any]
    inputs: Mapping[str, str]

    @functools.cached_property
    def fingerprint(self) -> str:
        """What stands for all of it."""
        return fingerprint(self.kind, self.version, self.parameters, self.inputs)

    @property
    def id(self) -> CheckpointId:
        """What its checkpoint is looked for by."""
        return self.kind, self.fingerprint
