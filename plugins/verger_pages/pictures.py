"""Photographs as pictures of a page: small ones as they are, large ones made small."""

from __future__ import annotations

import io
from dataclasses import dataclass

from verger.errors import ObjectGoneError
from verger.planning.recipe import IMAGES
from verger_pages.photographs import PHOTO, Kept, stored
from verger_pages.places import place
from verger_pages.shown import NothingToShowError, Shown

THUMBNAIL, LARGEST = 160, 1024  # pixels, the longer side
# What every browser shows; other formats are made into JPEG.
MEDIA = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
AS_IT_IS = 64 << 10  # bytes


@dataclass(frozen=True)
class Picture:
    """A file for a browser."""

    content: bytes
    media: str


def picture(shown: Shown, photo: str, side: int) -> Picture:
    """A photograph, its longer side no more than so many pixels.

    Raises NothingToShowError if the model's collection has no such photograph.
    """
    kept = stored(shown).get(photo) if PHOTO.fullmatch(photo) else None
    if kept is None:
        raise NothingToShowError(f"no photograph {photo} in the collection of {shown.model.id}")
    try:
        content = place(shown.plan.images).read(kept.item.key, kept.item.etag)
    except ObjectGoneError:  # moved or replaced since: the packed copy is what was learnt from
        content = _packed(shown, kept, photo)
    return shrunk(content, side)


def shrunk(content: bytes, side: int) -> Picture:
    """A picture of at most ``side`` pixels.

    Raises NothingToShowError for what Pillow cannot read.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(content)) as image:
            small = max(image.size) <= side and len(content) <= AS_IT_IS
            if small and image.format in MEDIA:
                return Picture(content, MEDIA[image.format])
            image.draft("RGB", (side, side))  # JPEG: decoded no larger than needed
            upright = ImageOps.exif_transpose(image).convert("RGB")
            upright.thumbnail((side, side))
            made = io.BytesIO()
            upright.save(made, "JPEG", quality=85)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError) as error:
        raise NothingToShowError(f"a photograph cannot be shown ({error})") from error
    return Picture(made.getvalue(), MEDIA["JPEG"])


def _packed(shown: Shown, kept: Kept, photo: str) -> bytes:
    """The copy that the segment's checkpoint holds."""
    import pyarrow.compute as pc

    images = shown.lake.find(IMAGES, shown.plan.recipe.images(kept.segment).fingerprint)
    if images is not None:
        table = images.read_parts("images", ["photo", "content"])
        rows = table.filter(pc.equal(table.column("photo"), photo))
        if len(rows):
            content: bytes = rows.column("content")[0].as_py()
            return content
    raise NothingToShowError(
        f"{kept.item.key} is gone from {shown.plan.images}, and so is its copy in the lake"
    )
