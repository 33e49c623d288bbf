"""A collection that grows, and the runs over it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from benchmarks.options import Options
from verger.cli.flags import DRIVER_MEGABYTES
from verger.config.settings import FRUITS
from verger.contract import OPENCV, STAGES
from verger.lake.store import Lake
from verger.objects.addresses import open_storage
from verger.objects.storage import StoredObject
from verger.operations.promotion import publish
from verger.planning.planner import RunRequest, make_plan
from verger.spark.session import LazySession
from verger.stages.pipeline import run_stage


class Orchard:
    """A folder that photographs land in: links to real ones, again and again under new names."""

    def __init__(self, options: Options) -> None:
        self.folder = options.work / "orchard"
        self.photographs = 0
        self._contents = options.paths(options.photographs)
        self._images = options.images

    def grow(self, photographs: int) -> None:
        """Let more photographs land, until there are so many."""
        for i in range(self.photographs, photographs):
            turn, which = divmod(i, len(self._contents))
            path = self._contents[which]
            place = self.folder / path.relative_to(self._images).parent
            place.mkdir(parents=True, exist_ok=True)
            (place / f"{turn}-{path.name}").symlink_to(path.resolve())
        self.photographs = photographs


class Runs:
    """Runs of the whole method on an orchard, in one session."""

    def __init__(self, orchard: Orchard, lake: Path, session: LazySession) -> None:
        self._images = str(orchard.folder)
        self._lake = Lake.at(str(lake))
        self._session = session
        self.segments = 0  # of the last run

    def listing(self) -> list[StoredObject]:
        """All photographs there are."""
        return list(open_storage(self._images).list())

    def run(self, listing: list[StoredObject], reuse: bool, stages: Sequence[str] = STAGES) -> str:
        """Plan, and do what the plan says, or the first stages of it. Returns the run's id."""
        request = RunRequest(uuid.uuid4().hex, self._images, FRUITS, reuse=reuse)
        self.segments = len(make_plan(request, self._lake, listing, version(OPENCV)).segments)
        for stage in stages:
            run_stage(stage, self._lake, request.run_id, self._session.get, DRIVER_MEGABYTES)
        return request.run_id

    def publish(self, run_id: str) -> None:
        """Make a run's models the ones that later runs reuse."""
        publish(self._lake, run_id)
