"""An endpoint that is killed and comes back goes on with the jobs of its application."""

from pathlib import Path

from tests.emr_endpoint import APPLICATION, emr_server, eventually
from tests.unit.local_cloud.emr.test_resume import FINE, SLEEPS_ONCE
from tests.unit.local_cloud.emr_serverless.test_jobs import await_over, job, start


def test_a_job_that_ran_runs_again_and_one_that_was_over_stays_so(tmp_path: Path) -> None:
    with emr_server(tmp_path, "--resume") as server:
        done = start(server, server.upload("fine.py", FINE), name="a", tags={"lake": "s3://l"})
        await_over(server, done)
        before = job(server, done)
        ran = start(server, server.upload("once.py", SLEEPS_ONCE))
        eventually((server.work / APPLICATION / ran / "started").exists, "the job")
        server.process.kill()
        server.process.wait(60)

    with emr_server(tmp_path, "--resume") as server:
        assert await_over(server, ran)[1]["state"] == "SUCCESS"
        after = job(server, done)
        for name in ("state", "name", "tags", "createdAt", "startedAt", "endedAt", "jobDriver"):
            assert after[name] == before[name]
