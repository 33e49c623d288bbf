"""The sensor that waits for a delivery. A wait has one beginning, however often it is deferred."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseSensorOperator
from airflow.sdk.exceptions import AirflowSensorTimeout

from verger.catalogue.keys import is_photograph
from verger.objects.addresses import open_storage
from verger.objects.storage import StoredObject
from verger_runs.delivery import CLOCKS_APART, Delivery

if TYPE_CHECKING:
    from airflow.sdk import Context

# Every look lists the whole prefix, so the longer it has been in vain, the rarer the next ones.
LONGEST_PAUSE = timedelta(minutes=5)
# Airflow may lose a task that resumes sooner after deferring (apache/airflow #71580, #72716).
SHORTEST_DEFERRAL = timedelta(seconds=10)


@dataclass(frozen=True)
class Wait:
    """When a wait began, and when the photographs that it saw first are old enough."""

    began: datetime
    ends: datetime | None = None

    def to_kwargs(self) -> dict[str, str | None]:
        """As Airflow keeps it for a deferred task."""
        return {
            "began": self.began.isoformat(),
            "ends": self.ends.isoformat() if self.ends else None,
        }

    @classmethod
    def from_kwargs(cls, began: str, ends: str | None) -> Wait:
        """The wait that `to_kwargs` gave."""
        return cls(datetime.fromisoformat(began), datetime.fromisoformat(ends) if ends else None)


class DeliverySensor(BaseSensorOperator):
    """Waits until the photographs that are there can be taken.

    A run that a person triggered waits for the first photograph, too; one that a clock or an event
    started does not: where there is nothing, its plan has nothing to do. What arrives during the
    wait does not prolong it: the run takes what is old enough by then, the next run the rest.
    """

    template_fields = ("images", "delivery")

    def __init__(self, *, images: Any, delivery: str, deferrable: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.images = images
        self.delivery = delivery
        self.deferrable = deferrable

    def execute(self, context: Context) -> None:
        """Look until there is something to take.

        Raises AirflowSensorTimeout once `timeout` seconds have passed in vain.
        """
        self._wait(context, Wait(began=datetime.now(UTC)))

    def resume(self, context: Context, began: str, ends: str | None, event: Any = None) -> None:  # noqa: ARG002
        """Back from the triggerer: look again."""
        self._wait(context, Wait.from_kwargs(began, ends))

    def _wait(self, context: Context, wait: Wait) -> None:
        while True:
            now = datetime.now(UTC)
            listing = list(self._list())
            wait = self._seen(wait, listing, now)
            if self._is_over(context, wait, listing, now):
                return
            left = timedelta(seconds=float(self.timeout)) - (now - wait.began)
            if left <= timedelta(0):
                raise AirflowSensorTimeout(
                    f"nothing to take below {self.images} in {self.timeout / 3600:.0f} hours: "
                    "deliver photographs there, or correct the prefix, then trigger again"
                )
            self._pause(wait, now, left)

    def _list(self) -> Any:
        from airflow.providers.amazon.aws.hooks.s3 import S3Hook

        return open_storage(self.images, S3Hook().get_conn()).list()

    def _seen(self, wait: Wait, listing: list[StoredObject], now: datetime) -> Wait:
        delivery = Delivery(self.delivery)
        # Further away than any wait is: the clock was set back meanwhile, and it begins anew.
        lost = wait.ends is not None and wait.ends - now > delivery.age + CLOCKS_APART
        if delivery.by_marker or (wait.ends and not lost):
            return wait
        return Wait(wait.began, delivery.newest_counts_at(listing, now))

    def _is_over(
        self, context: Context, wait: Wait, listing: list[StoredObject], now: datetime
    ) -> bool:
        if wait.ends:
            left = (wait.ends - now).total_seconds()
            if left > 0:
                self.log.info("the newest photograph counts in %.0f s", left)
            return left <= 0
        if not is_manual(context) or Delivery(self.delivery).complete(listing, now):
            return True
        there = sum(is_photograph(item.key) for item in listing)
        self.log.info(
            "nothing complete below %s yet (%d photographs there, %d objects)",
            self.images,
            there,
            len(listing),
        )
        return False

    def _pause(self, wait: Wait, now: datetime, left: timedelta) -> None:
        """Sleep here, or in the triggerer, where it costs no worker."""
        shortest = timedelta(seconds=float(self.poke_interval))
        if wait.ends:
            pause = max(shortest, wait.ends - now)
        else:
            pause = max(shortest, min((now - wait.began) / 10, LONGEST_PAUSE))
        if not self.deferrable:
            time.sleep(pause.total_seconds())
            return
        from airflow.providers.standard.triggers.temporal import TimeDeltaTrigger

        pause = max(pause, SHORTEST_DEFERRAL)
        self.defer(
            trigger=TimeDeltaTrigger(pause),
            method_name="resume",
            kwargs=wait.to_kwargs(),
            # Where the trigger is lost, Airflow ends the wait; the pause itself is in time.
            timeout=max(left, pause) + LONGEST_PAUSE,
        )


def is_manual(context: Context | Mapping[str, Any]) -> bool:
    """Whether a person triggered the run: by the form, the API or the command line."""
    # An enum of strings: it equals its value, but str() gives "DagRunType.MANUAL".
    return bool(context["dag_run"].run_type == "manual")
