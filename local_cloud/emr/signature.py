"""Requests to the local AWS endpoint are signed, or refused: AWS Signature Version 4.

The signature is computed anew by botocore's own signer and compared.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from botocore.auth import SIGV4_TIMESTAMP, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local_cloud.s3 import Keys

TOLERANCE = timedelta(minutes=15)  # between the clocks of client and server, as on AWS
_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<access>[^/,\s]+)/(?P<day>\d{8})/(?P<region>[^/,\s]+)"
    r"/(?P<service>[^/,\s]+)/aws4_request,\s*SignedHeaders=(?P<headers>[a-z0-9;-]+)"
    r",\s*Signature=(?P<signature>[0-9a-f]{64})"
)


class RefusedError(Exception):
    """A request that is not let in: AWS's code for it, and a sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Request:
    """What a signature is made of; header names are in lower case, the body is whole."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes


def signed_service(request: Request, keys: Keys, now: datetime) -> str:
    """The service that a request was signed for with these keys, `elasticmapreduce` for instance.

    Raises RefusedError if it is not signed, or by others, or long ago, or was changed on its way.
    """
    claim = _AUTHORIZATION.fullmatch(request.headers.get("authorization", ""))
    if claim is None:
        raise RefusedError("MissingAuthenticationToken", "The request is not signed (SigV4).")
    if not hmac.compare_digest(claim["access"].encode(), keys.access.encode()):
        raise RefusedError("UnrecognizedClientException", "The access key is not of this endpoint.")
    signed = claim["headers"].split(";")
    _require_signed(request, signed)
    _require_fresh(request, claim["day"], now)
    _require_its_body(request)
    if not hmac.compare_digest(claim["signature"], _signature(request, keys, claim, signed)):
        raise RefusedError(
            "SignatureDoesNotMatch", "The signature is not that of the endpoint's keys."
        )
    return claim["service"]


def _require_signed(request: Request, signed: list[str]) -> None:
    """What a request says in its headers counts only if the signature covers it."""
    says = {name for name in request.headers if name == "host" or name.startswith("x-amz-")}
    if missing := ({"host", "x-amz-date"} | says) - set(signed):
        raise RefusedError("SignatureDoesNotMatch", f"Not signed: {', '.join(sorted(missing))}.")


def _require_fresh(request: Request, day: str, now: datetime) -> None:
    stamp = request.headers.get("x-amz-date", "")
    try:
        moment = datetime.strptime(stamp, SIGV4_TIMESTAMP).replace(tzinfo=UTC)
    except ValueError:
        raise RefusedError("SignatureDoesNotMatch", "x-amz-date is no date.") from None
    if abs(now - moment) > TOLERANCE or not stamp.startswith(day):
        raise RefusedError(
            "RequestExpired", f"Signed at {stamp}, it is {now:{SIGV4_TIMESTAMP}} now."
        )


def _require_its_body(request: Request) -> None:
    """The signer takes the body's hash from this header, where there is one."""
    found = hashlib.sha256(request.body).hexdigest()
    if request.headers.get("x-amz-content-sha256", found) != found:
        raise RefusedError("SignatureDoesNotMatch", "The body is not the one that was signed.")


def _signature(request: Request, keys: Keys, claim: re.Match[str], signed: list[str]) -> str:
    headers = {name: request.headers.get(name, "") for name in signed}
    asked = AWSRequest(request.method, request.url, headers, request.body)
    asked.context["timestamp"] = request.headers["x-amz-date"]
    signer = SigV4Auth(Credentials(keys.access, keys.secret), claim["service"], claim["region"])
    canonical = signer.canonical_request(asked)
    return str(signer.signature(signer.string_to_sign(asked, canonical), asked))
