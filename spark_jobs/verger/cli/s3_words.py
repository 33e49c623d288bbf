"""S3 went wrong: which address, what it said and what to do, out of the words of three clients."""

from __future__ import annotations

import re

# What passes by itself: S3's own troubles, and what else no change of ours would mend.
_AGAIN = "it may pass, so do the same again; what is finished is not done again"
_PASSING = {"NoSuchUpload", "RequestTimeout", "SlowDown", "InternalError", "Throttling"}

_ENDPOINT = re.compile(r'endpoint URL: "([^"?]+)[^"]*"\.?')
_OF_OBJECT_STORE = re.compile(
    r"performing \w+ (?P<address>[^\s?]+)\S* .*?- (?:Server returned non-2xx status code: )?"
    r"(?:(?P<status>\d{3}) (?P<said>[^\n:]*)|(?P<other>[^\n]*))"
)
# S3A: an operation "on" a key or an address, then the error of AWS's SDK with the status.
_OF_SDK = re.compile(
    r"(?:on (?P<address>\S+): )?software\.amazon\.[\w.]*?(?P<error>\w+)Exception: "
    r"(?P<said>[^\n]*?) \(Service: S3, Status Code: (?P<status>\d{3})"
)


def of_botocore(error: BaseException) -> str | None:
    """The line about an error of boto3; None if it says nothing of an address."""
    answer = getattr(error, "response", None) or {}
    told = answer.get("Error", {})
    if "Address" in told:
        status = answer["ResponseMetadata"]["HTTPStatusCode"]
        return _line(told["Address"], _joined(told["Code"], told["Message"]), status)
    if _ENDPOINT.search(str(error)):
        return f"{_ENDPOINT.sub(lambda found: found[1], str(error))}: {_AGAIN}"
    return None


def of_object_store(text: str) -> str | None:
    """The same about an error of the client in Rust."""
    found = _OF_OBJECT_STORE.search(text)
    if not found:
        return None
    code, message = (re.search(rf"<{name}>([^<]+)<", text) for name in ("Code", "Message"))
    said = (
        _joined(code[1], message[1] if message else "") if code else found["said"] or found["other"]
    )
    return _line(found["address"], said, int(found["status"] or 0))


def of_spark(text: str) -> str | None:
    """The same about an error of S3A, in the JVM's words."""
    every = list(_OF_SDK.finditer(text))
    if not every:
        return None
    found = next((one for one in every if one["address"]), every[0])
    code = "" if found["error"] == "S3" else found["error"]
    return _line(found["address"] or "", _joined(code, found["said"]), int(found["status"]))


def _line(address: str, said: str, status: int = 0) -> str:
    place = f" at {address}" if address else ""
    told = f"{status} {said}" if status else said
    passes = status >= 500 or not status or said.partition(":")[0] in _PASSING
    return f"S3 failed{place} ({told[:300]}){f': {_AGAIN}' if passes else ''}"


def _joined(code: str, message: str) -> str:
    return code if message in ("", code) else f"{code}: {message}".removeprefix(": ")
