"""What lies in a lake, by name: nobody needs to know where a checkpoint is, or in how many parts.

verger.open_lake("lake/verger-lake").histograms().to_pandas()
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from verger.contract import PRESETS
from verger.errors import SettingsError, VergerError
from verger.lake.address import Address
from verger.lake.bundle import METRICS_FILE
from verger.lake.checkpoint import Checkpoint
from verger.lake.registry import Published
from verger.lake.store import Lake
from verger.planning.plan import Plan, read_plan
from verger.reading.model import PublishedModel
from verger.reading.tables import read_tables
from verger.tables import schemas


@dataclass(frozen=True)
class OpenLake:
    """The published model of a preset and the products of the run that made it.

    Tables are `pyarrow.Table`, one row a photograph or a label, over all segments;
    ``.to_pandas()`` makes a DataFrame of each. What was published later is seen by a lake that is
    opened later.
    """

    lake: Lake
    preset: str

    @functools.cached_property
    def model(self) -> PublishedModel:
        """The published model. Raises VergerError if there is none."""
        current = Published.read(self.lake.storage, self.preset).current
        if current is None:
            raise VergerError(
                f"no model of preset {self.preset} is published in {self.lake.storage.root}: "
                "run the pipeline and publish it first"
            )
        return PublishedModel(current, self.lake.storage)

    @functools.cached_property
    def plan(self) -> Plan:
        """The plan of the run that made the model: its settings and segments."""
        return read_plan(self.lake.storage, self.model.run_id)

    def photographs(self, *, content: bool = False) -> pa.Table:
        """A row a photograph: who it is, key, ETag, width and height in pixels; with ``content``
        also the file's bytes.
        """
        columns = [name for name in schemas.IMAGES.names if content or name != "content"]
        return self._of_segments(self.plan.recipe.images, "images", columns)

    def quarantine(self) -> pa.Table:
        """A row a file that cannot be used: path, label, reason, detail."""
        return self._of_segments(self.plan.recipe.images, "quarantine")

    def histograms(self) -> pa.Table:
        """A row a photograph: ``counts``, how often each of the k words occurs."""
        return self._of_segments(self.plan.recipe.histograms, "histograms")

    def projections(self) -> pa.Table:
        """A row a photograph: ``features``, its coordinates on the principal components."""
        return self._of_segments(self.plan.recipe.projections, "projections")

    def bovw(self) -> pa.Table:
        """A row a label: how often each word occurs, in columns ``word_0000`` and on."""
        return self._whole(self.plan.recipe.bovw).read("bovw")

    def features(self) -> pa.Table:
        """A row a label: its coordinates, in columns ``pca_000`` and on."""
        return self._whole(self.plan.recipe.features).read("features")

    def answers(self) -> pa.Table:
        """A row a photograph: what was answered by heads that had not seen it."""
        return read_tables([(self._classifier, "answers")], schemas.ANSWERS)

    def suspects(self) -> pa.Table:
        """A row a photograph whose label is contradicted with confidence."""
        return self._classifier.read("suspects")

    def confusion(self) -> pa.Table:
        """How many photographs of a label got which answer, at each level."""
        return self._classifier.read("confusion")

    def classes(self) -> pa.Table:
        """Recall and precision of each member of each level, with counts."""
        return self._classifier.read("classes")

    def metrics(self) -> dict[str, Any]:
        """How good the model is: accuracy, calibration and more, at each level."""
        return dict(json.loads(self._classifier.read_file(METRICS_FILE)))

    @property
    def _classifier(self) -> Checkpoint:
        return self._whole(self.plan.recipe.classifier)

    def _whole(self, address: Address) -> Checkpoint:
        return self._found([address])[0]

    def _of_segments(
        self,
        address_of: Callable[[str], Address],
        table: str,
        columns: Sequence[str] | None = None,
    ) -> pa.Table:
        addresses = [address_of(segment.id) for segment in self.plan.segments]
        parts = [(checkpoint, table) for checkpoint in self._found(addresses)]
        return read_tables(parts, schemas.TABLES[table], columns)

    def _found(self, addresses: Sequence[Address]) -> list[Checkpoint]:
        found = self.lake.find_each([address.id for address in addresses])
        for address, checkpoint in zip(addresses, found, strict=True):
            if checkpoint is None:
                raise VergerError(
                    f"{address.kind} of run {self.plan.run_id} is no longer in the lake (removed "
                    "by a vacuum, or damaged): run the pipeline again, which makes it again"
                )
        return [checkpoint for checkpoint in found if checkpoint is not None]


def open_lake(address: str, preset: str = PRESETS[0]) -> OpenLake:
    """The lake in a local folder or under an ``s3://`` prefix. Raises VergerError if that is no
    address, or if there is no such preset.
    """
    if preset not in PRESETS:
        raise SettingsError(f"preset {preset}: use one of {', '.join(PRESETS)}")
    return OpenLake(Lake.at(address), preset)
