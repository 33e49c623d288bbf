"""Tables of several checkpoints as one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from verger.lake.checkpoint import Checkpoint
from verger.objects.storage import at_once


def read_tables(
    parts: Sequence[tuple[Checkpoint, str]],
    schema: pa.Schema,
    columns: Sequence[str] | None = None,
) -> pa.Table:
    """The rows of all parts (a checkpoint and its table), in their order, with these columns (None:
    all). Without parts a table without rows.
    """
    chosen = pa.schema([schema.field(name) for name in columns or schema.names])
    files = list(_files(parts))
    tables = at_once(lambda file: _read(*file, chosen), files)
    return pa.concat_tables([chosen.empty_table(), *tables])


def _files(parts: Sequence[tuple[Checkpoint, str]]) -> Iterator[tuple[Checkpoint, str]]:
    for checkpoint, table in parts:
        for key in checkpoint.keys(table):
            if key.endswith(".parquet"):
                yield checkpoint, key


def _read(checkpoint: Checkpoint, key: str, schema: pa.Schema) -> pa.Table:
    with checkpoint.storage.open(key) as file:
        table = pq.ParquetFile(file).read(columns=schema.names, use_threads=False)
        return table.cast(schema)
