"""verger serve: the service that answers photographs, and its API keys."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from verger.errors import SettingsError

# A key that is the service's own: a secret of the host, where files of keys are too much.
KEY_VARIABLE = "VERGER_API_KEY"


def add_serve_flags(command: argparse.ArgumentParser) -> None:
    """The flags of the service."""
    command.add_argument("--host", default="127.0.0.1", help="where to listen")
    command.add_argument("--port", type=int, default=8000, help="where to listen")
    command.add_argument("--workers", type=int, help="processes that answer; default: one a core")
    command.add_argument(
        "--keys",
        type=Path,
        help=f"file of API keys; off loopback it or a key in {KEY_VARIABLE} is needed",
    )
    command.add_argument(
        "--new-key", metavar="NAME", help="add a key of that name to the file, show it, and end"
    )
    command.add_argument(
        "--max-megabytes", type=float, default=20, help="of one request: photographs together"
    )
    command.add_argument(
        "--max-megapixels", type=float, default=50, help="of one photograph, once decoded"
    )
    command.add_argument(
        "--body-seconds", type=float, default=20, help="in which a request has to arrive"
    )
    command.add_argument(
        "--answer-seconds", type=float, default=10, help="after which a photograph is given up"
    )
    command.add_argument(
        "--feedback",
        metavar="LANDING",
        help="landing bucket whose feedback/ keeps what users allow: a folder or s3://bucket",
    )
    command.add_argument(
        "--attribution", default="", help="whose the photographs are that the model learnt from"
    )


def serve(options: argparse.Namespace) -> int:
    """Listen until told to stop, or add a key; returns the exit status."""
    if options.new_key:
        return _add_key(options.keys, options.new_key)
    from verger.serving.server import serve as listen
    from verger.serving.settings import MEGABYTE, MEGAPIXEL, Limits, Patience, ServiceSettings

    workers = {"workers": options.workers} if options.workers is not None else {}
    listen(
        ServiceSettings(
            lake=options.lake,
            preset=options.preset,
            host=options.host,
            port=options.port,
            keys=options.keys,
            secret=os.environ.get(KEY_VARIABLE, ""),
            feedback=options.feedback,
            attribution=options.attribution,
            limits=Limits(
                int(options.max_megabytes * MEGABYTE), int(options.max_megapixels * MEGAPIXEL)
            ),
            patience=Patience(options.body_seconds, options.answer_seconds),
            **workers,
        )
    )
    return 0


def _add_key(path: Path | None, name: str) -> int:
    from verger.serving.keys import add_key

    if path is None:
        raise SettingsError("--new-key: name the file of keys with --keys FILE")
    print(add_key(path, name))  # noqa: T201  the product: shown once, kept nowhere
    return 0
