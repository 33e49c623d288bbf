"""A Spark standalone cluster on this machine: a master and its workers, processes of their own.

Everything listens on loopback only. Whoever does not know the cluster's secret is turned away,
and Spark's ways in by HTTP are shut: the REST server is off, the pages kill nothing.
https://spark.apache.org/docs/4.0.2/spark-standalone.html
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from local_cloud.java import ensure_java
from local_cloud.process import LOOPBACK, Service, free_port, is_open
from local_cloud.spark_defaults import write_spark_defaults
from verger.machine.python_workers import quick_workers

REGISTERED = "Successfully registered with master"  # a worker's own words


@dataclass(frozen=True)
class StandaloneCluster:
    """How large it is and where its files are.

    work     folder for settings, logs and what executors write
    workers  worker processes, each with one executor of an application
    cores    of each worker: so many tasks at a time
    memory   of each worker, in Spark's notation
    """

    work: Path
    workers: int = 2
    cores: int = 1
    memory: str = "1g"
    port: int = field(default_factory=free_port)
    page_port: int = field(default_factory=free_port)
    secret: str = field(default_factory=lambda: secrets.token_hex(24), repr=False)

    @property
    def master(self) -> str:
        """What spark-submit's --master takes."""
        return f"spark://{LOOPBACK}:{self.port}"

    @property
    def master_page(self) -> str:
        """The master's web page, which is JSON below /json/."""
        return f"http://{LOOPBACK}:{self.page_port}"

    @property
    def conf(self) -> Path:
        """The folder of settings that master, workers and spark-submit share."""
        return self.work / "conf"

    @property
    def recovery(self) -> Path:
        """Where the master notes its workers and applications, for the one that comes after it."""
        return self.work / "recovery"

    def environment(self) -> dict[str, str]:
        """What spark-submit needs to use it; written to disk while the cluster runs."""
        return {
            "JAVA_HOME": str(ensure_java()),
            "SPARK_CONF_DIR": str(self.conf),
            "PYSPARK_PYTHON": sys.executable,  # also how spark-class finds its jars
            "SPARK_LOCAL_IP": LOOPBACK,  # where pages listen, everywhere unless told otherwise
        }

    @contextmanager
    def running(self) -> Iterator[None]:
        """Start the master, then the workers; stop everything at the end.

        Raises LocalCloudError, with the end of its log, if one of them does not get ready.
        """
        self.recovery.mkdir(parents=True, exist_ok=True)
        write_spark_defaults(self.conf, settings(LOOPBACK, self.secret, self.recovery))
        with ExitStack() as started:
            for service in (self.master_service(), *map(self._worker, range(self.workers))):
                service.start()
                started.callback(service.stop)
            yield

    def worker_folder(self, number: int) -> Path:
        """Where a worker keeps what its executors write; also in its command line."""
        return self.work / f"worker-{number}"

    def master_service(self) -> Service:
        """The master alone: `running` starts it, and another one takes up what it left."""
        return Service(
            name="Spark's master",
            command=[
                *(spark_class(), "org.apache.spark.deploy.master.Master"),
                *("--host", LOOPBACK, "--port", str(self.port)),
                *("--webui-port", str(self.page_port)),
            ],
            log=self.work / "master.log",
            ready=lambda: is_open(self.port),
            environment=self._daemons(),
        )

    def _worker(self, number: int) -> Service:
        log = self.work / f"worker-{number}.log"
        return Service(
            name=f"Spark's worker {number}",
            command=[
                *(spark_class(), "org.apache.spark.deploy.worker.Worker"),
                *("--host", LOOPBACK, "--webui-port", "0"),
                *("--cores", str(self.cores), "--memory", self.memory),
                *("--work-dir", str(self.worker_folder(number)), self.master),
            ],
            log=log,
            ready=lambda: REGISTERED in log.read_text(errors="replace"),
            environment=self._daemons(),
        )

    def _daemons(self) -> dict[str, str]:
        # They coordinate; the work is done by executors, which have the workers' memory. Nothing
        # that they run is worth optimising.
        return {
            **self.environment(),
            "SPARK_DAEMON_MEMORY": "256m",
            "SPARK_DAEMON_JAVA_OPTS": "-XX:TieredStopAtLevel=1",
        }


def settings(driver_host: str, secret: str, recovery: Path, bind: str = LOOPBACK) -> dict[str, str]:
    """What master, workers and drivers have in common; executors learn it from them.

    Drivers are found by the name `driver_host` and listen on the address `bind`.
    A master that crashed finds workers and applications again in the folder `recovery`; without
    it, it would drop the applications, whose drivers then wait for ever.
    """
    return {
        **quick_workers(),
        "spark.authenticate": "true",
        "spark.authenticate.secret": secret,
        "spark.master.rest.enabled": "false",
        "spark.ui.enabled": "false",
        "spark.ui.killEnabled": "false",
        "spark.driver.host": driver_host,
        "spark.driver.bindAddress": bind,
        "spark.deploy.recoveryMode": "FILESYSTEM",
        "spark.deploy.recoveryDirectory": str(recovery),
        # What applications leave in the workers' folders is removed when they are a day old.
        "spark.worker.cleanup.enabled": "true",
        "spark.worker.cleanup.appDataTtl": "86400",
    }


def spark_class() -> str:
    """The launcher of this environment's Spark."""
    return str(Path(sys.executable).parent / "spark-class")
