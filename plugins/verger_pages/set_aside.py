"""Files that were set aside: why, and as small pictures where that is safe.

What a browser gets is always drawn anew out of decoded pixels, never the file itself; of files that
are no pictures, or none that few bytes and pixels can show, the reason stands alone.
"""

from __future__ import annotations

import hashlib
import io
from typing import Any

from verger.errors import ObjectGoneError, VergerError
from verger.planning.recipe import IMAGES
from verger_pages.memory import remembered
from verger_pages.photographs import A_PAGE, Page
from verger_pages.pictures import MEDIA, THUMBNAIL, Picture
from verger_pages.places import place
from verger_pages.shown import NothingToShowError, Shown
from verger_pages.templating import render

# Reasons of files that may be pictures all the same; the others are none, or are not there.
MAYBE_PICTURES = frozenset({"too_large", "truncated", "damaged", "unsupported", "no_label"})
MOST_BYTES = 20 << 20
MOST_PIXELS = 40_000_000  # decoded at once; of a JPEG, which is decoded no larger than needed, then
END_OF_JPEG = b"\xff\xd9"


def page(shown: Shown, number: int) -> str:
    """All that was set aside, with the reasons, as HTML."""
    rows = quarantined(shown)
    last = max(1, -(-len(rows) // A_PAGE))
    number = min(max(1, number), last)
    some = rows[(number - 1) * A_PAGE : number * A_PAGE]
    return render(
        "quarantine.html",
        here="orchard",
        asked=shown.asked,
        shown=shown,
        page=Page(some, number, len(rows)),
        pictures={
            row["path"]: id_of(row["path"]) for row in some if row["reason"] in MAYBE_PICTURES
        },
    )


def quarantined(shown: Shown) -> list[dict[str, Any]]:
    """A row a file that was set aside, in the order of their paths."""
    key = (shown.lake.storage.root, shown.plan.run_id, "quarantine")
    return remembered(key, lambda: _quarantined(shown))


def _quarantined(shown: Shown) -> list[dict[str, Any]]:
    recipe = shown.plan.recipe
    needed = [(IMAGES, recipe.images(segment.id).fingerprint) for segment in shown.plan.segments]
    found = [images for images in shown.lake.find_each(needed) if images]
    rows = [row for images in found for row in images.read_parts("quarantine").to_pylist()]
    return sorted(rows, key=lambda row: row["path"])


def id_of(path: str) -> str:
    """What stands for a file in an address: no path of its own gets there."""
    return hashlib.sha256(path.encode()).hexdigest()[:32]


def picture(shown: Shown, file: str) -> Picture:
    """A file that was set aside, drawn anew. Raises NothingToShowError where it cannot be shown."""
    paths = {id_of(row["path"]): row for row in quarantined(shown)}
    row = paths.get(file)
    if row is None or row["reason"] not in MAYBE_PICTURES:
        raise NothingToShowError("no such file was set aside, or it is no picture")
    try:
        with place(shown.plan.images).open(row["path"]) as stored:
            content = stored.read(MOST_BYTES + 1)
    except (ObjectGoneError, VergerError, OSError) as error:
        raise NothingToShowError(f"{row['path']} cannot be read any more ({error})") from error
    if len(content) > MOST_BYTES:
        raise NothingToShowError(f"{row['path']} is too large to be shown")
    return drawn(content)


def drawn(content: bytes) -> Picture:
    """A picture drawn anew out of a file of any origin: JPEG, at most a thumbnail's side.

    Raises NothingToShowError where the file is no picture that is safe to decode.
    """
    from PIL import Image, ImageOps

    try:
        # The rest of a photograph that was cut short is gray.
        with Image.open(io.BytesIO(content + END_OF_JPEG), formats=tuple(MEDIA)) as image:
            image.draft("RGB", (THUMBNAIL, THUMBNAIL))
            if image.width * image.height > MOST_PIXELS:
                raise NothingToShowError(f"{image.width} x {image.height} pixels are too many")
            upright = ImageOps.exif_transpose(image).convert("RGB")
            upright.thumbnail((THUMBNAIL, THUMBNAIL))
            upright.info.clear()
            made = io.BytesIO()
            upright.save(made, "JPEG", quality=85)
    except NothingToShowError:
        raise
    except Exception as error:  # decoders raise nearly anything over a file that is damaged
        raise NothingToShowError(f"the file cannot be shown ({type(error).__name__})") from error
    return Picture(made.getvalue(), MEDIA["JPEG"])
