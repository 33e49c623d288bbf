"""What a person has to mend: a task that meets it fails at once, without a retry."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from airflow.sdk.exceptions import AirflowFailException

from verger.errors import VergerError
from verger_runs.deployment import DeploymentError
from verger_runs.estimate import TooDearError
from verger_runs.instances import UnknownInstanceError
from verger_runs.prices import NoPriceError
from verger_runs.request import RequestError

REFUSALS = (
    RequestError,
    DeploymentError,
    VergerError,
    TooDearError,
    NoPriceError,
    UnknownInstanceError,
)


@contextmanager
def without_retry() -> Iterator[None]:
    """Turn a refusal inside the block into AirflowFailException with the same message."""
    try:
        yield
    except REFUSALS as error:
        raise AirflowFailException(str(error)) from error
