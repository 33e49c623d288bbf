"""What a run has made, in a form that is the same for two runs exactly if they made the same."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pyarrow.parquet as pq

from verger.lake.checkpoint import Checkpoint
from verger.lake.registry import Published
from verger.lake.store import Lake
from verger.planning.plan import read_plan


def products(folder: Path, run_id: str) -> dict[str, str]:
    """Digests of a run's tables (their rows, whatever parts they lie in) and files, by checkpoint;
    and of the model's bundle. Asserts that nothing is missing.
    """
    lake = Lake.at(str(folder))
    plan = read_plan(lake.storage, run_id)
    found = {}
    for stage, needed in plan.checkpoints().items():
        for kind, fingerprint in needed:
            checkpoint = lake.find(kind, fingerprint, content=True)
            assert checkpoint, f"{stage}: {kind} {fingerprint} is missing or damaged"
            found |= {
                f"{kind}/{fingerprint}/{table}": _digest(checkpoint, table)
                for table in checkpoint.manifest.tables
            }
            counted = (checkpoint.manifest.metrics, checkpoint.manifest.labels)
            found[f"{kind}/{fingerprint} counts"] = repr(counted)
    model = Published.read(lake.storage, plan.preset.name).current
    assert model is not None
    assert hashlib.sha256(_bundle(folder, model.preset, model.bundle)).hexdigest() == model.bundle
    return {**found, "model": model.id, "bundle": model.bundle}


def _digest(checkpoint: Checkpoint, table: str) -> str:
    digest = hashlib.sha256()
    files = checkpoint.files(table)
    if all(file.endswith(".parquet") for file in files):
        rows = (row for file in files for row in pq.read_table(file).to_pylist())
        for row in sorted(map(repr, rows)):
            digest.update(row.encode())
    else:
        for file in files:
            digest.update(Path(file).read_bytes())
    return digest.hexdigest()


def _bundle(folder: Path, preset: str, sha256: str) -> bytes:
    return (folder / f"models/{preset}/bundles/{sha256[:16]}.zip").read_bytes()


def differences(one: dict[str, str], other: dict[str, str]) -> list[str]:
    """The products in which two runs differ."""
    return sorted(name for name in {*one, *other} if one.get(name) != other.get(name))
