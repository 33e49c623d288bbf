"""The photographs of a local run: a user's folder, or the sample that the project draws."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from local_cloud import s3
from local_cloud.cache import cache_folder
from local_cloud.errors import LocalCloudError
from local_cloud.stack import LANDING, Stack
from sample import draw_sample
from verger.catalogue.keys import EXTENSIONS, is_photograph

NEEDED_BYTES = 2 << 30


def deliver(images: Path | None, stack: Stack) -> str:
    """Put photographs into the landing bucket; returns the prefix under which they lie.

    Raises LocalCloudError if the folder is not there or holds no photographs, or the lake's disk
    has no room for a run.
    """
    source = images or draw_sample(cache_folder() / "sample")
    if not source.is_dir():
        raise LocalCloudError(f"{source} is no folder: set IMAGES to a folder of photographs")
    if not _any_photograph(source):
        kinds = " ".join(sorted(EXTENSIONS))
        raise LocalCloudError(
            f"no photographs below {source}: it should hold image files ({kinds}), "
            "one folder for each label"
        )
    _require_space(stack.objects)
    prefix = source.resolve().name
    s3.mirror(source, stack.objects / LANDING / prefix)
    return prefix


def _require_space(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if free < NEEDED_BYTES:
        raise LocalCloudError(
            f"{folder} has {free >> 20} MB free, a run needs {NEEDED_BYTES >> 20} MB: "
            "make room, or put the lake elsewhere with LAKE=FOLDER"
        )


def _any_photograph(folder: Path) -> bool:
    walk = os.walk(folder, followlinks=True)
    return any(is_photograph(name) for _, _, names in walk for name in names)
