"""The manifest of a checkpoint: what it holds, and what made it.

<lake>/<kind>/<fingerprint>/manifest.json
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from verger.documents import Document

FORMAT = 2
MANIFEST = "manifest.json"
# Counts per label, as {"Apple": {"images": 40}}.
PerLabel = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Manifest(Document):
    """What a checkpoint holds and what made it; keys are relative to the lake.

    ``tables`` maps names to keys of folders (or of one file); ``files`` maps each file's key to its
    size in bytes, ``checksums`` to the SHA-256 of its content (none in manifests before 2027).
    """

    kind: str
    version: int
    fingerprint: str
    parameters: Mapping[str, Any]
    inputs: Mapping[str, str]
    tables: Mapping[str, str]
    files: Mapping[str, int]
    metrics: Mapping[str, int | float]
    labels: PerLabel
    seconds: float
    created: str
    format: int = FORMAT
    checksums: Mapping[str, str] = field(default_factory=dict)

    def stands_for(self, kind: str, fingerprint: str) -> bool:
        """Whether it is of that checkpoint, and in the format that this code reads."""
        return (self.kind, self.fingerprint, self.format) == (kind, fingerprint, FORMAT)


def manifest_key(kind: str, fingerprint: str) -> str:
    """Where the manifest of a checkpoint lies, relative to the lake."""
    return f"{kind}/{fingerprint}/{MANIFEST}"
