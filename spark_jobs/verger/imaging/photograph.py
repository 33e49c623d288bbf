"""From the bytes of a file to an upright 8-bit RGB photograph, or the reason why not."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError

from verger.config.settings import ImageLimits
from verger.imaging.formats import (
    FORMATS,
    JPEGS,
    LOSSY,
    has_overlong_part,
    is_deep_png,
    why_unreadable,
)
from verger.imaging.pixels import UnsupportedPixelsError, orientation, to_rgb, turned

START_OF_JPEG, END_OF_JPEG = b"\xff\xd8", b"\xff\xd9"


@dataclass(frozen=True)
class Photograph:
    """A photograph that OpenCV reads: RGB, 8 bits, upright; width and height in pixels."""

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
    """Decode once, completely. A plain file keeps its bytes; others are converted and repacked:
    what was JPEG, AVIF or HEIC as JPEG, the rest as PNG, or as JPEG where PNG would be too large.

    A file whose EXIF cannot be read is taken as upright. Raises UnusableError, and nothing else,
    with reason empty, too_large, not_an_image, truncated, damaged or unsupported.
    """
    try:
        return _read(content, limits)
    except UnusableError:
        raise
    except UnsupportedPixelsError as error:
        raise UnusableError("unsupported", str(error)) from error
    except Exception as error:  # one file must not end a run, whatever its decoder raises
        raise UnusableError("damaged", _plain(error)) from error


def quick_read(content: bytes, limits: ImageLimits) -> bytes:
    """The file itself where OpenCV will read it upright and whole, decoded no more than a header;
    else what `read_photograph` makes of it.

    Raises UnusableError as that does.
    """
    if content.startswith(START_OF_JPEG) and content.endswith(END_OF_JPEG):
        check_bytes(len(content), limits)
        image = _open(content)
        check_pixels(image, limits)
        if image.mode == "RGB":
            return content
    return read_photograph(content, limits).content


def check_bytes(size: int, limits: ImageLimits) -> None:
    """Raise UnusableError if the file is larger than the limit; asked before it is fetched too."""
    if size > limits.max_bytes:
        raise UnusableError("too_large", f"{size} bytes; the limit is {limits.max_bytes}")


def _read(content: bytes, limits: ImageLimits) -> Photograph:
    if not content:
        raise UnusableError("empty", "the file has no bytes")
    check_bytes(len(content), limits)
    image = _open(content)
    check_pixels(image, limits)
    _load(image, content)
    turn = orientation(image)
    if _is_plain(image, content, turn) and _opencv_reads(content, image.size):
        return Photograph(content, image.width, image.height)
    upright = to_rgb(turned(image, turn or 1))
    packed = _pack(upright, limits, lossy=image.format in LOSSY)
    if not _opencv_reads(packed, upright.size):
        raise UnusableError(
            "unsupported",
            f"OpenCV, which finds the descriptors, does not read {image.width} x {image.height} "
            "pixels",
        )
    return Photograph(packed, upright.width, upright.height)


def check_pixels(image: Image.Image, limits: ImageLimits) -> None:
    """Raise UnusableError if decoding would take more pixels than the limit (a bomb)."""
    pixels = image.width * image.height
    if pixels > limits.max_pixels:
        raise UnusableError(
            "too_large",
            f"{image.width} x {image.height} = {pixels} pixels; the limit is {limits.max_pixels}",
        )


def _open(content: bytes) -> Image.Image:
    with warnings.catch_warnings():
        # Pillow warns about bombs by its own limit; ours is checked right after.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            return Image.open(io.BytesIO(content), formats=FORMATS)
        except Image.DecompressionBombError as error:
            raise UnusableError("too_large", str(error)) from error
        except UnidentifiedImageError as error:
            raise UnusableError(*why_unreadable(content, "no decoder takes it")) from error
        except Exception as error:  # broken headers raise nearly anything
            raise UnusableError(*why_unreadable(content, _plain(error))) from error


def _load(image: Image.Image, content: bytes) -> None:
    try:
        image.load()
    except Exception as error:  # decoders raise OSError, SyntaxError, ValueError, struct.error, ...
        if "truncated" in str(error).lower():
            raise UnusableError("truncated", _plain(error)) from error
        raise UnusableError(*why_unreadable(content, _plain(error))) from error


def _is_plain(image: Image.Image, content: bytes, turn: int | None) -> bool:
    return (
        image.mode == "RGB"
        and image.format in (*JPEGS, "PNG", "BMP")
        and turn == 1
        and not image.has_transparency_data
        and not is_deep_png(content)
        and not has_overlong_part(content)
    )


def _opencv_reads(content: bytes, size: tuple[int, int]) -> bool:
    """Whether the decoder that extraction uses gives a picture of that width and height."""
    try:
        pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE)
    except cv2.error:  # more pixels than it allows
        return False
    return pixels is not None and pixels.shape[::-1] == size


def _pack(image: Image.Image, limits: ImageLimits, *, lossy: bool) -> bytes:
    packed = _as_jpeg(image) if lossy else _as_png(image)
    if len(packed) > limits.max_bytes and not lossy:
        packed = _as_jpeg(image)
    if len(packed) > limits.max_bytes:
        raise UnusableError(
            "too_large",
            f"{image.width} x {image.height} pixels take {len(packed)} bytes once repacked; "
            f"the limit is {limits.max_bytes}",
        )
    return packed


def _as_jpeg(image: Image.Image) -> bytes:
    packed = io.BytesIO()
    image.save(packed, "JPEG", quality=95, subsampling=0)
    return packed.getvalue()


def _as_png(image: Image.Image) -> bytes:
    packed = io.BytesIO()
    image.save(packed, "PNG", compress_level=1)
    return packed.getvalue()


def _plain(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
