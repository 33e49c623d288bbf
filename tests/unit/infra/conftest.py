"""The template, deployed to an account of moto's."""

import boto3
import pytest
import yaml
from moto import mock_aws
from moto.core.common_models import CloudFormationModel

from tests.places import REPOSITORY

TEMPLATE = REPOSITORY / "infra" / "verger.yaml"
REGION = "eu-west-3"


class Application(CloudFormationModel):
    """moto's CloudFormation knows no serverless applications: one with an id, and no more."""

    physical_resource_id = "00madebystack"
    id = arn = physical_resource_id

    @staticmethod
    def cloudformation_name_type():
        return ""

    @staticmethod
    def cloudformation_type():
        return "AWS::EMRServerless::Application"

    @classmethod
    def has_cfn_attr(cls, _):
        return False

    @classmethod
    def create_from_cloudformation_json(cls, *_, **__):
        return cls()

    @classmethod
    def update_from_cloudformation_json(cls, *_, **__):
        raise NotImplementedError

    @classmethod
    def delete_from_cloudformation_json(cls, *_, **__):
        raise NotImplementedError

    def is_created(self):
        return True


@pytest.fixture
def account(monkeypatch):
    """An account of moto's."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield


def client(service):
    return boto3.client(service, region_name=REGION)


def created(**parameters):
    """The outputs of the stack with such parameters."""
    formation = client("cloudformation")
    formation.create_stack(
        StackName="verger",
        TemplateBody=TEMPLATE.read_text(),
        Capabilities=["CAPABILITY_NAMED_IAM"],
        Parameters=[
            {"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()
        ],
    )
    (stack,) = formation.describe_stacks(StackName="verger")["Stacks"]
    return {item["OutputKey"]: item["OutputValue"] for item in stack["Outputs"]}


def airflow_policy(outputs):
    """The statements of all policies for Airflow's role, as they were created."""
    iam, statements = client("iam"), []
    kinds = ("", "serverless", "events", "news")
    for name in (f"airflow{kind}policy" for kind in kinds):
        if arn := outputs.get(name):
            version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
            answer = iam.get_policy_version(PolicyArn=arn, VersionId=version)
            statements += answer["PolicyVersion"]["Document"]["Statement"]
    return statements


def role_policy(role, policy):
    """The statements of a policy that is written into a role."""
    answer = client("iam").get_role_policy(RoleName=role, PolicyName=policy)
    document = answer["PolicyDocument"]
    # moto answers with text where CloudFormation has made the role.
    return (yaml.safe_load(document) if isinstance(document, str) else document)["Statement"]
