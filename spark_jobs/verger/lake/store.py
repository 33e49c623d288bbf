"""Checkpoints: Parquet under a content address, with a manifest written last.

    <lake>/<kind>/<fingerprint>/manifest.json
    <lake>/<kind>/<fingerprint>/<attempt>/<table>/part-….parquet

Without its manifest a checkpoint does not exist. The fingerprint stands for everything that
determined the data, so the same inputs are found again, validated and reused. Every attempt writes
to a place of its own: two runs that race never touch each other's files, and whichever manifest is
written last names one complete attempt.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from verger.contract import StageRecord, record_key
from verger.documents import DocumentError
from verger.errors import ObjectGoneError
from verger.lake.address import Address, CheckpointId
from verger.lake.checkpoint import Checkpoint
from verger.lake.draft import Draft
from verger.lake.integrity import wrong_size
from verger.lake.manifest import Manifest, manifest_key
from verger.objects.addresses import open_storage
from verger.objects.storage import Storage, address_of, at_once

log = logging.getLogger("verger")


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
        if not manifest.stands_for(kind, fingerprint):
            log.warning("%s is the manifest of another checkpoint or format: it is made again", key)
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
