"""The lake of this Airflow, for the tasks that keep it in order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from airflow.providers.amazon.aws.hooks.s3 import S3Hook

from verger.lake.store import Lake
from verger.objects.addresses import open_storage
from verger_runs.deployment import Deployment
from verger_runs.refusals import without_retry


@contextmanager
def open_lake() -> Iterator[Lake]:
    """The lake of this Airflow; what is refused inside the block fails the task without a retry."""
    with without_retry():
        yield Lake(open_storage(Deployment.from_airflow().lake, S3Hook().get_conn()))
