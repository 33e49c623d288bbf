"""A checkpoint in the making: tables, then the manifest that makes it exist."""

from __future__ import annotations

import io
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from verger.lake.address import Address
from verger.lake.checkpoint import Checkpoint
from verger.lake.integrity import checksums, committed, sha256, written
from verger.lake.manifest import Manifest, PerLabel, manifest_key
from verger.objects.storage import Storage, address_of

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame


@dataclass(frozen=True)
class Metrics:
    """What a checkpoint counts: in all, and for each label where it has labels."""

    totals: Mapping[str, int | float]
    labels: PerLabel = field(default_factory=dict)


@dataclass
class Draft:
    """A checkpoint in the making; `commit` makes it exist."""

    storage: Storage
    address: Address
    attempt: str = field(default_factory=lambda: uuid.uuid4().hex[:8])
    tables: dict[str, str] = field(default_factory=dict)
    checksums: dict[str, str] = field(default_factory=dict)
    by_spark: set[str] = field(default_factory=set)
    started: float = field(default_factory=time.monotonic)

    def save(self, table: str, rows: DataFrame) -> None:
        """Have Spark write a table."""
        address = self._place(table)
        # Something lies in the folder before Spark comes: S3A then puts no marker object in its
        # place, which an S3 server on plain files could not tell from an empty file.
        self.storage.write(f"{self.tables[table]}/_attempt", self.attempt.encode())
        rows.write.mode("append").parquet(address)
        self.by_spark |= committed(self.storage, self.tables[table])

    def files(self, table: str) -> list[str]:
        """Addresses of the files of a table that was written."""
        return [address_of(self.storage, key) for key in self._written(self.tables[table])]

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
        files = self._written(f"{self._folder}/{self.attempt}")
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

    def _written(self, folder: str) -> dict[str, int]:
        known = {*self.by_spark, *self.checksums}
        return written(self.storage, folder, [key for key in known if key.startswith(f"{folder}/")])

    def _write(self, key: str, content: bytes) -> None:
        self.storage.write(key, content)
        self.checksums[key] = sha256(content)

    def _place(self, name: str) -> str:
        self.tables[name] = f"{self._folder}/{self.attempt}/{name}"
        return address_of(self.storage, self.tables[name])

    @property
    def _folder(self) -> str:
        return f"{self.address.kind}/{self.address.fingerprint}"
