"""What went wrong, in one line of words: errors of S3, of the disk and of Spark's JVM."""

from __future__ import annotations

import errno
import re

from verger.cli import s3_words
from verger.errors import VergerError
from verger.objects.s3 import NO_KEYS

_NEW_KEYS = "check the keys, and that they are not expired"
_OF_S3 = {
    "NoSuchBucket": "there is no such bucket: create it, or correct the address",
    "AccessDenied": "S3 denies access: let these keys read the photographs and write the lake",
    "403": "S3 denies access: let these keys read the photographs and write the lake",
    "InvalidAccessKeyId": f"S3 does not know these keys: {_NEW_KEYS}",
    "SignatureDoesNotMatch": f"S3 refuses these keys: {_NEW_KEYS}",
    "ExpiredToken": f"S3 refuses these keys: {_NEW_KEYS}",
    "RequestTimeTooSkewed": "this machine's clock is wrong: set it, S3 bears a quarter of an hour",
    "PermanentRedirect": "the bucket lies in another region: set AWS_DEFAULT_REGION to that",
}
_OF_BOTOCORE = {
    "NoCredentialsError": NO_KEYS,
    "PartialCredentialsError": NO_KEYS,
    "TokenRetrievalError": f"no credentials for S3: {_NEW_KEYS}",
    "ProfileNotFound": "AWS_PROFILE names a profile that is in no credentials file",
    "EndpointConnectionError": "S3 cannot be reached: check the network and AWS_ENDPOINT_URL",
    "ConnectTimeoutError": "S3 cannot be reached: check the network and AWS_ENDPOINT_URL",
}
_DISK_FULL = (
    "the disk is full: free some space, or let temporary files go elsewhere (SPARK_LOCAL_DIRS)"
)
_OF_THE_SYSTEM = {
    errno.ENOSPC: _DISK_FULL,
    errno.EDQUOT: _DISK_FULL,
    errno.EACCES: "may not be used: give yourself the right to, or choose another place",
    errno.EPERM: "may not be used: give yourself the right to, or choose another place",
    errno.EROFS: "cannot be written, its disk is read-only: choose another place",
    errno.ENOTDIR: "is a file where a folder is needed: choose another place",
    errno.EEXIST: "is a file where a folder is needed: choose another place",
}
_OF_SPARK = (
    (r"No space left on device|Disk quota exceeded", _DISK_FULL),
    (
        r"OutOfMemoryError|Java heap space",
        "Spark's memory is full: give it more, as in "
        'PYSPARK_SUBMIT_ARGS="--driver-memory 8g pyspark-shell"',
    ),
    (r"NoSuchBucket|UnknownStoreException", _OF_S3["NoSuchBucket"]),
    (r"InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken", _OF_S3["ExpiredToken"]),
    (r"RequestTimeTooSkewed", _OF_S3["RequestTimeTooSkewed"]),
    (r"AccessDenied|Status Code: 403", _OF_S3["AccessDenied"]),
    (r"failed to map segment|noexec", "the temporary folder allows no programs: set TMPDIR"),
    (r"JAVA_GATEWAY_EXITED|Java gateway process exited", "Java could not start Spark"),
    (
        r"Answer from Java side is empty|Connection refused|Py4JNetworkError|Connection reset",
        "Spark's JVM has ended: it was killed, most often for want of memory",
    ),
)
# Modules whose errors are not ours, and nothing that a traceback through our code explains.
_SPARKS = ("py4j", "pyspark")


def in_words(error: BaseException) -> str | None:
    """One line for people; None for an error that nobody foresaw, which is a fault of ours."""
    if isinstance(error, VergerError):
        return str(error)
    if isinstance(error, ModuleNotFoundError) and not (error.name or "verger").startswith("verger"):
        return (
            f"the package {error.name} is not installed beside verger: this command needs one of "
            "pyproject.toml's groups, `make setup` installs them all"
        )
    module = type(error).__module__.partition(".")[0]
    if module == "botocore":
        return _of_botocore(error)
    if module in _SPARKS:
        return _of_spark(str(error))
    for code in re.findall(r"<Code>(\w+)</Code>", str(error)):  # S3's answer, told by object_store
        if code in _OF_S3:
            return _OF_S3[code]
    if module == "obstore":
        return s3_words.of_object_store(str(error)) or f"S3 failed: {_first_line(str(error))}"
    if isinstance(error, ConnectionError):  # py4j's socket, where the JVM has died
        return _of_spark("Connection refused")
    if isinstance(error, OSError) and error.errno in _OF_THE_SYSTEM:
        place = f"{error.filename} " if error.filename else ""
        words = _OF_THE_SYSTEM[error.errno]
        return words if words is _DISK_FULL else f"{place}{words}"
    return None


def _of_botocore(error: BaseException) -> str:
    if words := _OF_BOTOCORE.get(type(error).__name__):
        return words
    answer = getattr(error, "response", None) or {}
    code = answer.get("Error", {}).get("Code", "")
    bucket = answer.get("Error", {}).get("BucketName", "")
    place = f"bucket {bucket}: " if bucket else ""
    if words := _OF_S3.get(code):
        return f"{place}{words}"
    return s3_words.of_botocore(error) or _first_line(str(error))


def _of_spark(text: str) -> str:
    for pattern, words in _OF_SPARK:
        if re.search(pattern, text):
            return words
    if told := s3_words.of_spark(text):
        return told
    causes = re.findall(r"^\s*Caused by: (.+)$", text, flags=re.MULTILINE)
    # A worker's traceback: its last line is the error.
    raised = re.findall(r"^((?:\w+\.)*\w+(?:Error|Exception): .+)$", text, flags=re.MULTILINE)
    cause = _first_line((raised or causes or [text])[-1])
    if ours := re.fullmatch(r"verger\.\w+\.\w+: (.+)", cause):
        return ours.group(1)
    return f"Spark failed: {cause}"


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0][:400] if text.strip() else "without a word"
