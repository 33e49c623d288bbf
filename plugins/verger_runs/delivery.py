"""When a delivery is complete: a half-uploaded one is not taken in half.

Two ways, one setting (Airflow variable `verger_delivery`): a number of seconds for which nothing
must have arrived, or `_READY`: then a photograph counts once its folder, or one above it, holds an
object of that name that is no older than the photograph.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseSensorOperator

from verger.catalogue.keys import is_photograph
from verger.objects.addresses import open_storage
from verger.objects.storage import StoredObject

if TYPE_CHECKING:
    from airflow.sdk import Context

READY = "_READY"


@dataclass(frozen=True)
class Delivery:
    """The setting: seconds as digits, or the name of the marker."""

    setting: str

    def complete(self, listing: Iterable[StoredObject]) -> list[StoredObject]:
        """The photographs of complete deliveries."""
        found = list(listing)
        photographs = [item for item in found if is_photograph(item.key)]
        if self.setting != READY:
            return photographs
        markers = {
            item.key.removesuffix(READY): item.modified
            for item in found
            if item.key.rsplit("/", 1)[-1] == READY
        }
        return [item for item in photographs if _is_covered(item, markers)]

    def seconds_left(self, listing: Sequence[StoredObject], now: datetime) -> float:
        """How long the newest photograph must still stay the newest; 0 if all is quiet."""
        if self.setting == READY:
            return 0.0
        newest = max((item.modified for item in listing if item.modified), default=None)
        if newest is None:
            return 0.0
        return max(0.0, (newest + timedelta(seconds=int(self.setting)) - now).total_seconds())


def _is_covered(item: StoredObject, markers: dict[str, datetime | None]) -> bool:
    folders = item.key.split("/")[:-1]
    above = [
        "".join(f"{folder}/" for folder in folders[:depth]) for depth in range(len(folders) + 1)
    ]
    return any(
        marker is not None and item.modified is not None and marker >= item.modified
        for marker in (markers.get(folder) for folder in above)
    )


class DeliverySensor(BaseSensorOperator):
    """Waits for photographs below an address, and until their delivery is complete.

    A run that a clock or an event started does not wait for the first photograph: where there is
    nothing, its plan has nothing to do. Deferrable waiting costs no worker.
    """

    template_fields = ("images", "delivery")

    def __init__(self, *, images: Any, delivery: str, deferrable: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.images = images
        self.delivery = delivery
        self.deferrable = deferrable

    def execute(self, context: Context) -> None:
        """Poke until done; deferred in between where waiting should cost no worker."""
        if not self.deferrable:
            super().execute(context)
            return
        self.resume(context)

    def resume(self, context: Context, event: Any = None) -> None:  # noqa: ARG002
        """Poke once; wait in the triggerer for the next time."""
        from airflow.providers.standard.triggers.temporal import TimeDeltaTrigger

        if not self.poke(context):
            # A task that resumes at once after deferring may be lost by Airflow: 10 s or more.
            pause = timedelta(seconds=max(10.0, float(self.poke_interval)))
            self.defer(
                trigger=TimeDeltaTrigger(pause),
                method_name="resume",
                timeout=timedelta(seconds=float(self.timeout)),
            )

    def poke(self, context: Context) -> bool:
        """Whether there are photographs, and no more are on their way."""
        from airflow.providers.amazon.aws.hooks.s3 import S3Hook

        delivery = Delivery(self.delivery)
        listing = list(open_storage(self.images, S3Hook().get_conn()).list())
        there = delivery.complete(listing)
        if not there and str(context["dag_run"].run_type) == "manual":
            self.log.info("nothing complete below %s yet", self.images)
            return False
        left = delivery.seconds_left(there, datetime.now(UTC))
        if left:
            self.log.info("the newest photograph below %s is too young: %.0f s", self.images, left)
        return not left
