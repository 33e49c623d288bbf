"""Executing one step: fetch its files, run spark-submit, keep its logs, say how it ended."""

from __future__ import annotations

import logging
import os
import shlex
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import replace

from moto.core.utils import utcnow

from local_cloud import leash
from local_cloud.emr import archives
from local_cloud.emr.command import UnusableStepError, local_command, parse_step
from local_cloud.emr.killed import obituary, out_of_memory_kills
from local_cloud.emr.logs import StepLogs
from local_cloud.emr.outcome import Failure, Outcome, StepRequest
from local_cloud.emr.processes import Leashed, node_environment
from local_cloud.emr.s3 import Downloads
from local_cloud.emr.secrecy import redacted
from local_cloud.emr.settings import Settings
from local_cloud.emr.watch import ExecutorWatch
from local_cloud.spark_defaults import defaults_file

log = logging.getLogger(__name__)

IN_VAIN = "Spark's master lost sight of the step's application, nobody worked for it any more."


class StepRun:
    """One execution of a step. `execute` blocks; `interrupt`, `kill` and `end` are for others.

    `archive` uploads the whole logs, late: when everybody has heard of the step's end, as on EMR.
    """

    def __init__(self, request: StepRequest, settings: Settings) -> None:
        folder = settings.work / request.cluster_id / request.step_id
        self._request = request
        self._settings = settings
        self._folder = folder
        self._logs = StepLogs(folder, request.logs, request.log_names)
        self._process = Leashed()
        self._timed_out = False
        self._in_vain = False

    def execute(self) -> Outcome:
        """Run the step to its end; never raises."""
        try:
            self._make_room()
            outcome = replace(self._execute(), ended=utcnow())
            self._logs.note(f"step {outcome.state}")
        except Exception as error:
            log.exception("step %s could not be executed", self._request.step_id)
            return Outcome("FAILED", self._failure("Local EMR error", repr(error), "controller"))
        return outcome

    @property
    def launched(self) -> bool:
        """Whether it has what it needs, and its program runs."""
        return self._process.runs

    def archive(self) -> None:
        """Upload the logs of the step that has ended."""
        self._logs.upload()

    def interrupt(self) -> None:
        """SIGTERM to the step's processes: Spark runs its shutdown hooks."""
        self._process.stop(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL to the step."""
        self._process.stop(signal.SIGKILL)

    def end(self) -> None:
        """SIGTERM, and SIGKILL after leash.GRACE_SECONDS if that did not help."""
        self.interrupt()
        killer = threading.Timer(leash.GRACE_SECONDS, self.kill)
        killer.daemon = True
        killer.start()

    def _make_room(self) -> None:
        """An empty place for the step's inputs; of an interrupted run only the logs stay."""
        self._folder.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self._folder / "inputs", ignore_errors=True)

    def _execute(self) -> Outcome:
        request = self._request
        log.info("step %s of cluster %s starts", request.step_id, request.cluster_id)
        if request.unfitting:
            self._logs.note(request.unfitting)
            return Outcome("FAILED", self._failure("Unknown Error.", request.unfitting, "stderr"))
        try:
            command = local_command(
                parse_step(request.jar, request.args),
                self._settings.spark_submit,
                self._settings.master,
                defaults_file(os.environ),
                Downloads(self._folder / "inputs").fetch,
                request.settings,
            )
            for archive in request.archives:
                disk = self._settings.work / request.cluster_id / "disk"
                archives.link(archive, disk, self._folder)
        except UnusableStepError as error:
            log.warning("step %s cannot run: %s", request.step_id, redacted(str(error)))
            self._logs.note(str(error))
            return Outcome("FAILED", self._failure("Unusable step", str(error), "controller"))
        self._logs.note(shlex.join(command))
        kills = out_of_memory_kills()
        exit_code = self._run(command)
        log.info("step %s ended with exit code %s", request.step_id, exit_code)
        return self._outcome(exit_code, kills)

    def _run(self, command: Sequence[str]) -> int | None:
        """Exit code of the command, run again once if it waited in vain; None if it was stopped
        before it began.
        """
        exit_code = self._run_once(command)
        if self._in_vain:
            self._in_vain = False
            self._logs.note(f"{IN_VAIN} It runs again.")
            exit_code = self._run_once(command)
        return exit_code

    def _run_once(self, command: Sequence[str]) -> int | None:
        environment = node_environment(self._request.environment, defaults_file(os.environ)) | {
            "EMR_CLUSTER_ID": self._request.cluster_id,
            "EMR_STEP_ID": self._request.step_id,
        }
        if not self._process.start(command, self._folder, environment):
            return None
        try:
            exit_code = self._wait()
        finally:
            self._process.sweep()
        self._logs.note(f"exit code {exit_code}")
        return exit_code

    def _wait(self) -> int:
        """Wait for the end, uploading the logs now and then and minding the time limit."""
        deadline = time.monotonic() + self._settings.step_timeout
        page = self._settings.master_page
        watch = ExecutorWatch(page, self._folder / "stderr") if page else None
        while True:
            remaining = deadline - time.monotonic()
            if remaining <= 0 and not self._timed_out:
                self._timed_out = True
                self._logs.note(self._limit())
                self.end()
            period = self._settings.log_period
            patience = period if self._timed_out else min(period, remaining)
            try:
                return self._process.wait(patience)
            except subprocess.TimeoutExpired:
                self._logs.upload()
                if watch and watch.waits_in_vain(time.monotonic()):
                    self._in_vain = True
                    self._process.signal(signal.SIGKILL)

    def _outcome(self, exit_code: int | None, kills: int | None) -> Outcome:
        if self._timed_out:
            return Outcome("FAILED", self._failure("Step timeout", self._limit(), "stderr"))
        if exit_code == 0:
            return Outcome("COMPLETED")
        if self._process.stopped:
            return Outcome("CANCELLED")
        if self._in_vain:
            return Outcome("FAILED", self._failure("Spark master", IN_VAIN, "stderr"))
        if exit_code and (killed := obituary(exit_code, kills)):
            self._logs.note(killed)
            self._logs.add(killed)
            return Outcome("FAILED", self._failure("Unknown Error.", killed, "stderr"))
        message = self._logs.error_tail() or f"spark-submit ended with exit code {exit_code}."
        return Outcome("FAILED", self._failure("Unknown Error.", message, self._logs.telling()))

    def _limit(self) -> str:
        return (
            f"The step ran longer than the limit of {self._settings.step_timeout:g} seconds "
            "and was ended: give it less to do or raise --step-timeout of the local EMR."
        )

    def _failure(self, reason: str, message: str, log_name: str) -> Failure:
        return Failure(reason, redacted(message), self._logs.location(log_name))
