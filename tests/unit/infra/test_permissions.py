"""Who may do what: the policies of the template against requests, allowed and refused."""

import pytest

from tests.policies import is_allowed
from tests.unit.infra.conftest import REGION, airflow_policy, created, role_policy
from verger_emr import cluster

ACCOUNT = "123456789012"
CLUSTERS = f"arn:aws:elasticmapreduce:{REGION}:{ACCOUNT}:cluster"
NEW, ONE = f"{CLUSTERS}/*", f"{CLUSTERS}/j-1"
OURS = {f"elasticmapreduce:ResourceTag/{cluster.PROJECT}": cluster.PROJECT_NAME}
THEIRS = {f"elasticmapreduce:ResourceTag/{cluster.PROJECT}": "other"}
TAGGING = {f"elasticmapreduce:RequestTag/{cluster.PROJECT}": cluster.PROJECT_NAME}
ROLES = f"arn:aws:iam::{ACCOUNT}:role"
LINKED = f"{ROLES}/aws-service-role"


@pytest.fixture
def airflow(account):
    """Asks whether Airflow's role may do something."""
    statements = airflow_policy(created())
    return lambda *request: is_allowed(statements, *request)


@pytest.fixture(params=["verger-node", "verger-job"])
def node(account, request):
    """Asks whether a node, or a serverless job, may do something."""
    created()
    statements = role_policy(request.param, "buckets")
    return lambda *request: is_allowed(statements, *request)


@pytest.mark.parametrize(
    "action", ["AddJobFlowSteps", "CancelSteps", "TerminateJobFlows", "PutAutoTerminationPolicy"]
)
def test_airflow_rules_the_projects_clusters_alone(airflow, action):
    assert airflow(f"elasticmapreduce:{action}", ONE, OURS)
    assert not airflow(f"elasticmapreduce:{action}", ONE, THEIRS)
    assert not airflow(f"elasticmapreduce:{action}", ONE)


def test_airflow_creates_clusters_of_the_project_alone(airflow):
    for action, resource in (("RunJobFlow", "*"), ("AddTags", NEW)):
        assert airflow(f"elasticmapreduce:{action}", resource, TAGGING)
        assert not airflow(f"elasticmapreduce:{action}", resource)
    assert airflow("elasticmapreduce:PutAutoTerminationPolicy", NEW)


def test_airflow_cannot_make_a_cluster_of_others_its_own_by_a_tag(airflow):
    assert not airflow("elasticmapreduce:AddTags", ONE, {**TAGGING, **THEIRS})
    assert not airflow("elasticmapreduce:AddTags", ONE, TAGGING)
    assert not airflow("elasticmapreduce:RemoveTags", ONE, OURS)


@pytest.mark.parametrize(
    ("action", "below"),
    [
        ("StartJobRun", ""),
        ("ListJobRuns", ""),
        ("GetApplication", ""),
        ("GetJobRun", "/jobruns/1"),
        ("CancelJobRun", "/jobruns/1"),
        ("TagResource", "/jobruns/1"),
    ],
)
def test_airflow_runs_jobs_of_the_projects_application_alone(account, action, below):
    outputs = created()
    statements = airflow_policy(outputs)
    applications = f"arn:aws:emr-serverless:{REGION}:{ACCOUNT}:/applications"
    ours = f"{applications}/{outputs['vergerapplication']}{below}"
    assert is_allowed(statements, f"emr-serverless:{action}", ours)
    theirs = f"{applications}/00theirs{below}"
    assert not is_allowed(statements, f"emr-serverless:{action}", theirs)


@pytest.mark.parametrize(
    ("role", "service"),
    [
        ("verger-emr", "elasticmapreduce.amazonaws.com"),
        ("verger-node", "ec2.amazonaws.com"),
        ("verger-job", "emr-serverless.amazonaws.com"),
    ],
)
def test_roles_are_passed_to_the_service_that_they_are_for(airflow, role, service):
    passed = "iam:PassedToService"
    assert airflow("iam:PassRole", f"{ROLES}/{role}", {passed: service})
    assert not airflow("iam:PassRole", f"{ROLES}/{role}", {passed: "lambda.amazonaws.com"})
    assert not airflow("iam:PassRole", f"{ROLES}/{role}")
    assert not airflow("iam:PassRole", f"{ROLES}/admin", {passed: service})


@pytest.mark.parametrize("who", ["airflow", "emr"])
def test_an_accounts_first_cluster_may_make_the_roles_it_needs_and_no_other(account, who):
    outputs = created()
    statements = (
        airflow_policy(outputs)
        if who == "airflow"
        else role_policy("verger-emr", "give-nodes-their-role")
    )

    def may(service, role):
        resource = f"{LINKED}/{service}/{role}"
        context = {"iam:AWSServiceName": service}
        return is_allowed(statements, "iam:CreateServiceLinkedRole", resource, context)

    assert may("elasticmapreduce.amazonaws.com", "AWSServiceRoleForEMRCleanup")
    assert may("spot.amazonaws.com", "AWSServiceRoleForEC2Spot")
    assert not may("rds.amazonaws.com", "AWSServiceRoleForRDS")


def test_a_node_reads_photographs_and_code_and_changes_neither(node):
    for bucket in ("landing", "code"):
        thing = f"arn:aws:s3:::verger-{bucket}-{ACCOUNT}/a/b"
        assert node("s3:GetObject", thing)
        assert not node("s3:PutObject", thing)
        assert not node("s3:DeleteObject", thing)


def test_a_node_works_in_the_lake_and_only_adds_to_the_logs(node):
    lake, log = (f"arn:aws:s3:::verger-{name}-{ACCOUNT}/a" for name in ("lake", "logs"))
    for action in ("GetObject", "PutObject", "DeleteObject", "AbortMultipartUpload"):
        assert node(f"s3:{action}", lake)
    assert node("s3:PutObject", log)
    assert not node("s3:DeleteObject", log)
    assert not node("s3:GetObject", f"arn:aws:s3:::of-others-{ACCOUNT}/a")
