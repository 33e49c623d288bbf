"""Pixels of any kind as upright RGB of 8 bits."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageCms

WHITE = (255, 255, 255)
_ORIENTATION = 0x0112  # EXIF's tag
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class UnsupportedPixelsError(ValueError):
    """Pixels that cannot be shown as RGB."""


def orientation(image: Image.Image) -> int | None:
    """How the camera was held, 1 to 8 as in EXIF, 1 where nothing is said; None if what is said
    cannot be read.
    """
    try:
        said = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # damaged EXIF raises nearly anything
        return None
    return said if isinstance(said, int) and 1 <= said <= 8 else None


def turned(image: Image.Image, said: int) -> Image.Image:
    """The image as it was seen, by the orientation that EXIF says."""
    return image.transpose(_TURNS[said]) if said in _TURNS else image


def to_rgb(image: Image.Image) -> Image.Image:
    """Convert any mode to RGB: transparent becomes white, 16 bits keep their upper 8.

    Raises UnsupportedPixelsError for floating-point pixels.
    """
    if image.mode in ("I;16", "I;16L", "I;16B", "I;16N", "I"):
        return _upper_bits(image).convert("RGB")
    if image.mode == "F":
        raise UnsupportedPixelsError("floating-point pixels have no fixed range")
    if image.mode == "LAB":
        profiles = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        to_srgb = ImageCms.buildTransform(*profiles, "LAB", "RGB")
        return to_srgb.apply(image)
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        backdrop = Image.new("RGBA", layer.size, (*WHITE, 255))
        return Image.alpha_composite(backdrop, layer).convert("RGB")
    return image.convert("RGB")


def _upper_bits(image: Image.Image) -> Image.Image:
    values = np.clip(np.asarray(image).astype(np.int64), 0, 0xFFFF)
    return Image.fromarray((values >> 8).astype(np.uint8))
