"""A serverless job on the local endpoint: its states, its files and logs, and how it can end."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.environment import archive
from tests.emr_endpoint import APPLICATION, BUCKET, FAIL, SLEEP, EmrServer, eventually
from verger_emr.jobs import ENVIRONMENT, KERNELS, PYTHON

ROLE = "arn:aws:iam::123456789012:role/job"
WITNESS = "import json, sys; print(json.dumps(sys.argv[1:]))"
OVER = ("SUCCESS", "FAILED", "CANCELLED")


def start(server: EmrServer, script: str, *arguments: str, **options: Any) -> str:
    """The id of a new job that runs a script."""
    monitoring = {"s3MonitoringConfiguration": {"logUri": f"s3://{BUCKET}/logs/"}}
    spark = {"entryPoint": script, "entryPointArguments": list(arguments)}
    request = {
        "applicationId": APPLICATION,
        "executionRoleArn": ROLE,
        "jobDriver": {"sparkSubmit": spark},
        "configurationOverrides": {"monitoringConfiguration": monitoring},
        **options,
    }
    return str(server.client("emr-serverless").start_job_run(**request)["jobRunId"])


def job(server: EmrServer, job_id: str) -> dict[str, Any]:
    emr = server.client("emr-serverless")
    return dict(emr.get_job_run(applicationId=APPLICATION, jobRunId=job_id)["jobRun"])


def await_over(server: EmrServer, job_id: str) -> tuple[list[str], dict[str, Any]]:
    """The states that were seen on the way to the last one, and what the job is then."""
    seen: list[str] = []

    def over() -> bool:
        seen.append(job(server, job_id)["state"])
        return seen[-1] in OVER

    eventually(over, f"the end of job {job_id}")
    return list(dict.fromkeys(seen)), job(server, job_id)


def said(server: EmrServer, job_id: str, name: str) -> str:
    """A log of the job's driver, once it is in S3."""
    key = f"logs/applications/{APPLICATION}/jobs/{job_id}/SPARK_DRIVER/{name}.gz"
    s3 = server.client("s3")

    def uploaded() -> bool:
        found = s3.list_objects_v2(Bucket=BUCKET, Prefix=key).get("Contents", [])
        return any(one["LastModified"] >= ended for one in found)

    ended = job(server, job_id)["endedAt"].replace(microsecond=0)
    eventually(uploaded, key)
    return gzip.decompress(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()).decode()


def test_a_job_runs_its_script_with_its_arguments_and_keeps_its_logs(server: EmrServer) -> None:
    job_id = start(server, server.upload("witness.py", WITNESS), "--lake", "two words")
    states, ended = await_over(server, job_id)
    assert states[-1] == "SUCCESS", ended
    assert set(states) <= {"SUBMITTED", "PENDING", "SCHEDULED", "RUNNING", "SUCCESS"}
    assert ended["createdAt"] <= ended["startedAt"] <= ended["endedAt"]
    assert json.loads(said(server, job_id, "stdout")) == ["--lake", "two words"]
    assert "ShutdownHookManager" in said(server, job_id, "stderr")


def test_a_job_runs_on_the_python_of_its_archive_with_the_variables_of_its_settings(
    server: EmrServer, tmp_path: Path
) -> None:
    (tmp_path / "fruit").mkdir()
    (tmp_path / "fruit" / "__init__.py").write_text("NAME = 'kumquat'")
    packed = archive(tmp_path)
    server.client("s3").put_object(Bucket=BUCKET, Key="environment.tar.gz", Body=packed)
    place = "spark.emr-serverless.driverEnv"
    told = {
        "spark.archives": f"s3://{BUCKET}/environment.tar.gz#{ENVIRONMENT}",
        "spark.driver.memory": "9g",
        f"{place}.PYSPARK_DRIVER_PYTHON": PYTHON,
        f"{place}.XDG_CACHE_HOME": KERNELS,
    }
    script = "import fruit, os, sys; print(fruit.NAME, sys.prefix, os.environ['XDG_CACHE_HOME'])"
    job_id = start(
        server,
        server.upload("whose.py", script),
        configurationOverrides={
            "applicationConfiguration": [{"classification": "spark-defaults", "properties": told}]
        },
    )
    _, ended = await_over(server, job_id)
    assert ended["state"] == "SUCCESS", ended
    folder = server.work / APPLICATION
    words = (folder / job_id / "stdout").read_text().split()
    assert words == [
        "kumquat",
        str(folder / job_id / "environment"),
        str(folder / "disk" / "tmp" / "verger"),
    ]


def test_a_failed_job_says_why(server: EmrServer) -> None:
    job_id = start(server, server.upload("fail.py", FAIL))
    states, ended = await_over(server, job_id)
    assert states[-1] == "FAILED"
    assert "the orchard is closed: come back in spring" in ended["stateDetails"]
    assert "the orchard is closed" in said(server, job_id, "stdout")


def test_a_running_job_is_cancelled_and_one_that_is_over_is_not(server: EmrServer) -> None:
    emr = server.client("emr-serverless")
    job_id = start(server, server.upload("sleep.py", SLEEP))
    server.await_sleeper(APPLICATION, job_id)
    assert job(server, job_id)["state"] == "RUNNING"
    emr.cancel_job_run(applicationId=APPLICATION, jobRunId=job_id)
    assert job(server, job_id)["state"] in ("CANCELLING", "CANCELLED")
    assert await_over(server, job_id)[1]["state"] == "CANCELLED"
    with pytest.raises(ClientError, match="CANCELLED already"):
        emr.cancel_job_run(applicationId=APPLICATION, jobRunId=job_id)


def test_a_client_token_starts_one_job(server: EmrServer) -> None:
    script = server.upload("witness.py", WITNESS)
    first, again = (start(server, script, clientToken="spring") for _ in range(2))
    assert first == again
    assert start(server, script, clientToken="summer") != first


def test_jobs_are_listed_by_their_states_the_newest_first(server: EmrServer) -> None:
    emr = server.client("emr-serverless")
    script = server.upload("witness.py", WITNESS)
    made = [start(server, script, name="listed") for _ in range(2)]
    for job_id in made:
        await_over(server, job_id)
    listed = emr.list_job_runs(applicationId=APPLICATION, states=["SUCCESS"])["jobRuns"]
    assert [one["id"] for one in listed if one.get("name") == "listed"] == made[::-1]
    running = emr.list_job_runs(applicationId=APPLICATION, states=["RUNNING"])["jobRuns"]
    assert not {one["id"] for one in running} & set(made)


@pytest.mark.parametrize(
    ("call", "arguments"),
    [
        ("get_application", {}),
        ("list_job_runs", {}),
        ("get_job_run", {"jobRunId": "none"}),
        ("cancel_job_run", {"jobRunId": "none"}),
    ],
)
def test_an_unknown_application_is_told_as_emr_tells_it(
    server: EmrServer, call: str, arguments: dict[str, str]
) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(server.client("emr-serverless"), call)(applicationId="00none", **arguments)
    assert refused.value.response["Error"]["Code"] == "ResourceNotFoundException"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"executionRoleArn": "arn:aws:iam::999999999999:role/job"}, "Cross-account"),
        ({"executionTimeoutMinutes": 1}, "at least 5 minutes"),
        ({"jobDriver": {"hive": {"query": "q"}}}, "sparkSubmit is required"),
    ],
)
def test_what_emr_would_refuse_is_refused(
    server: EmrServer, options: dict[str, Any], told: str
) -> None:
    with pytest.raises(ClientError, match=told):
        start(server, "s3://orchard/any.py", **options)


def test_a_release_that_there_is_not_is_refused(server: EmrServer) -> None:
    emr = server.client("emr-serverless")
    made = emr.create_application(name="a", releaseLabel="emr-spark-8.0.0", type="SPARK")
    assert emr.get_application(applicationId=made["applicationId"])["application"]["name"] == "a"
    with pytest.raises(ClientError, match="No release has the label 'latest'"):
        emr.create_application(name="a", releaseLabel="latest", type="SPARK")
