"""What a step or a serverless job said, as EMR archives it on S3.

In client mode spark-submit passes on everything that the Python driver prints, errors too, as its
own standard output; Spark's words are its standard error. A failure needs both.
"""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from botocore.config import Config
from botocore.exceptions import ClientError

from verger_emr.backend import FAILED, Status

# EMR archives a step's logs every five minutes, while it runs and once more when it has ended.
ARCHIVED_AFTER = timedelta(minutes=6)
NAMES = ("stderr", "stdout")
# A log is read while it is archived. The local S3 may then answer 500 with a success's headers,
# which boto3 asks for again unless it wraps the body to compare its checksum; gzip has its own.
READING = Config(response_checksum_validation="when_required")


@dataclass(frozen=True)
class Part:
    """One log as it is archived by now; not complete while EMR may still add to it."""

    text: str = ""
    complete: bool = False


@dataclass(frozen=True)
class StepLog:
    """The logs of a step or job; ``folder`` is None where none are kept."""

    s3: Any
    bucket: str
    folder: str | None

    @classmethod
    def at(cls, aws_conn_id: str | None, log_uri: str | None, folder: str) -> StepLog:
        """The logs in a folder below a log URI, if there is one."""
        s3 = S3Hook(aws_conn_id=aws_conn_id, config=READING).get_conn()
        return cls(s3, *below(log_uri, folder)) if log_uri else cls(s3, "", None)

    def read(self, status: Status, poll_seconds: float, tells: Callable[[str], Any]) -> str:
        """The end of stderr, then the end of stdout, of work that has ended with that status.

        A failure's logs are waited for until they are complete, or what has come ``tells`` why,
        or EMR should have been done long ago. Nobody waits for those of cancelled work.
        """
        if self.folder is None:
            return ""
        now = datetime.now(UTC)
        ended = status.ended or now
        # By a clock that nobody sets; and no longer than EMR takes, whatever ours says by now.
        patience = min(ended + ARCHIVED_AFTER - now, ARCHIVED_AFTER)
        deadline = time.monotonic() + patience.total_seconds()
        while True:
            parts = [self._part(f"{self.folder}/{name}.gz", ended) for name in NAMES]
            said = "\n".join(tail(part.text) for part in parts if part.text)
            late = time.monotonic() > deadline
            done = late or all(part.complete for part in parts) or bool(tells(said))
            if done or status.phase != FAILED:
                return said
            time.sleep(poll_seconds)

    def _part(self, key: str, ended: datetime) -> Part:
        try:
            answer = self.s3.get_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                return Part()
            raise
        text = gzip.decompress(answer["Body"].read()).decode(errors="replace")
        # S3 tells whole seconds.
        return Part(text, complete=answer["LastModified"] >= ended.replace(microsecond=0))


def step_folder(cluster_id: str, step_id: str) -> str:
    """Where a step's logs lie, below its cluster's LogUri."""
    return f"{cluster_id}/steps/{step_id}"


def below(log_uri: str, folder: str) -> tuple[str, str]:
    """Bucket and folder of logs below a log URI; EMR names the scheme s3 or s3n."""
    bucket, _, prefix = log_uri.partition("://")[2].partition("/")
    return bucket, "/".join(part for part in (prefix.strip("/"), folder) if part)


def tail(text: str, lines: int = 30) -> str:
    """The last lines of a text."""
    return "\n".join(text.rstrip().splitlines()[-lines:])
