"""How long a unit of a stage's work takes, learnt from earlier runs.

    <lake>/throughput.json      for each stage what the last runs measured

Mere statistics: what cannot be read, or cannot be, is passed over.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

from verger.contract import (
    BUILD_VOCABULARY,
    EXTRACT_DESCRIPTORS,
    IMPORT_IMAGES,
    PIVOT_HISTOGRAMS,
    REDUCE_PCA,
    TRAIN_CLASSIFIER,
    StageRecord,
)
from verger.documents import Document, DocumentError
from verger.errors import ObjectGoneError
from verger.objects.changes import change
from verger.objects.storage import Storage
from verger.planning.plan import Plan
from verger.planning.workload import done_work

log = logging.getLogger("verger")

MEASURED = "throughput.json"
# Core-seconds for a unit of work (planning/workload.py), from `make run` on 12,239 photographs of
# Fruits-360, two cores.
FIRST_GUESS = {
    IMPORT_IMAGES: 0.003,
    EXTRACT_DESCRIPTORS: 0.006,
    BUILD_VOCABULARY: 0.00008,
    PIVOT_HISTOGRAMS: 0.003,
    REDUCE_PCA: 0.001,
    TRAIN_CLASSIFIER: 0.004,
}
UNKNOWN_STAGE = 0.01
# Less work says more about start-up than about work; a vocabulary is counted in descriptors.
LEAST_WORK = {BUILD_VOCABULARY: 10_000.0}
LEAST_PHOTOGRAPHS = 1000.0
REMEMBERED = 5  # so many runs


@dataclass(frozen=True)
class Measured:
    """What one run took for so much work."""

    run_id: str
    work: float
    core_seconds: float

    @property
    def is_sane(self) -> bool:
        """Whether that can be: positive numbers."""
        return 0 < self.work < inf and 0 < self.core_seconds < inf


@dataclass(frozen=True)
class Rates(Document):
    """What was measured for each stage, the latest run first."""

    measured: Mapping[str, tuple[Measured, ...]] = field(default_factory=dict)

    @classmethod
    def read(cls, storage: Storage) -> Rates:
        """What earlier runs have left."""
        try:
            return cls._of(storage.read(MEASURED))
        except ObjectGoneError:
            return cls()

    @classmethod
    def _of(cls, content: bytes) -> Rates:
        try:
            return cls.from_json(content, MEASURED, "earlier measurements are not used")
        except DocumentError as error:
            log.warning("%s", error)
            return cls()

    @property
    def runs(self) -> int:
        """How many runs they are from."""
        return max((len(self._sane(stage)) for stage in self.measured), default=0)

    def of(self, stage: str) -> float:
        """Core-seconds for a unit of the stage's work. Large runs count more: in small ones most
        of the time is start-up.
        """
        if not (measured := self._sane(stage)):
            return FIRST_GUESS.get(stage, UNKNOWN_STAGE)
        return sum(of.core_seconds for of in measured) / sum(of.work for of in measured)

    def _sane(self, stage: str) -> Sequence[Measured]:
        return [of for of in self.measured.get(stage, ()) if of.is_sane]

    def with_run(self, measured: Mapping[str, Measured]) -> Rates:
        """With what one more run measured; a run that is repeated counts once."""
        stages = dict(self.measured)
        for stage, latest in measured.items():
            others = (of for of in stages.get(stage, ()) if of.run_id != latest.run_id)
            stages[stage] = (latest, *others)[:REMEMBERED]
        return Rates(stages)


def remember(
    storage: Storage, plan: Plan, records: Sequence[StageRecord], cores: Mapping[str, int]
) -> None:
    """Note what the stages of a run took that had enough to do, for the next estimate."""
    measured = {}
    for record in records:
        work = done_work(plan, record)
        if work >= LEAST_WORK.get(record.stage, LEAST_PHOTOGRAPHS):
            core_seconds = record.seconds * cores[record.stage]
            measured[record.stage] = Measured(plan.run_id, work, core_seconds)

    def decide(content: bytes | None) -> bytes | None:
        before = Rates() if content is None else Rates._of(content)
        after = before.with_run(measured)
        return None if after == before else after.to_json()

    change(storage, MEASURED, decide)
