"""What an EMR step said, as EMR archives it on S3.

In client mode spark-submit passes on everything that the Python driver prints, errors too, as its
own standard output; Spark's words are its standard error. A failure needs both.
"""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from airflow.providers.amazon.aws.hooks.emr import EmrHook

# EMR archives a step's logs every five minutes, while it runs and once more when it has ended.
ARCHIVED_AFTER = timedelta(minutes=6)
NAMES = ("stderr", "stdout")


@dataclass(frozen=True)
class Part:
    """One log as it is archived by now; not complete while EMR may still add to it."""

    text: str = ""
    complete: bool = False


@dataclass(frozen=True)
class StepLog:
    """The logs of a step; ``folder`` is None where its cluster keeps none."""

    s3: Any
    bucket: str
    folder: str | None

    @classmethod
    def of(cls, emr: EmrHook, cluster_id: str, step_id: str) -> StepLog:
        """The logs of a step, below its cluster's LogUri."""
        from airflow.providers.amazon.aws.hooks.s3 import S3Hook

        s3 = S3Hook(aws_conn_id=emr.aws_conn_id).get_conn()
        client: Any = emr.conn
        log_uri = client.describe_cluster(ClusterId=cluster_id)["Cluster"].get("LogUri")
        if not log_uri:
            return cls(s3, "", None)
        return cls(s3, *log_folder(log_uri, cluster_id, step_id))

    def read(
        self, status: Mapping[str, Any], poll_seconds: float, tells: Callable[[str], Any]
    ) -> str:
        """The end of stderr, then the end of stdout, of a step that has ended with that status.

        A failed step's logs are waited for until they are complete, or what has come ``tells`` why,
        or EMR should have been done long ago. Nobody waits for those of a cancelled step.
        """
        if self.folder is None:
            return ""
        ended = status["Timeline"].get("EndDateTime") or datetime.now(UTC)
        while True:
            parts = [self._part(f"{self.folder}/{name}.gz", ended) for name in NAMES]
            said = "\n".join(tail(part.text) for part in parts if part.text)
            late = datetime.now(UTC) > ended + ARCHIVED_AFTER
            done = late or all(part.complete for part in parts) or bool(tells(said))
            if done or status["State"] != "FAILED":
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


def log_folder(log_uri: str, cluster_id: str, step_id: str) -> tuple[str, str]:
    """Bucket and folder of a step's logs; EMR names the scheme s3 or s3n."""
    bucket, _, prefix = log_uri.partition("://")[2].partition("/")
    parts = (prefix.strip("/"), cluster_id, "steps", step_id)
    return bucket, "/".join(part for part in parts if part)


def tail(text: str, lines: int = 30) -> str:
    """The last lines of a text."""
    return "\n".join(text.rstrip().splitlines()[-lines:])
