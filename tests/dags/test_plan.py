"""Plan and estimate: what is decided before any money is spent."""

from dataclasses import asdict, replace

import pytest
from airflow.providers.amazon.aws.hooks.s3 import S3Hook

from tests.plans import planned
from verger.contract import STAGES
from verger.lake.store import Lake
from verger.planning.plan import UnusedSetting
from verger_emr.plan import as_table, region_of
from verger_runs.deployment import Deployment, DeploymentError
from verger_runs.estimate import estimate
from verger_runs.prices import Prices
from verger_runs.request import Request, RequestError

REQUEST = Request("spring", "fruits", 500, 50, core_nodes=2, task_nodes=0)
PRICES = Prices.of("eu-west-3")
DEPLOYMENT = Deployment("s3://in", "s3://lake", "s3://code", "s3://logs")


@pytest.mark.parametrize("ceiling", ["nan", "inf", -1])
def test_a_ceiling_that_is_no_number_of_dollars_is_refused(ceiling):
    params = {**asdict(REQUEST), "most_dollars": ceiling}
    with pytest.raises(RequestError, match=r"most_dollars .*: use 0 .any. or more"):
        Request.read(params)


def test_the_table_in_the_log_tells_labels_stages_and_money(tmp_path):
    expected = estimate(
        planned(), STAGES[3:], REQUEST, DEPLOYMENT, Lake.at(str(tmp_path)), PRICES, 15
    )
    table = as_table(planned(), list(STAGES[3:]), expected)
    assert "Apple                          40" in table
    assert "import_images              reused" in table
    assert f"${expected.dollars:.2f} (prices of {expected.prices_as_of}" in table


def test_the_table_in_the_log_tells_which_settings_are_not_used_and_why(tmp_path):
    expected = estimate(planned(), [], REQUEST, DEPLOYMENT, Lake.at(str(tmp_path)), PRICES, 15)
    plan = replace(planned(), unused=(UnusedSetting("k", "300", "1000"),))
    assert "not used: k = 300, as the published model has 1000" in as_table(plan, [], expected)


def test_a_connection_without_a_region_is_refused_one_with_it_is_believed(monkeypatch, tmp_path):
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", '{"conn_type": "aws"}')
    with pytest.raises(DeploymentError, match="aws_default names no region"):
        region_of(S3Hook())
    named = '{"conn_type": "aws", "extra": {"region_name": "eu-west-3"}}'
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", named)
    assert region_of(S3Hook()) == "eu-west-3"
