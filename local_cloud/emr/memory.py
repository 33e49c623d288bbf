"""Clusters that outlive this server: each is a document in its folder, written when it changes."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from local_cloud.emr.places import Place
from local_cloud.private import write_private

log = logging.getLogger(__name__)

NAME = "cluster.json"


class Memory:
    """The clusters below the folder of steps' files: WORK/<cluster>/cluster.json."""

    def __init__(self, work: Path, keep_days: float) -> None:
        self._work = work
        self._keep = timedelta(days=keep_days)
        self._written: dict[str, str] = {}

    def keep(self, clusters: Iterable[Place]) -> None:
        """Write those that have changed since they were last written."""
        for cluster in clusters:
            text = json.dumps(cluster.record(), default=dict)  # moto's mappings are no dicts
            if self._written.get(cluster.id) != text:
                folder = self._work / cluster.id
                folder.mkdir(parents=True, exist_ok=True)
                write_private(folder / NAME, text)
                self._written[cluster.id] = text

    def recall(self) -> list[dict[str, Any]]:
        """What was written, oldest cluster first; one that cannot be read is left where it is."""
        records = []
        for path in self._work.glob(f"*/{NAME}"):
            try:
                records.append(json.loads(path.read_text()))
            except ValueError as error:
                log.warning("%s is unreadable, its cluster is forgotten: %s", path, error)
        return sorted(records, key=lambda record: str(record["created"]))

    def forget(self, known: Iterable[Any]) -> list[str]:
        """Remove the folders of clusters that ended long ago; returns their ids."""
        before = datetime.now(UTC).replace(tzinfo=None) - self._keep
        ended = ((cluster.id, cluster.end_datetime) for cluster in known if cluster.over)
        old = [cluster_id for cluster_id, end in ended if end is not None and end < before]
        for cluster_id in old:
            shutil.rmtree(self._work / cluster_id, ignore_errors=True)
            self._written.pop(cluster_id, None)
        return old
