"""Which photographs have been delivered completely. Pure: nothing here asks S3.

Two ways, one setting (Airflow variable `verger_delivery`). A number of seconds: each photograph
counts once it is that old, however many more arrive. `_READY`: a photograph counts once its folder,
or one above it, holds an object of that name that is no older than the photograph.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from verger.catalogue.keys import is_photograph
from verger.objects.storage import StoredObject

READY = "_READY"
# S3's clock and ours; S3 itself refuses whoever is further away.
CLOCKS_APART = timedelta(minutes=15)


@dataclass(frozen=True)
class Delivery:
    """The setting: seconds as digits, or the name of the marker."""

    setting: str

    @property
    def by_marker(self) -> bool:
        """Whether an object `_READY` says when a delivery is complete."""
        return self.setting == READY

    @property
    def age(self) -> timedelta:
        """How old a photograph must be; 0 where a marker decides."""
        return timedelta(seconds=0 if self.by_marker else int(self.setting))

    def complete(self, listing: Iterable[StoredObject], now: datetime) -> list[StoredObject]:
        """The photographs that a run may take at this moment."""
        found = list(listing)
        photographs = [item for item in found if is_photograph(item.key)]
        if not self.by_marker:
            return [item for item in photographs if not self._is_young(item, now)]
        markers = {
            item.key.removesuffix(READY): item.modified
            for item in found
            if item.key.rsplit("/", 1)[-1] == READY
        }
        return [item for item in photographs if _is_covered(item, markers)]

    def newest_counts_at(self, listing: Sequence[StoredObject], now: datetime) -> datetime | None:
        """When all photographs that are there by now are old enough; None where there are none."""
        photographs = [item for item in listing if is_photograph(item.key)]
        young = [item for item in photographs if self._is_young(item, now)]
        if not young:
            return now if photographs else None
        return max(item.modified for item in young if item.modified) + self.age

    def _is_young(self, item: StoredObject, now: datetime) -> bool:
        """Whether a photograph is to be waited for. S3's clock may be ahead of ours; what was
        stored later than that (a clock was set back) has no age that could be waited for.
        """
        return item.modified is not None and now - self.age < item.modified <= now + CLOCKS_APART


def _is_covered(item: StoredObject, markers: dict[str, datetime | None]) -> bool:
    folders = item.key.split("/")[:-1]
    above = [
        "".join(f"{folder}/" for folder in folders[:depth]) for depth in range(len(folders) + 1)
    ]
    return any(
        marker is not None and item.modified is not None and marker >= item.modified
        for marker in (markers.get(folder) for folder in above)
    )
