"""Checkpoints: Parquet under a content address, with a manifest written last.

    <lake>/<kind>/<fingerprint>/manifest.json
    <lake>/<kind>/<fingerprint>/<attempt>/<table>/part-….parquet

Without its manifest a checkpoint does not exist. The fingerprint stands for everything that
determined the data, so the same inputs are found again, validated and reused. Every attempt writes
to a place of its own: two runs that race never touch each other's files, and whichever manifest is
written last names one complete attempt.

Airflow's side looks for checkpoints too: what reads and writes Parquet is imported where it is
used.
"""

from __future__ import annotations

import functools
import hashlib
import io
import json
import logging
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from verger.contract import StageRecord, record_key
from verger.documents import DocumentError
from verger.errors import ObjectGoneError, VergerError
from verger.lake.integrity import (
    belongs,
    checksums,
    discarded,
    sha256,
    wrong_content,
    wrong_size,
)
from verger.lake.manifest import FORMAT, Manifest, PerLabel, manifest_key
from verger.objects.addresses import open_storage
from verger.objects.storage import Storage, address_of, at_once

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

log = logging.getLogger("verger")
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


@dataclass(frozen=True)
class Metrics:
    """What a checkpoint counts: in all, and for each label where it has labels."""

    totals: Mapping[str, int | float]
    labels: PerLabel = field(default_factory=dict)


@dataclass(frozen=True)
class Checkpoint:
    """A finished checkpoint."""

    storage: Storage
    manifest: Manifest

    def address(self, table: str) -> str:
        """Address of a table: a folder of Parquet, or one file."""
        return address_of(self.storage, self.manifest.tables[table])

    def files(self, table: str) -> tuple[str, ...]:
        """Addresses of a table's files: all that belongs to it, whatever else lies beside them."""
        return tuple(address_of(self.storage, key) for key in self.keys(table))

    def keys(self, table: str) -> list[str]:
        """Keys of those files, relative to the lake."""
        place = self.manifest.tables[table]
        return [key for key in self.manifest.files if key == place or key.startswith(f"{place}/")]

    def read(self, table: str) -> pa.Table:
        """A small table that the driver wrote, as Arrow."""
        import pyarrow.parquet as pq

        (key,) = self.keys(table)
        return pq.read_table(io.BytesIO(self._content(key)))

    def read_parts(self, table: str, columns: Sequence[str] | None = None) -> pa.Table:
        """A table that Spark wrote, whole, in the order of its parts; of all columns or some."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        contents = at_once(self._content, self.keys(table))
        return pa.concat_tables(
            pq.read_table(io.BytesIO(content), columns=columns) for content in contents
        )

    def read_file(self, name: str) -> bytes:
        """One file that is no table."""
        return self._content(self.manifest.tables[name])

    def damage(self) -> str | None:
        """What is wrong with the content of its files, in words, or None; all of them are read."""
        return wrong_content(self.storage, self.manifest.checksums)

    def discard(self) -> None:
        """Let it not exist any more, so that it is made again."""
        self.storage.delete([manifest_key(self.manifest.kind, self.manifest.fingerprint)])

    def _content(self, key: str) -> bytes:
        content = self.storage.read(key)
        wanted = self.manifest.checksums.get(key)
        # Looked at twice before it is discarded: once on the way is no damage in the lake.
        if wanted not in (None, sha256(content)) and (damage := self.damage()):
            self.discard()
            raise VergerError(discarded(damage))
        return content


def read_each(checkpoints: Sequence[Checkpoint], table: str) -> Iterator[pa.Table]:
    """A small table of every checkpoint."""
    return at_once(lambda checkpoint: checkpoint.read(table), checkpoints)


@dataclass
class Draft:
    """A checkpoint in the making; `commit` makes it exist."""

    storage: Storage
    address: Address
    attempt: str = field(default_factory=lambda: uuid.uuid4().hex[:8])
    tables: dict[str, str] = field(default_factory=dict)
    checksums: dict[str, str] = field(default_factory=dict)
    started: float = field(default_factory=time.monotonic)

    def save(self, table: str, rows: DataFrame) -> None:
        """Have Spark write a table."""
        address = self._place(table)
        # Something lies in the folder before Spark comes: S3A then puts no marker object in its
        # place, which an S3 server on plain files could not tell from an empty file.
        self.storage.write(f"{self.tables[table]}/_attempt", self.attempt.encode())
        rows.write.mode("append").parquet(address)

    def address_of(self, table: str) -> str:
        """Where Spark finds a table that was saved."""
        return address_of(self.storage, self.tables[table])

    def write(self, table: str, content: pa.Table) -> None:
        """Write a small table from the driver; the same content gives the same bytes."""
        import pyarrow.parquet as pq

        packed = io.BytesIO()
        pq.write_table(content, packed, compression="zstd")
        self._place(table)
        self._write(f"{self.tables[table]}/part-00000.parquet", packed.getvalue())

    def write_file(self, name: str, content: bytes) -> None:
        """Write one file that is no table, such as a csv."""
        self._place(name)
        self._write(self.tables[name], content)

    def commit(self, metrics: Metrics) -> Checkpoint:
        """Write the manifest: from here on the checkpoint exists."""
        files = self._files()
        by_spark = [key for key in files if key not in self.checksums]
        manifest = Manifest(
            kind=self.address.kind,
            version=self.address.version,
            fingerprint=self.address.fingerprint,
            parameters=self.address.parameters,
            inputs=self.address.inputs,
            tables=self.tables,
            files=files,
            metrics=metrics.totals,
            labels=metrics.labels,
            seconds=round(time.monotonic() - self.started, 3),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            checksums=self.checksums | checksums(self.storage, by_spark),
        )
        key = manifest_key(self.address.kind, self.address.fingerprint)
        self.storage.write(key, manifest.to_json())
        return Checkpoint(self.storage, manifest)

    def _files(self) -> dict[str, int]:
        folder = f"{self._folder}/{self.attempt}/"
        sizes = sorted(self.storage.sizes(folder.rstrip("/")).items())
        return {key: size for key, size in sizes if belongs(key, folder)}

    def _write(self, key: str, content: bytes) -> None:
        self.storage.write(key, content)
        self.checksums[key] = sha256(content)

    def _place(self, name: str) -> str:
        self.tables[name] = f"{self._folder}/{self.attempt}/{name}"
        return address_of(self.storage, self.tables[name])

    @property
    def _folder(self) -> str:
        return f"{self.address.kind}/{self.address.fingerprint}"


@dataclass(frozen=True)
class Lake:
    """The place of all checkpoints and of the records of runs."""

    storage: Storage

    @classmethod
    def at(cls, address: str) -> Lake:
        """The lake in a local folder or under an s3:// prefix."""
        return cls(open_storage(address))

    def find(self, kind: str, fingerprint: str, *, content: bool = False) -> Checkpoint | None:
        """The finished, complete checkpoint of that kind and fingerprint, or None.

        With ``content`` its files are read and compared with what was written; else their sizes.
        """
        key = manifest_key(kind, fingerprint)
        try:
            manifest = Manifest.from_json(self.storage.read(key), key, "it is made again")
        except ObjectGoneError:
            return None
        except DocumentError as error:
            log.warning("%s", error)
            return None
        checkpoint = Checkpoint(self.storage, manifest)
        if problem := self._wrong_size(manifest) or (content and checkpoint.damage()):
            log.warning("checkpoint %s is damaged (%s): it is made again", key, problem)
            return None
        return checkpoint

    def find_each(self, needed: Sequence[CheckpointId]) -> list[Checkpoint | None]:
        """What `find` finds of each."""
        return list(at_once(lambda one: self.find(*one), needed))

    def draft(self, address: Address) -> Draft:
        """A new attempt at that address."""
        return Draft(self.storage, address)

    def note(self, run_id: str, record: StageRecord) -> None:
        """Store a run's record of one stage."""
        self.storage.write(record_key(run_id, record.stage), record.to_json())

    def noted(self, run_id: str, stage: str) -> StageRecord | None:
        """A run's record of one stage, or None."""
        key = record_key(run_id, stage)
        try:
            content = self.storage.read(key)
            name = address_of(self.storage, key)
            return StageRecord.from_json(content, name, f"run {stage} again")
        except ObjectGoneError:
            return None

    def _wrong_size(self, manifest: Manifest) -> str | None:
        place = f"{manifest.kind}/{manifest.fingerprint}"
        attempts = {key.split("/")[2] for key in manifest.files}
        folders = [f"{place}/{attempt}" for attempt in attempts]
        return wrong_size(self.storage, folders, manifest.files)
