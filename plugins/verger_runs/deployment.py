"""Where this Airflow runs Verger: everything that differs between a laptop and an account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

from verger_runs.backends import BACKENDS, CLUSTER

PREFIX = "verger_"
# These have no sensible default: without them nothing can run.
REQUIRED = ("landing", "lake", "code", "logs")
# Whole numbers and their ranges. EMR takes 60 idle seconds to 7 days.
NUMBERS = {"idle_seconds": (60, 7 * 24 * 3600), "cluster_hours": (1, 24 * 30)}


class DeploymentError(ValueError):
    """An Airflow variable is missing or wrong; the message says which and what to set."""


@dataclass(frozen=True)
class Deployment:
    """One field per Airflow variable, named ``verger_<field>``."""

    landing: str  # s3:// address below which photographs arrive
    lake: str  # s3:// address of checkpoints and run records
    code: str  # s3:// address of published Spark code
    logs: str  # s3:// address of EMR's logs
    subnet: str = ""  # a private subnet: its nodes get no public address
    service_role: str = "EMR_DefaultRole_V2"
    instance_profile: str = "EMR_EC2_DefaultRole"
    security_configuration: str = ""  # encryption at rest and IMDSv2, made by infra/verger.yaml
    primary_type: str = "m7i.xlarge"
    core_type: str = "m7i.2xlarge"
    task_type: str = "m7i.2xlarge"
    backend: str = CLUSTER  # where stages run, unless the form says otherwise
    application: str = ""  # id of the EMR Serverless application
    job_role: str = ""  # ARN of the role that its jobs work with
    delivery: str = "60"  # complete after so many quiet seconds, or by `_READY` (delivery.py)
    idle_seconds: int = 15 * 60  # EMR ends a cluster that has had no work for so long
    cluster_hours: int = 24  # `reap_clusters` ends a cluster that is older, whatever it does

    @classmethod
    def from_airflow(cls) -> Deployment:
        """The deployment that Airflow's variables describe; for running tasks."""
        from airflow.sdk import Variable

        return cls.read(lambda name: Variable.get(name, default=None))

    @classmethod
    def read(cls, variable: Callable[[str], str | None]) -> Deployment:
        """Read from Airflow's variables; `variable` gives a variable's value or None.

        Raises DeploymentError, naming every variable that is missing, no s3:// address or no
        number in its range.
        """
        values = {field.name: variable(PREFIX + field.name) for field in fields(cls)}
        given = {name: value.strip().rstrip("/") for name, value in values.items() if value}
        if missing := [PREFIX + name for name in REQUIRED if not given.get(name)]:
            raise DeploymentError(
                f"set the Airflow variable{'s' * (len(missing) > 1)} {', '.join(missing)} "
                "to s3:// addresses (README, section Settings)"
            )
        for name in REQUIRED:
            if not given[name].startswith("s3://"):
                raise DeploymentError(
                    f"the Airflow variable {PREFIX}{name} is {given[name]!r}: "
                    "use an address like s3://bucket/prefix"
                )
        numbers = {name: _number(name, given[name]) for name in NUMBERS if given.get(name)}
        delivery = given.get("delivery", "0")
        if delivery != "_READY" and not delivery.isdecimal():
            raise DeploymentError(
                f"the Airflow variable {PREFIX}delivery is {delivery!r}: "
                "use a number of seconds, or _READY"
            )
        backend = given.get("backend", CLUSTER)
        if backend not in BACKENDS:
            raise DeploymentError(
                f"the Airflow variable {PREFIX}backend is {backend!r}: use {' or '.join(BACKENDS)}"
            )
        words = {name: value for name, value in given.items() if name not in NUMBERS}
        return cls(**words, **numbers)  # type: ignore[arg-type]

    def require_serverless(self) -> None:
        """Raises DeploymentError where a variable is missing that serverless jobs need."""
        needed = {"application": self.application, "job_role": self.job_role}
        if missing := [PREFIX + name for name, value in needed.items() if not value]:
            raise DeploymentError(
                f"set the Airflow variable{'s' * (len(missing) > 1)} {', '.join(missing)} from the "
                "stack's outputs, or choose the backend cluster"
            )


def _number(name: str, text: str) -> int:
    low, high = NUMBERS[name]
    if not (text.isdecimal() and low <= int(text) <= high):
        raise DeploymentError(
            f"the Airflow variable {PREFIX}{name} is {text!r}: "
            f"use a whole number from {low} to {high}"
        )
    return int(text)
