"""The three logs of a step: files in its folder, copied to the cluster's LogUri as EMR does."""

from __future__ import annotations

import gzip
import logging
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from local_cloud.emr.command import S3_SCHEMES
from local_cloud.emr.s3 import S3_ERRORS, s3_client, split_uri
from local_cloud.emr.secrecy import redacted

log = logging.getLogger(__name__)

# In the order of their upload: when the controller's last line is there, the others are whole.
NAMES = ("stdout", "stderr", "controller")
LONGEST_TAIL = 1000
# Java puts the message first: its stack frames and what Spark logs at its end would displace it.
CHATTER = re.compile(
    r"\d\d/\d\d/\d\d \d\d:\d\d:\d\d (INFO|WARN) |WARNING: |\tat |\t\.\.\. \d+ more"
)


@dataclass(frozen=True)
class StepLogs:
    """Logs of one step: in `folder`, and in S3 under `uri` (None: they stay in `folder`)."""

    folder: Path
    uri: str | None
    names: tuple[str, ...] = NAMES

    def note(self, line: str) -> None:
        """Add a dated line to the controller log: what this server did with the step."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with (self.folder / "controller").open("a") as controller:
            controller.write(f"{now} {redacted(line)}\n")

    def add(self, line: str) -> None:
        """Add to the step's stderr what it could not say itself any more."""
        with (self.folder / "stderr").open("a") as stderr:
            stderr.write(f"\n{line}\n")

    def upload(self) -> None:
        """Copy the logs to S3; a step never fails over its logs, so trouble is only a warning."""
        if self.uri is None:
            return
        bucket, prefix = split_uri(self.uri)
        client = s3_client()
        try:
            for name in self.names:
                file = self.folder / name
                if file.exists():
                    body = gzip.compress(file.read_bytes())
                    client.put_object(Bucket=bucket, Key=f"{prefix}/{name}.gz", Body=body)
        except S3_ERRORS as error:
            log.warning("logs stay in %s, not uploaded to %s: %s", self.folder, self.uri, error)

    def telling(self) -> str:
        """The name of the log that tells why a step failed.

        spark-submit passes on a Python application's stdout and stderr both as stdout; without
        a word from the application, Spark's own complaint is in stderr.
        """
        return "stdout" if (self.folder / "stdout").stat().st_size else "stderr"

    def error_tail(self) -> str:
        """The last lines of the telling log without Spark's chatter, LONGEST_TAIL characters."""
        text = (self.folder / self.telling()).read_text(errors="replace")
        lines = [line for line in text.splitlines() if line and not CHATTER.match(line)]
        tail = "\n".join(lines)
        if len(tail) > LONGEST_TAIL:
            tail = tail[-LONGEST_TAIL:].partition("\n")[2]
        return redacted(tail)

    def location(self, name: str) -> str:
        """Where people find the log `name`."""
        return str(self.folder / name) if self.uri is None else f"{self.uri}/{name}.gz"


def step_log_uri(log_uri: str | None, cluster_id: str, step_id: str) -> str | None:
    """Where EMR keeps a step's logs: <LogUri>/<cluster>/steps/<step>; None without a LogUri."""
    if not log_uri:
        return None
    if not log_uri.startswith(S3_SCHEMES):
        log.warning("LogUri %s is not in S3: the logs of %s stay here", log_uri, step_id)
        return None
    return f"{log_uri.rstrip('/')}/{cluster_id}/steps/{step_id}"
