"""The photographs of a local run: a user's folder, or the sample that the project draws."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from urllib.parse import quote

from local_cloud.errors import LocalCloudError
from local_cloud.mirror import Survey, key_part, mirror, survey
from local_cloud.private import make_private
from local_cloud.stack import LANDING, Stack
from sample import draw_sample
from verger.catalogue.keys import EXTENSIONS, is_photograph
from verger.machine.cache import cache_folder

NEEDED_BYTES = 2 << 30
SHOWN = 10  # of the files that stay behind, by name


@dataclass(frozen=True)
class Delivery:
    """Photographs in the landing bucket: the prefix under which they lie, and what to tell."""

    prefix: str
    told: tuple[str, ...]


def deliver(images: Path | None, stack: Stack) -> Delivery:
    """Put photographs into the landing bucket; says how many, and which stay behind.

    Raises LocalCloudError if the folder is not there or holds no photographs, or the lake's disk
    has no room for a run.
    """
    source = images or draw_sample(cache_folder() / "sample")
    if not source.is_dir():
        raise LocalCloudError(
            f"there is no folder {source}: put photographs there, one folder for each label, "
            "or set IMAGES to the folder where they are"
        )
    found = survey(source)
    if not any(map(is_photograph, found.files)):
        kinds = " ".join(sorted(EXTENSIONS))
        raise LocalCloudError(
            f"no photographs below {source}: it should hold image files ({kinds}), "
            f"one folder for each label{_first_reason(found)}"
        )
    _require_space(stack.objects)
    make_private(stack.objects / LANDING)
    prefix = _prefix_of(source)
    landed = mirror(found, stack.objects / LANDING / prefix)
    return Delivery(prefix, tuple(_told(landed, prefix)))


def _prefix_of(source: Path) -> str:
    """The folder's name; letters that are patterns, which no run takes in a prefix, become %XX."""
    return re.sub(r"[*?\[\]]", lambda found: quote(found[0]), key_part(source.resolve().name))


def _told(landed: Survey, prefix: str) -> Iterator[str]:
    yield f"{len(landed.files):,} files to s3://{LANDING}/{prefix}"
    if renamed := landed.renamed:
        yield f"{len(renamed):,} of them with %XX in their names, for instance {renamed[0]}"
    if landed.left:
        yield f"{len(landed.left):,} stay behind:"
        for name, reason in islice(landed.left.items(), SHOWN):
            yield f"    {name}: {reason}"
    if len(landed.left) > SHOWN:
        yield f"    and {len(landed.left) - SHOWN:,} more"


def _first_reason(found: Survey) -> str:
    return next((f"; {name}: {reason}" for name, reason in found.left.items()), "")


def _require_space(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if free < NEEDED_BYTES:
        raise LocalCloudError(
            f"{folder} has {free >> 20} MB free, a run needs {NEEDED_BYTES >> 20} MB: "
            "make room, or put the lake elsewhere with LAKE=FOLDER"
        )
