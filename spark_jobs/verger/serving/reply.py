"""What goes back to who asked: an answer, and what the service knows besides."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, fields

import cv2
import numpy as np
from PIL import Image

from verger.classification.gallery import Similar
from verger.imaging.decoding import gray_of
from verger.imaging.pixels import orientation
from verger.inference.answer import Answer

# Sharpness and darkness are looked at in no more detail than this, so that they compare.
LONGEST = 512
# A Laplacian with less variance than this is customarily called blurred.
BLURRED_BELOW = 100.0
_SIDEWAYS = 5  # EXIF orientations from here on swap width and height


@dataclass(frozen=True)
class PhotoFacts:
    """The photograph that an answer is about: its file's bytes, width and height in pixels,
    upright.

    ``blur`` goes from 0 (sharp) to 1 and is above 0.5 where the variance of the Laplacian lies
    below 100 (Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy", 2000);
    ``darkness`` is 1 less the brightness that one pixel in a hundred exceeds.
    """

    bytes: int
    width: int
    height: int
    blur: float
    darkness: float


@dataclass(frozen=True)
class SimilarImage(Similar):
    """A known photograph: ``url`` shows it, relative to the service; ``attribution`` is whose it
    is.
    """

    url: str = ""
    attribution: str = ""


@dataclass(frozen=True)
class Reply(Answer):
    """An answer about ``views`` photographs of one fruit; ``photo`` and the explanation are about
    the first. It is rejected where its ``distance`` is above the ``threshold``.
    """

    similar_images: Sequence[SimilarImage] = ()
    distance: float | None = None
    threshold: float | None = None
    photo: PhotoFacts | None = None
    views: int = 1
    elapsed_ms: float = 0.0

    @classmethod
    def of(cls, answer: Answer, photo: PhotoFacts, views: int, attribution: str) -> Reply:
        """The reply that tells an answer."""
        told = {field.name: getattr(answer, field.name) for field in fields(answer)}
        similar = [
            SimilarImage(
                **{field.name: getattr(known, field.name) for field in fields(known)},
                url=f"/v1/photographs/{known.photo}",
                attribution=attribution,
            )
            for known in answer.similar_images
        ]
        why = answer.explanation
        return cls(
            **{**told, "similar_images": similar},
            distance=why.distance if why else None,
            threshold=why.limit if why else None,
            photo=photo,
            views=views,
        )


@dataclass(frozen=True)
class Refusal:
    """Why a photograph cannot be answered: which of them, counted from 0, and the reason and detail
    of an `UnusableError`.
    """

    photograph: int
    reason: str
    detail: str


def facts_of(content: bytes, readable: bytes) -> PhotoFacts:
    """What can be said of a photograph's file; ``readable`` is the same for OpenCV."""
    gray = gray_of(readable, LONGEST)
    shrink = LONGEST / max(gray.shape)
    if shrink < 1:
        size = (max(1, round(gray.shape[1] * shrink)), max(1, round(gray.shape[0] * shrink)))
        gray = cv2.resize(gray, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    variance = float(cv2.Laplacian(gray, cv2.CV_64F).var())
    with Image.open(io.BytesIO(readable)) as image:
        width, height = image.size
        if (orientation(image) or 1) >= _SIDEWAYS:
            width, height = height, width
    return PhotoFacts(
        len(content),
        width,
        height,
        round(1 / (1 + variance / BLURRED_BELOW), 4),
        round(1 - float(np.percentile(gray, 99)) / 255, 4),
    )
