"""A finished checkpoint: what its manifest names is read, and nothing else.

Airflow's side reads checkpoints too: what reads Parquet is imported where it is used.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from verger.errors import VergerError
from verger.lake.integrity import discarded, sha256, wrong_content
from verger.lake.manifest import Manifest, manifest_key
from verger.objects.storage import Storage, address_of, at_once

if TYPE_CHECKING:
    import pyarrow as pa


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
        import pyarrow as pa
        import pyarrow.parquet as pq

        (key,) = self.keys(table)
        return pq.ParquetFile(pa.BufferReader(self._content(key))).read(use_threads=False)

    def read_parts(self, table: str, columns: Sequence[str] | None = None) -> pa.Table:
        """A table that Spark wrote, whole, in the order of its parts; of all columns or some."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        contents = at_once(self._content, self.keys(table))
        return pa.concat_tables(
            pq.ParquetFile(pa.BufferReader(content)).read(columns, use_threads=False)
            for content in contents
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
