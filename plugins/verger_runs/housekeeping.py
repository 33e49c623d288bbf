"""The lake of this Airflow, for the tasks that keep it in order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from airflow.sdk import Variable
from airflow.sdk.exceptions import AirflowFailException

from verger.errors import VergerError
from verger.lake.checkpoint import Lake
from verger.objects.addresses import open_storage
from verger_runs.deployment import Deployment, DeploymentError


@contextmanager
def open_lake() -> Iterator[Lake]:
    """The lake of this Airflow. A VergerError inside the block ends the task for good."""
    with refused_for_good():
        address = Deployment.read(lambda name: Variable.get(name, default=None)).lake
        yield Lake(open_storage(address, S3Hook().get_conn()))


@contextmanager
def refused_for_good() -> Iterator[None]:
    """What a person has to mend fails the task in the same words: trying again would not help."""
    try:
        yield
    except (VergerError, DeploymentError) as error:
        raise AirflowFailException(str(error)) from error
