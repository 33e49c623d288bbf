"""Steps are code: who may talk to the local EMR endpoint, and who is turned away."""

import http.client
import json
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from local_cloud.emr.signature import RefusedError, Request, signed_service
from local_cloud.s3 import Keys
from tests.emr_endpoint import ACCESS, SECRET, EmrServer, emr_server

KEYS = Keys(ACCESS, SECRET)
TARGET = "ElasticMapReduce.ListClusters"


def signed(keys=KEYS, service="elasticmapreduce", host="127.0.0.1:1", body=b"{}", path="/"):
    """A request as botocore sends it."""
    headers = {"host": host, "x-amz-target": TARGET, "content-type": "application/x-amz-json-1.1"}
    request = AWSRequest("POST", f"http://{host}{path}", headers, body)
    SigV4Auth(Credentials(keys.access, keys.secret), service, "us-east-1").add_auth(request)
    lower = {name.lower(): value for name, value in request.headers.items()}
    return Request("POST", request.url, lower, body)


def changed(request, **changes):
    return Request(**{**vars(request), **changes})


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with emr_server(tmp_path_factory.mktemp("emr"), "--allowed-host", "emr") as running:
        yield running


def ask(server: EmrServer, request: Request) -> tuple[int, str]:
    """Send a request as it is, whatever its headers say."""
    connection = http.client.HTTPConnection("127.0.0.1", int(server.url.rpartition(":")[2]))
    path = request.url.partition("//")[2].partition("/")[2]
    connection.request(request.method, f"/{path}", request.body, request.headers)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def test_who_has_the_keys_is_served(server):
    assert ask(server, signed())[0] == 200


def test_a_request_without_a_signature_is_refused(server):
    bare = {"host": "127.0.0.1", "x-amz-target": TARGET}
    status, said = ask(server, Request("POST", "http://127.0.0.1/", bare, b"{}"))
    assert (status, json.loads(said)["__type"]) == (403, "MissingAuthenticationToken")


@pytest.mark.parametrize("keys", [Keys(ACCESS, "guessed"), Keys("other", SECRET)])
def test_who_guesses_the_keys_runs_nothing(server, keys):
    stranger = boto3.client(
        "emr",
        endpoint_url=server.url,
        region_name="us-east-1",
        aws_access_key_id=keys.access,
        aws_secret_access_key=keys.secret,
    )
    with pytest.raises(ClientError) as refusal:
        stranger.run_job_flow(Name="theirs", Instances={"KeepJobFlowAliveWhenNoSteps": True})
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert not server.emr.list_clusters()["Clusters"]


@pytest.mark.parametrize(
    ("service", "call"), [("sns", "list_topics"), ("emr-serverless", "list_applications")]
)
def test_a_stranger_is_refused_in_the_language_of_each_service(server, service, call):
    stranger = boto3.client(
        service,
        endpoint_url=server.url,
        region_name="us-east-1",
        aws_access_key_id=ACCESS,
        aws_secret_access_key="guessed",
    )
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        getattr(stranger, call)()


@pytest.mark.parametrize("path", ["/moto-api/", "/moto-api/data.json", "/moto-api/reset"])
def test_motos_own_api_is_switched_off(server, path):
    bare = Request("POST", f"http://127.0.0.1{path}", {"host": "127.0.0.1"}, b"")
    assert ask(server, bare)[0] == 403
    assert ask(server, signed(path=path))[0] == 404


@pytest.mark.parametrize("service", ["s3", "iam", "ec2", "ssm"])
def test_services_that_nobody_uses_are_not_served(server, service):
    status, said = ask(server, signed(service=service))
    assert (status, "is not served here" in said) == (403, True)


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", ""])
def test_a_name_that_was_made_to_lead_here_is_refused_even_with_the_keys(server, host):
    status, said = ask(server, signed(host=host))
    assert (status, "This endpoint has no name" in said) == (403, True)


@pytest.mark.parametrize(
    "host", ["127.0.0.1:1", "localhost:1", "localhost", "emr:18081", "[::1]:1"]
)
def test_its_own_names_are_taken_and_those_that_containers_use(server, host):
    assert ask(server, signed(host=host))[0] == 200


def test_what_a_web_page_sends_is_refused_even_with_the_keys(server):
    request = signed()
    headers = {**request.headers, "origin": "http://evil.example"}
    status, said = ask(server, changed(request, headers=headers))
    assert (status, "not for web pages" in said) == (403, True)


def test_a_body_without_end_is_refused(server):
    request = changed(signed(), headers={**signed().headers, "content-length": str(1 << 40)})
    assert ask(server, request)[0] == 403


def test_what_botocore_signs_is_taken_for_the_service_it_names():
    assert signed_service(signed(service="sqs"), KEYS, datetime.now(UTC)) == "sqs"


@pytest.mark.parametrize("minutes", [-20, 20])
def test_a_request_that_was_kept_for_later_is_refused(minutes):
    with pytest.raises(RefusedError, match="Signed at"):
        signed_service(signed(), KEYS, datetime.now(UTC) + timedelta(minutes=minutes))


@given(
    st.binary(max_size=200), st.text(st.characters(codec="ascii", categories=["L", "N"])), st.data()
)
def test_no_part_of_a_request_can_be_changed(body, path, data):
    request = signed(body=body, path=f"/{path}")
    assert signed_service(request, KEYS, datetime.now(UTC)) == "elasticmapreduce"
    name = data.draw(st.sampled_from(["x-amz-target", "x-amz-date", "host", "content-type"]))
    other = data.draw(
        st.sampled_from(
            [
                changed(request, body=request.body + b" "),
                changed(request, method="GET"),
                changed(request, url=f"{request.url}x"),
                changed(request, headers={**request.headers, name: request.headers[name] + "0"}),
                changed(request, headers={**request.headers, "x-amz-added": "later"}),
                changed(request, headers={**request.headers, "x-amz-content-sha256": "0" * 64}),
            ]
        )
    )
    with pytest.raises(RefusedError):
        signed_service(other, KEYS, datetime.now(UTC))
