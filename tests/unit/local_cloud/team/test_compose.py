"""docker-compose.yaml: nothing secret in it, nothing open to the world, nothing unwatched."""

import os
import re
import subprocess
import sys

import pytest
import yaml

from local_cloud.stack import APPLICATION, JOB_ROLE
from local_cloud.team import dotenv, prepare
from tests.places import REPOSITORY

TEXT = (REPOSITORY / "docker-compose.yaml").read_text()
COMPOSE = yaml.safe_load(TEXT)
SERVICES = COMPOSE["services"]
ONE_SHOT = {"prepare", "deliver"}  # they end: nothing restarts them, nothing asks how they are
SECRET = re.compile(r"PASSWORD$|SECRET|KEY|CONN")
RUNS_STEPS = {"emr", "spark-worker"}  # drivers and executors: other people's code
GIB = 1 << 30


def variables(text):
    """The variables of a text, and whether it insists on them or has a default."""
    return dict(re.findall(r"\$\{(\w+)(:[?-])?", text))


def environment(service):
    """What a service is told."""
    return service.get("environment", {})


def volumes(name):
    """What is mounted where in a service."""
    return SERVICES[name].get("volumes", [])


def image_of(service):
    """A service's image, as it is where nobody chooses another."""
    return re.sub(r"\$\{\w+:-(.+)\}", r"\1", service["image"])


@pytest.mark.parametrize("name", SERVICES)
def test_every_secret_comes_from_the_environment(name):
    for variable, value in SERVICES[name].get("environment", {}).items():
        if SECRET.search(variable) and not str(value).startswith("/srv/"):
            assert variables(value), f"{variable} of {name} is written into the file"
            fixed = re.sub(r"\$\{[^}]+\}", "", value)
            assert not re.search(r"[A-Za-z0-9_-]{16,}(?![\w.:/@\"])", fixed), (
                f"{variable} of {name}"
            )


def test_what_the_file_insists_on_is_what_make_writes():
    asked = {name for name, how in re.findall(r"\$\{(\w+)(:\?)", TEXT) if how}
    assert asked == {*dotenv.made(), "PUBLIC_URL"}
    defaults = {name for name, how in variables(TEXT).items() if how == ":-"}
    assert not defaults & asked


def test_whatever_the_file_has_a_default_for_can_be_chosen_and_is_kept():
    defaults = {name for name, how in variables(TEXT).items() if how == ":-"}
    assert defaults | {"PUBLIC_URL"} == set(dotenv.CHOICES)


@pytest.mark.parametrize("name", SERVICES)
def test_a_published_port_is_open_to_this_host_only(name):
    for port in SERVICES[name].get("ports", []):
        assert port.startswith("127.0.0.1:"), f"{name} publishes {port}"
    assert "network_mode" not in SERVICES[name]


def test_who_can_run_code_by_it_is_not_published():
    assert {name for name, service in SERVICES.items() if service.get("ports")} == {
        "api-server",
        "s3",
        "serve",
    }


def test_airflow_knows_the_serverless_application_of_the_endpoint():
    settings = SERVICES["scheduler"]["environment"]
    assert settings["AIRFLOW_VAR_VERGER_APPLICATION"] == APPLICATION
    assert settings["AIRFLOW_VAR_VERGER_JOB_ROLE"] == JOB_ROLE
    assert f"--application={APPLICATION}" in SERVICES["emr"]["command"]


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_watched_and_restarted_or_ends_by_itself(name):
    service = SERVICES[name]
    if name in ONE_SHOT:
        assert service["restart"] == "no"
        assert "healthcheck" not in service
    else:
        assert service["restart"] == "unless-stopped"
        assert service["healthcheck"]["test"][0] == "CMD"


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_limited_in_memory_and_privileges(name):
    service = SERVICES[name]
    assert service["mem_limit"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["cap_drop"] == ["ALL"]
    assert "privileged" not in service


def test_no_container_runs_as_root():
    dockerfile = (REPOSITORY / "Dockerfile").read_text()
    assert re.findall(r"^USER (\S+)$", dockerfile, re.MULTILINE)[-1] == "verger"
    for name, service in SERVICES.items():
        assert service.get("user") == (None if service["image"] == "verger:local" else "postgres")
        assert service["read_only"] or name in RUNS_STEPS, f"{name} can change its own program"


def test_the_limits_together_leave_a_gigabyte_of_sixteen_to_the_host():
    units = {"m": 1 << 20, "g": GIB}
    limits = {
        name: float(service["mem_limit"][:-1]) * units[service["mem_limit"][-1]]
        for name, service in SERVICES.items()
        if name != "prepare"  # it has ended before the others start
    }
    limits["spark-worker"] *= int(re.sub(r"\D", "", SERVICES["spark-worker"]["scale"]))
    assert sum(limits.values()) <= 15 * GIB


def test_health_is_asked_of_work_not_of_ports():
    for name in SERVICES.keys() - ONE_SHOT - {"postgres"}:
        words = SERVICES[name]["healthcheck"]["test"]
        how = words[words.index("-m") + 1 :]
        assert how[0] in ("local_cloud.team.health", "local_cloud.team.tidy"), name
        assert "port" not in how, name


def test_a_database_is_well_once_it_listens_not_while_it_prepares_itself():
    assert "--host=127.0.0.1" in SERVICES["postgres"]["healthcheck"]["test"]


def test_a_master_that_crashed_finds_what_it_knew_on_a_volume_of_its_own():
    holders = [name for name in SERVICES if f"master:{prepare.RECOVERY}" in volumes(name)]
    assert holders == ["spark-master"]


def test_steps_see_spark_and_s3_and_nothing_of_airflow():
    for name in RUNS_STEPS | {"spark-master"}:
        assert "airflow" not in SERVICES[name]["networks"]
        assert not [word for word in SERVICES[name]["environment"] if word.startswith("AIRFLOW")]
    assert SERVICES["postgres"]["networks"] == ["airflow"]
    assert set(SERVICES["spark-worker"]["networks"]) == {"spark"}


def test_sparks_secret_is_written_by_one_and_read_by_spark_alone():
    told = {name for name, service in SERVICES.items() if "SPARK_SECRET" in environment(service)}
    assert told == {"prepare"}
    readers = {name for name in SERVICES if "spark:/srv/spark:ro" in volumes(name)}
    writers = {name for name in SERVICES if "spark:/srv/spark" in volumes(name)}
    assert readers == {"spark-master"} | RUNS_STEPS
    assert writers == {"prepare"}


def test_delivering_waits_for_nothing_and_starts_nothing():
    assert "depends_on" not in SERVICES["deliver"]
    assert SERVICES["deliver"]["profiles"] == ["deliver"]


def test_everything_that_the_image_copies_reaches_the_builder():
    dockerfile = (REPOSITORY / "Dockerfile").read_text()
    lines = [line.split()[1:-1] for line in dockerfile.splitlines() if line.startswith("COPY ")]
    copied = {source.split("/")[0] for sources in lines for source in sources}
    allowed = (REPOSITORY / ".dockerignore").read_text().split()
    assert copied == {line[1:] for line in allowed if line.startswith("!")}


@pytest.mark.parametrize("name", SERVICES)
def test_images_are_ours_or_pinned_to_a_release(name):
    image = image_of(SERVICES[name])
    assert image == "verger:local" or re.search(r":\d+\.\d+", image), image


def test_the_base_image_is_pinned_to_the_same_release_in_both_files():
    dockerfile = (REPOSITORY / "Dockerfile").read_text()
    (base,) = re.findall(r"^ARG BASE_IMAGE=(\S+)$", dockerfile, re.MULTILINE)
    assert SERVICES["s3"]["build"]["args"]["BASE_IMAGE"] == f"${{BASE_IMAGE:-{base}}}"
    assert re.search(r":\d+\.\d+\.\d+", base)


def test_the_images_uv_is_the_makefiles():
    (ours,) = re.findall(r"^UV_VERSION := (\S+)$", (REPOSITORY / "Makefile").read_text(), re.M)
    assert f"ARG UV_VERSION={ours}\n" in (REPOSITORY / "Dockerfile").read_text()


def test_every_volume_that_is_used_is_named():
    used = {
        volume.partition(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
    }
    assert used == set(COMPOSE["volumes"])


def test_a_wait_for_health_waits_for_something_that_is_watched():
    for service in SERVICES.values():
        for needed, how in service.get("depends_on", {}).items():
            if how["condition"] != "service_started":
                ends = how["condition"] == "service_completed_successfully"
                assert ends == (needed in ONE_SHOT)


def test_no_two_hosts_have_a_secret_in_common():
    assert not set(dotenv.made().values()) & set(dotenv.made().values())


def test_git_and_docker_leave_the_secrets_alone():
    ignored = subprocess.run(
        ["git", "check-ignore", "--quiet", "--no-index", ".env"], cwd=REPOSITORY, check=False
    )
    assert ignored.returncode == 0
    allowed = (REPOSITORY / ".dockerignore").read_text().splitlines()
    assert "*" in allowed
    assert "!.env" not in allowed


def test_a_host_needs_no_package_for_what_make_runs_on_it():
    for module in ("dotenv", "welcome", "bring"):
        code = f"import local_cloud.team.{module}"
        done = subprocess.run(
            [sys.executable, "-S", "-c", code],  # without site-packages
            cwd=REPOSITORY,
            env={**os.environ, "PYTHONPATH": "spark_jobs"},  # as make calls them
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
