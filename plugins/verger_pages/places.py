"""Where the pages read: the lake of this Airflow, and the photographs that its runs took."""

from __future__ import annotations

import functools
import time
from typing import TYPE_CHECKING

from verger.errors import VergerError
from verger.lake.store import Lake
from verger.objects.addresses import open_storage
from verger.objects.storage import Storage

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LAKE = "verger_lake"
# A client takes longer to make than a page; a connection that was edited counts within a minute.
CLIENT_SECONDS = 60


def lake() -> Lake:
    """The lake. Raises VergerError if this Airflow does not say where it is."""
    from airflow.models import Variable

    address = str(Variable.get(LAKE, default_var="")).strip().rstrip("/")
    if not address:
        raise VergerError(f"set the Airflow variable {LAKE} to the lake's s3:// address")
    return Lake(place(address))


def place(address: str) -> Storage:
    """What lies behind an address of this Airflow."""
    if "://" not in address:
        return open_storage(address)
    return open_storage(address, _client(int(time.monotonic() // CLIENT_SECONDS)))


@functools.lru_cache(maxsize=1)
def _client(minute: int) -> S3Client:  # noqa: ARG001  what tells one client from the next
    from airflow.providers.amazon.aws.hooks.s3 import S3Hook

    client: S3Client = S3Hook().get_conn()
    return client
