"""From the bytes of a file to an upright 8-bit RGB photograph, or the reason why not."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from verger.config.settings import ImageLimits

WHITE = (255, 255, 255)
JPEGS = ("JPEG", "MPO")  # MPO: several JPEGs in one file, as some phones write; the first counts


@dataclass(frozen=True)
class Photograph:
    """A photograph every decoder reads alike: RGB, 8 bits, upright; width and height in pixels."""

    content: bytes
    width: int
    height: int


class UnusableError(Exception):
    """Why a file cannot be used: a reason to count by, a detail for people."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


def read_photograph(content: bytes, limits: ImageLimits) -> Photograph:
    """Decode once, completely. A plain RGB file keeps its bytes, others are converted and repacked:
    JPEG stays JPEG (phones turn their photographs by EXIF: as PNG they would grow tenfold).

    Raises UnusableError with reason empty, too_large, not_an_image, truncated or unsupported.
    """
    if not content:
        raise UnusableError("empty", "the file has no bytes")
    check_bytes(len(content), limits)
    image = _open(content)
    check_pixels(image, limits)
    _load(image)
    if _is_plain(image):
        return Photograph(content, image.width, image.height)
    upright = to_rgb(ImageOps.exif_transpose(image))
    return Photograph(_pack(upright, lossy=image.format in JPEGS), upright.width, upright.height)


def check_bytes(size: int, limits: ImageLimits) -> None:
    """Raise UnusableError if the file is larger than the limit; asked before it is fetched too."""
    if size > limits.max_bytes:
        raise UnusableError("too_large", f"{size} bytes; the limit is {limits.max_bytes}")


def check_pixels(image: Image.Image, limits: ImageLimits) -> None:
    """Raise UnusableError if decoding would take more pixels than the limit (a bomb)."""
    pixels = image.width * image.height
    if pixels > limits.max_pixels:
        raise UnusableError(
            "too_large",
            f"{image.width} x {image.height} = {pixels} pixels; the limit is {limits.max_pixels}",
        )


def to_rgb(image: Image.Image) -> Image.Image:
    """Convert any mode to RGB: transparent becomes white, 16 bits keep their upper 8."""
    if image.mode in ("I;16", "I;16L", "I;16B", "I;16N", "I"):
        return _upper_bits(image).convert("RGB")
    if image.mode == "F":
        raise UnusableError("unsupported", "floating-point pixels have no fixed range")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        backdrop = Image.new("RGBA", layer.size, (*WHITE, 255))
        return Image.alpha_composite(backdrop, layer).convert("RGB")
    return image.convert("RGB")


def _open(content: bytes) -> Image.Image:
    with warnings.catch_warnings():
        # Pillow warns about bombs by its own limit; ours is checked right after.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            return Image.open(io.BytesIO(content))
        except Image.DecompressionBombError as error:
            raise UnusableError("too_large", str(error)) from error
        except UnidentifiedImageError as error:
            raise UnusableError("not_an_image", "no known image format") from error
        except Exception as error:  # broken headers raise nearly anything
            raise UnusableError("not_an_image", _plain(error)) from error


def _load(image: Image.Image) -> None:
    try:
        image.load()
    except Exception as error:  # decoders raise OSError, SyntaxError, ValueError, struct.error, ...
        reason = "truncated" if "truncated" in str(error).lower() else "unreadable"
        raise UnusableError(reason, _plain(error)) from error


def _is_plain(image: Image.Image) -> bool:
    orientation = image.getexif().get(0x0112, 1)
    return (
        image.mode == "RGB"
        and image.format in (*JPEGS, "PNG", "BMP")
        and orientation == 1
        and not image.has_transparency_data
    )


def _pack(image: Image.Image, *, lossy: bool) -> bytes:
    packed = io.BytesIO()
    if lossy:
        image.save(packed, "JPEG", quality=95, subsampling=0)
    else:
        image.save(packed, "PNG", compress_level=1)
    return packed.getvalue()


def _upper_bits(image: Image.Image) -> Image.Image:
    values = np.clip(np.asarray(image).astype(np.int64), 0, 0xFFFF)
    return Image.fromarray((values >> 8).astype(np.uint8))


def _plain(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
