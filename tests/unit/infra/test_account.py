"""The CloudFormation template: accepted, private, and in step with Airflow's variables."""

import json

import pytest
from cfnlint import api, decode

from tests.unit.infra.conftest import REGION, TEMPLATE, airflow_policy, client, created
from verger.catalogue import store as catalogue_store
from verger.operations import vacuum
from verger_emr.cluster import RELEASE_LABEL
from verger_runs.deployment import Deployment
from verger_runs.rates import MEASURED
from verger_runs.request import MOST_NODES
from verger_runs.serverless_cost import WORKER_CORES, WORKER_GB

RESOURCES = decode.decode(str(TEMPLATE))[0]["Resources"]
BUCKETS = ("Landing", "Lake", "Code", "Logs")


def test_cloudformations_own_linter_has_nothing_against_it():
    assert api.lint(TEMPLATE.read_text(), regions=[REGION]) == []


def allowing(statements, action):
    """The one statement that allows an action."""
    (found,) = [s for s in statements if action in [*_listed(s["Action"])]]
    return found


def _listed(value):
    return value if isinstance(value, list) else [value]


def test_its_outputs_fill_airflows_variables(account):
    outputs = created()
    deployment = Deployment.read(lambda name: outputs.get(name.replace("_", "")))
    assert deployment.landing.startswith("s3://verger-landing-")
    assert deployment.subnet.startswith("subnet-")
    assert deployment.security_configuration == "verger"
    assert (deployment.service_role, deployment.instance_profile) == ("verger-emr", "verger-node")
    assert deployment.job_role.endswith(":role/verger-job")
    deployment.require_serverless()


def test_the_application_is_the_release_of_the_clusters_and_holds_the_largest_request():
    application = RESOURCES["Application"]["Properties"]
    assert application["ReleaseLabel"] == RELEASE_LABEL
    machines = MOST_NODES + 1  # and the driver
    most = {name: int(of.split()[0]) for name, of in application["MaximumCapacity"].items()}
    assert most == {
        "Cpu": machines * WORKER_CORES,
        "Memory": machines * WORKER_GB,
        "Disk": machines * 20,
    }


@pytest.mark.parametrize("name", BUCKETS)
def test_no_bucket_is_public_and_none_is_deleted_with_the_stack(name):
    bucket = RESOURCES[name]
    assert set(bucket["Properties"]["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["Properties"]["BucketEncryption"]
    assert bucket["DeletionPolicy"] == "Retain"


def test_nodes_get_no_public_address_and_no_way_to_the_internet():
    assert RESOURCES["PrivateSubnet"]["Properties"]["MapPublicIpOnLaunch"] is False
    kinds = {resource["Type"] for resource in RESOURCES.values()}
    assert not kinds & {"AWS::EC2::InternetGateway", "AWS::EC2::NatGateway"}


def test_nodes_use_imdsv2_and_encrypted_disks():
    settings = RESOURCES["Security"]["Properties"]["SecurityConfiguration"]
    metadata = settings["InstanceMetadataServiceConfiguration"]
    assert metadata["MinimumInstanceMetadataServiceVersion"] == 2
    at_rest = settings["EncryptionConfiguration"]["AtRestEncryptionConfiguration"]
    condition, disks, _ = at_rest["LocalDiskEncryptionConfiguration"]["Fn::If"]
    assert disks["EnableEbsEncryption"] is True
    assert decode.decode(str(TEMPLATE))[0]["Parameters"]["EncryptDisks"]["Default"] == "yes"
    # Without a way to KMS such nodes would wait for their disks' keys.
    assert RESOURCES["KmsEndpoint"]["Condition"] == condition == "HasDiskKey"


@pytest.mark.parametrize("name", BUCKETS)
def test_halves_of_uploads_that_nobody_finished_are_removed(name):
    rules = RESOURCES[name]["Properties"]["LifecycleConfiguration"]["Rules"]
    assert any("AbortIncompleteMultipartUpload" in rule for rule in rules)


@pytest.mark.parametrize(
    "parameters", [{}, {"EncryptDisks": "no"}, {"AvailabilityZone": "eu-west-3a"}]
)
def test_the_stack_comes_to_be_with_each_parameter(account, parameters):
    outputs = created(**parameters)
    subnet = client("ec2").describe_subnets(SubnetIds=[outputs["vergersubnet"]])["Subnets"][0]
    zone = parameters.get("AvailabilityZone", subnet["AvailabilityZone"])
    assert subnet["AvailabilityZone"] == zone
    endpoints = client("ec2").describe_vpc_endpoints()["VpcEndpoints"]
    services = {endpoint["ServiceName"].rpartition(".")[2] for endpoint in endpoints}
    assert services == ({"s3"} if "EncryptDisks" in parameters else {"s3", "kms"})


def test_queue_and_topic_are_there_where_wanted_alone(account):
    outputs = created()
    assert not {"vergerqueue", "vergernotify"} & set(outputs)
    assert client("sqs").list_queues().get("QueueUrls", []) == []
    assert client("sns").list_topics()["Topics"] == []
    actions = json.dumps(airflow_policy(outputs))
    assert "sqs:" not in actions
    assert "sns:" not in actions


def test_the_landing_bucket_and_nobody_else_tells_the_queue(account):
    outputs = created(Events="yes")
    bucket = outputs["vergerlanding"].removeprefix("s3://")
    queue = client("sqs").get_queue_attributes(
        QueueUrl=outputs["vergerqueue"], AttributeNames=["All"]
    )["Attributes"]
    # moto makes neither notifications nor queue policies: what the template says must do.
    condition, wanted, _ = RESOURCES["Landing"]["Properties"]["NotificationConfiguration"]["Fn::If"]
    assert condition == "HasEvents"
    told = {one["Event"]: one["Queue"] for one in wanted["QueueConfigurations"]}
    arn = {"Fn::GetAtt": ["EventQueue", "Arn"]}
    assert told == {"s3:ObjectCreated:*": arn, "s3:ObjectRemoved:*": arn}

    policy = RESOURCES["EventQueuePolicy"]["Properties"]["PolicyDocument"]
    (statement,) = policy["Statement"]
    assert statement["Principal"] == {"Service": "s3.amazonaws.com"}
    assert statement["Action"] == "sqs:SendMessage"
    source = statement["Condition"]["ArnEquals"]["aws:SourceArn"]["Fn::Sub"]
    names = {"${AWS::Partition}": "aws", "${Name}": "verger", "${AWS::AccountId}": "123456789012"}
    for name, value in names.items():
        source = source.replace(name, value)
    assert source == f"arn:aws:s3:::{bucket}"
    assert queue["SqsManagedSseEnabled"] == "true"


def test_the_queues_policy_exists_before_the_bucket_names_the_queue():
    assert "EventQueuePolicy" in json.dumps(RESOURCES["Landing"]["Properties"]["Tags"])
    assert "Landing.Arn" not in json.dumps(RESOURCES["EventQueuePolicy"])  # no circle


def test_airflow_may_empty_its_queue_and_tell_its_topic_and_no_other(account):
    outputs = created(Events="yes", News="yes")
    statements = airflow_policy(outputs)
    topic = outputs["vergernotify"]
    reading = allowing(statements, "sqs:ReceiveMessage")
    assert allowing(statements, "sqs:DeleteMessage") == reading
    assert reading["Resource"] == topic.replace(":sns:", ":sqs:").replace("-news", "-landing")
    assert allowing(statements, "sns:Publish")["Resource"] == topic
    assert "sqs:SendMessage" not in json.dumps(statements)


def test_airflow_deletes_checkpoints_and_writes_records_but_nothing_else(account):
    outputs = created()
    statements = airflow_policy(outputs)
    lake = outputs["vergerlake"].replace("s3://", "arn:aws:s3:::")
    deleting = allowing(statements, "s3:DeleteObject")
    assert sorted(deleting["Resource"]) == sorted(f"{lake}/{kind}/*" for kind in vacuum.KINDS)
    writing = allowing(statements, "s3:PutObject")
    folders = [f"{lake}/{folder}/*" for folder in ("runs", catalogue_store.FOLDER, "models")]
    assert sorted(writing["Resource"]) == sorted([*folders, f"{lake}/{MEASURED}"])
