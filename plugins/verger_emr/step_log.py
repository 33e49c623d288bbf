"""What an EMR step said, as EMR archives it on S3.

In client mode spark-submit passes on everything that the Python driver prints, errors too, as its
own standard output; Spark's words are its standard error. A failure needs both.
"""

from __future__ import annotations

import gzip
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow.providers.amazon.aws.hooks.emr import EmrHook
    from airflow.providers.amazon.aws.hooks.s3 import S3Hook

# EMR archives a step's logs every five minutes, so a fresh failure may have none yet.
ARCHIVED_AFTER_SECONDS = 6 * 60
SAID = ("stderr", "stdout")


@dataclass(frozen=True)
class StepLog:
    """The folder of a step's logs: None where the cluster keeps none."""

    s3: S3Hook
    bucket: str
    folder: str | None

    @classmethod
    def of(cls, emr: EmrHook, cluster_id: str, step_id: str) -> StepLog:
        """The log of a step, below its cluster's LogUri."""
        from airflow.providers.amazon.aws.hooks.s3 import S3Hook

        s3 = S3Hook(aws_conn_id=emr.aws_conn_id)
        client: Any = emr.conn
        log_uri = client.describe_cluster(ClusterId=cluster_id)["Cluster"].get("LogUri")
        if not log_uri:
            return cls(s3, "", None)
        return cls(s3, *log_folder(log_uri, cluster_id, step_id))

    def wait(self, poll_seconds: int) -> str:
        """The end of stderr, then the end of what the driver said; what does not come is empty."""
        deadline = time.monotonic() + ARCHIVED_AFTER_SECONDS
        said = [self._wait_for(f"{name}.gz", deadline, poll_seconds) for name in SAID]
        return "\n".join(tail(text) for text in said if text)

    def _wait_for(self, name: str, deadline: float, poll_seconds: int) -> str:
        if self.folder is None:
            return ""
        key = f"{self.folder}/{name}"
        while not self.s3.check_for_key(key, self.bucket):
            if time.monotonic() > deadline:
                return ""
            time.sleep(poll_seconds)
        content = self.s3.get_key(key, self.bucket).get()["Body"].read()
        return gzip.decompress(content).decode(errors="replace")


def log_folder(log_uri: str, cluster_id: str, step_id: str) -> tuple[str, str]:
    """Bucket and folder of a step's logs; EMR names the scheme s3 or s3n."""
    bucket, _, prefix = log_uri.partition("://")[2].partition("/")
    parts = (prefix.strip("/"), cluster_id, "steps", step_id)
    return bucket, "/".join(part for part in parts if part)


def tail(text: str, lines: int = 30) -> str:
    """The last lines of a text."""
    return "\n".join(text.rstrip().splitlines()[-lines:])
