"""What is asked of EMR: pure functions from request and deployment to request bodies."""

from dataclasses import replace

import boto3
import pytest
from botocore.validate import ParamValidator

from tests.plans import planned
from verger.config.settings import SEED
from verger.contract import STAGES, Release
from verger_emr.cluster import NODE_PYTHON, cluster
from verger_emr.steps import steps
from verger_runs.deployment import Deployment, DeploymentError
from verger_runs.request import Request, RequestError

REQUEST = Request("spring", "fruits", 500, 50, core_nodes=3, task_nodes=4)
DEPLOYMENT = Deployment("s3://in", "s3://lake", "s3://code", "s3://logs/emr", subnet="subnet-1")
RELEASE = Release(
    "s3://code/v/verger.zip",
    "s3://code/v/step.py",
    "s3://code/wheels/v",
    "s3://code/v/bootstrap.sh",
    "5.0",
)
REGION = "eu-west-3"
BODY = cluster(REQUEST, DEPLOYMENT, RELEASE, "run-1", REGION)


def valid(operation: str, body: dict) -> str:
    """What boto3 itself has against a request body."""
    model = boto3.client("emr", region_name="eu-west-1").meta.service_model
    shape = model.operation_model(operation).input_shape
    return ParamValidator().validate(body, shape).generate_report()


def test_the_cluster_is_a_valid_request():
    assert valid("RunJobFlow", BODY) == ""


def test_every_step_is_a_valid_request():
    made = steps(planned("run-1"), "s3://lake", RELEASE)
    assert list(made) == list(STAGES)
    assert valid("AddJobFlowSteps", {"JobFlowId": "j-1", "Steps": list(made.values())}) == ""


def test_the_cluster_is_the_release_that_the_code_is_made_for():
    assert BODY["ReleaseLabel"] == "emr-spark-8.0.0"
    assert BODY["Applications"] == [{"Name": "Spark"}]


def test_task_nodes_are_spot_and_the_nodes_with_data_are_not():
    groups = {g["InstanceRole"]: g for g in BODY["Instances"]["InstanceGroups"]}
    assert (groups["CORE"]["InstanceCount"], groups["CORE"]["Market"]) == (3, "ON_DEMAND")
    assert (groups["TASK"]["InstanceCount"], groups["TASK"]["Market"]) == (4, "SPOT")
    assert groups["MASTER"]["InstanceCount"] == 1


def test_without_task_nodes_there_is_no_group_for_them():
    none = Request("", "fruits", 500, 50, core_nodes=1, task_nodes=0)
    body = cluster(none, DEPLOYMENT, RELEASE, "run-1", REGION)
    roles = [g["InstanceRole"] for g in body["Instances"]["InstanceGroups"]]
    assert roles == ["MASTER", "CORE"]


def test_a_forgotten_cluster_ends_by_itself():
    assert BODY["AutoTerminationPolicy"]["IdleTimeout"] == 900
    assert BODY["Instances"]["TerminationProtected"] is False


def test_the_deployment_says_how_long_a_cluster_may_idle_and_live():
    deployment = replace(DEPLOYMENT, idle_seconds=60, cluster_hours=3)
    body = cluster(REQUEST, deployment, RELEASE, "run-1", REGION)
    assert body["AutoTerminationPolicy"]["IdleTimeout"] == 60
    assert {"Key": "max-age-hours", "Value": "3"} in body["Tags"]


def test_the_cluster_is_found_by_its_tags_and_keeps_its_logs():
    tags = {tag["Key"]: tag["Value"] for tag in BODY["Tags"]}
    assert tags == {
        "project": "verger",
        "dag": "fruit_features",
        "run": "run-1",
        "lake": "s3://lake",
        "max-age-hours": "24",
        "for-use-with-amazon-emr-managed-policies": "true",
    }
    assert BODY["LogUri"] == "s3://logs/emr/"


def test_nodes_stay_in_the_private_subnet_under_the_security_configuration():
    deployment = Deployment(
        "s3://in", "s3://l", "s3://c", "s3://g", subnet="subnet-1", security_configuration="safe"
    )
    body = cluster(REQUEST, deployment, RELEASE, "run-1", REGION)
    assert body["Instances"]["Ec2SubnetId"] == "subnet-1"
    assert body["SecurityConfiguration"] == "safe"


def properties(configurations, classification):
    (found,) = [of for of in configurations if of["Classification"] == classification]
    return found["Properties"]


def spark(body):
    return properties(body["Configurations"], "spark-defaults")


def test_nodes_install_the_locked_packages_and_the_code_and_use_them():
    (action,) = BODY["BootstrapActions"]
    script = action["ScriptBootstrapAction"]
    assert script["Path"] == RELEASE.bootstrap
    assert script["Args"] == ["s3://code/wheels/v", "s3://code/v", "900", str(24 * 3600), REGION]
    assert spark(BODY)["spark.pyspark.python"] == NODE_PYTHON
    for step in steps(planned("r"), "s3://lake", RELEASE).values():
        assert "--py-files" not in step["HadoopJarStep"]["Args"]


def test_a_release_without_wheels_needs_no_bootstrap_and_brings_its_package_with_each_step():
    bare = Release(RELEASE.package, RELEASE.script, None, None, "5.0")
    body = cluster(REQUEST, DEPLOYMENT, bare, "run-1", REGION)
    assert body["BootstrapActions"] == []
    assert "spark.pyspark.python" not in spark(body)
    for step in steps(planned("r"), "s3://lake", bare).values():
        words = step["HadoopJarStep"]["Args"]
        assert words[words.index("--py-files") + 1] == bare.package


def test_driver_and_executors_know_their_region():
    (environment,) = [of for of in BODY["Configurations"] if of["Classification"] == "spark-env"]
    driver = properties(environment["Configurations"], "export")
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        assert driver[name] == spark(BODY)[f"spark.executorEnv.{name}"] == REGION
    assert spark(BODY)["spark.hadoop.fs.s3a.endpoint.region"] == REGION


def test_steps_name_run_and_lake_and_read_the_rest_from_the_plan():
    for step in steps(planned("r"), "s3://lake", RELEASE).values():
        words = step["HadoopJarStep"]["Args"]
        assert words[0] == "spark-submit"
        assert words[-4:] == ["--lake", "s3://lake", "--run", "r"]


def test_only_where_the_jvm_computes_it_is_told_to_compile_well():
    option = "spark.driver.extraJavaOptions=-XX:TieredStopAtLevel=4"

    def told(plan):
        made = steps(plan, "s3://lake", RELEASE)
        return [stage for stage in STAGES if option in made[stage]["HadoopJarStep"]["Args"]]

    assert told(planned()) == []
    assert told(replace(planned(), preset=SEED)) == ["build_vocabulary", "reduce_pca"]


def test_the_stages_understand_the_flags_of_their_steps():
    from verger.cli.flags import parser

    for stage, step in steps(planned("r"), "s3://lake", RELEASE).items():
        words = step["HadoopJarStep"]["Args"]
        flags = words[words.index(RELEASE.script) + 1 :]
        options = parser().parse_args(flags)
        assert (options.command, options.lake) == (stage, "s3://lake")


def test_a_steps_name_stands_for_run_stage_and_what_it_has_to_make():
    one, other = (steps(planned("r", k=k), "s3://lake", RELEASE) for k in (8, 9))
    again = steps(planned("r", k=8), "s3://lake", RELEASE)
    assert {s: one[s]["Name"] for s in STAGES} == {s: again[s]["Name"] for s in STAGES}
    assert len({step["Name"] for step in one.values()}) == len(STAGES)
    assert one["extract_descriptors"]["Name"] == other["extract_descriptors"]["Name"]
    assert one["build_vocabulary"]["Name"] != other["build_vocabulary"]["Name"]
    assert all(step["Name"].startswith(f"{stage} r ") for stage, step in one.items())


PARAMS = {
    "prefix": "",
    "categories": [],
    "vocabulary": "reuse",
    "preset": "seed",
    "k": 10,
    "pca_k": 5,
    "core_nodes": 1,
    "task_nodes": 0,
    "task_market": "spot",
    "most_dollars": 0,
    "dry_run": False,
    "backend": "as deployed",
    "workers": 2,
}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"pca_k": 11}, "use 10 components or fewer"),
        ({"k": 100_000}, "use a number from 2 to 4096"),
        ({"prefix": "spring*"}, "leave out"),
        ({"preset": "x"}, "choose fruits or shop or"),
        ({"core_nodes": 51}, "core_nodes 51"),
        ({"vocabulary": "borrow"}, "choose reuse or fit"),
        ({"task_market": "flea"}, "choose spot or on-demand"),
        ({"categories": "Apple"}, "use a list, as"),
        ({"most_dollars": -1}, "use 0"),
        ({"backend": "mainframe"}, "choose as deployed or cluster or serverless"),
        ({"workers": 0}, "workers 0"),
    ],
)
def test_requests_that_cannot_be_are_refused_in_plain_words(change, told):
    with pytest.raises(RequestError, match=told):
        Request.read({**PARAMS, **change})


def test_categories_may_be_new_names_and_are_named_once():
    request = Request.read({**PARAMS, "categories": [" Kumquats", "Açaí 2", "Kumquats", ""]})
    assert request.categories == ("Kumquats", "Açaí 2")


def test_task_nodes_can_be_on_demand():
    request = Request.read({**PARAMS, "task_nodes": 2, "task_market": "on-demand"})
    groups = cluster(request, DEPLOYMENT, RELEASE, "r", REGION)["Instances"]["InstanceGroups"]
    assert [g["Market"] for g in groups if g["InstanceRole"] == "TASK"] == ["ON_DEMAND"]


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("", "s3://in/fruit"),
        (None, "s3://in/fruit"),
        (" /spring/ ", "s3://in/fruit/spring"),
        ("s3://in/fruit/spring/", "s3://in/fruit/spring"),
        (" s3a://in/fruit", "s3://in/fruit"),
    ],
)
def test_a_prefix_may_be_typed_as_people_write_addresses(typed, address):
    request = Request.read({**PARAMS, "prefix": typed})
    assert request.images_below("s3://in/fruit") == address


@pytest.mark.parametrize("typed", ["s3://other/spring", "s3://in/fruits", "https://in/fruit/a"])
def test_an_address_that_is_not_below_the_landing_place_is_refused_at_once(typed):
    request = Request.read({**PARAMS, "prefix": typed})
    with pytest.raises(RequestError, match="photographs are taken from below s3://in/fruit"):
        request.images_below("s3://in/fruit")


def test_a_category_is_the_same_whichever_way_its_accents_are_typed():
    composed, decomposed = "A\u00e7a\u00ed", "Ac\u0327ai\u0301"
    assert Request.read({**PARAMS, "categories": [decomposed]}).categories == (composed,)


@pytest.mark.parametrize("given", [[], None])
def test_no_categories_are_all_of_them(given):
    assert Request.read({**PARAMS, "categories": given}).categories == ()


def test_a_deployment_names_every_variable_that_is_missing():
    with pytest.raises(DeploymentError, match=r"variables verger_lake, verger_logs"):
        Deployment.read({"verger_landing": "s3://a", "verger_code": "s3://b"}.get)


def test_a_deployment_wants_addresses():
    variables = dict.fromkeys(
        [f"verger_{n}" for n in ("landing", "lake", "code", "logs")], "s3://a"
    )
    with pytest.raises(DeploymentError, match="use an address like"):
        Deployment.read({**variables, "verger_lake": "my-bucket"}.get)
    assert Deployment.read({**variables, "verger_lake": "s3://lake/x/"}.get).lake == "s3://lake/x"


def test_numbers_of_a_deployment_are_checked():
    variables = dict.fromkeys(
        [f"verger_{n}" for n in ("landing", "lake", "code", "logs")], "s3://a"
    )
    read = Deployment.read({**variables, "verger_idle_seconds": "60"}.get)
    assert (read.idle_seconds, read.cluster_hours) == (60, 24)
    for wrong in ("0", "59", "soon", "-1", "100000000"):
        with pytest.raises(DeploymentError, match=r"verger_idle_seconds is .*from 60 to"):
            Deployment.read({**variables, "verger_idle_seconds": wrong}.get)
