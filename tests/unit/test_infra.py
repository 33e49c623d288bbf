"""The CloudFormation template: accepted, private, and in step with Airflow's variables."""

import json
from pathlib import Path

import boto3
import pytest
from cfnlint import api, decode
from moto import mock_aws

from verger_emr.deployment import Deployment

TEMPLATE = Path(__file__).parents[2] / "infra" / "verger.yaml"
RESOURCES = decode.decode(str(TEMPLATE))[0]["Resources"]
BUCKETS = ("Landing", "Lake", "Code", "Logs")


def test_cloudformations_own_linter_has_nothing_against_it():
    assert api.lint(TEMPLATE.read_text(), regions=["eu-west-1"]) == []


def test_its_outputs_fill_airflows_variables(monkeypatch):
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        formation = boto3.client("cloudformation", region_name="eu-west-1")
        formation.create_stack(
            StackName="verger",
            TemplateBody=TEMPLATE.read_text(),
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
        (stack,) = formation.describe_stacks(StackName="verger")["Stacks"]
    outputs = {item["OutputKey"]: item["OutputValue"] for item in stack["Outputs"]}
    deployment = Deployment.read(lambda name: outputs.get(name.replace("_", "")))
    assert deployment.landing.startswith("s3://verger-landing-")
    assert deployment.subnet.startswith("subnet-")
    assert deployment.security_configuration == "verger"
    assert (deployment.service_role, deployment.instance_profile) == ("verger-emr", "verger-node")


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
    assert at_rest["LocalDiskEncryptionConfiguration"]["EnableEbsEncryption"] is True


def test_nodes_cannot_write_where_photographs_and_code_come_from():
    (policy,) = RESOURCES["NodeRole"]["Properties"]["Policies"]
    writing = [s for s in policy["PolicyDocument"]["Statement"] if "s3:PutObject" in s["Action"]]
    assert len(writing) == 1
    written = json.dumps(writing[0]["Resource"])
    assert "Lake" in written
    assert "Landing" not in written
    assert "Code" not in written
