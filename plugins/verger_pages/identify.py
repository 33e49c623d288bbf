"""Identify: a photograph is asked about at the service, and its answer is a part of a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from verger.errors import VergerError
from verger_pages.photographs import PHOTO
from verger_pages.templating import render

MOST_BYTES = 20 << 20
SECONDS = 30.0
SERVICE = "http://127.0.0.1:8000"  # where `make serve` answers


class RefusedError(VergerError):
    """The service gave no answer; the message says what to do."""


@dataclass(frozen=True)
class ServiceAddress:
    """Where the service is, and the key that it asks for elsewhere than on its own machine."""

    address: str
    key: str

    @classmethod
    def from_airflow(cls) -> ServiceAddress:
        """What AIRFLOW__VERGER__SERVICE and AIRFLOW__VERGER__SERVICE_KEY say."""
        from airflow.configuration import conf

        address = conf.get("verger", "service", fallback=SERVICE).strip().rstrip("/")
        return cls(address, conf.get("verger", "service_key", fallback="").strip())

    def ask(self, photograph: bytes) -> dict[str, Any]:
        """What the service answers about a photograph's file.

        Raises RefusedError, with what to do, if there is no answer.
        """
        import httpx

        headers = {"Content-Type": "application/octet-stream"}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        try:
            told = httpx.post(
                f"{self.address}/v1/identify", content=photograph, headers=headers, timeout=SECONDS
            )
            answer: dict[str, Any] = told.json()
        except (httpx.HTTPError, ValueError) as error:
            raise RefusedError(
                f"no service answers at {self.address} ({type(error).__name__}): start it with "
                "`make serve`, or set AIRFLOW__VERGER__SERVICE to where it is"
            ) from error
        if told.status_code == 401:
            raise RefusedError(
                f"the service at {self.address} asks for a key: make one with `verger serve "
                "--keys FILE --new-key NAME`, and set AIRFLOW__VERGER__SERVICE_KEY to it"
            )
        if told.status_code != 200:
            raise RefusedError(str(answer.get("detail", f"the service answers {told.status_code}")))
        return answer


def page() -> str:
    """The page as HTML."""
    return render("identify.html", here="identify")


def answered(told: dict[str, Any]) -> str:
    """An answer as a part of a page, as HTML."""
    explained = told.get("explanation") or {}
    boxes = [box for word in explained.get("words", ()) for box in word["boxes"]]
    similar = [one for one in told.get("similar_images", ()) if PHOTO.fullmatch(one["photo"])]
    return render("identified.html", told=told, boxes=boxes, similar=similar, why=explained)


def refused(error: VergerError) -> str:
    """Why there is no answer, as a part of a page, as HTML."""
    return render("not_identified.html", message=str(error))
