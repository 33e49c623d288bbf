"""What a worker process does: decode, look, answer.

Photographs come from strangers, so they are decoded here and nowhere else: a process that can be
killed, and whose memory is bounded.
"""

from __future__ import annotations

import functools
import resource
from collections.abc import Mapping, Sequence

import cv2

from verger.config.settings import ImageLimits
from verger.imaging.decoding import decode
from verger.imaging.photograph import UnusableError, quick_read, read_photograph
from verger.inference.answer import answer
from verger.inference.engine import Engine
from verger.serving.reply import PhotoFacts, Refusal, Reply, facts_of

# What a process may allocate: 50 megapixels as RGB and as floats, several times over, and a model.
MOST_BYTES = 3 << 30
QUALITY = 95  # of what is kept
_held: list[tuple[Mapping[str, bytes], str]] = []


def hold(files: Mapping[str, bytes], attribution: str) -> None:
    """Begin: keep a bundle's files, from which the engine is made once it is asked for."""
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_BYTES, MOST_BYTES))
    cv2.setNumThreads(1)  # there is a process for each core
    _held[:] = [(files, attribution)]
    _engine.cache_clear()


def warm() -> tuple[str, ...]:
    """Be ready to answer; returns the labels that the model knows. Raises whatever is wrong with
    the bundle.
    """
    return _engine().classifier.tree.labels


def identify(photographs: Sequence[bytes], limits: ImageLimits) -> Reply | Refusal:
    """The reply about views of one fruit, or why one of them cannot be read."""
    engine = _engine()
    seen, facts = [], None
    for place, content in enumerate(photographs):
        try:
            readable = quick_read(content, limits)
            seen.append(engine.see(readable))
            facts = facts or _facts(content, readable, limits)
        except UnusableError as error:
            return Refusal(place, error.reason, error.detail)
    assert facts is not None  # noqa: S101  a request has at least one photograph
    return Reply.of(answer(engine, seen), facts, len(seen), _held[0][1])


def cleaned(photograph: bytes, limits: ImageLimits) -> bytes | Refusal:
    """The photograph as a JPEG of its pixels alone, upright: what else the file holds, such as the
    place where it was taken, is left out.
    """
    try:
        readable = read_photograph(photograph, limits).content
    except UnusableError as error:
        return Refusal(0, error.reason, error.detail)
    pixels = decode(readable, max(limits.max_pixels, 1))
    _, packed = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return bytes(packed)


def _facts(content: bytes, readable: bytes, limits: ImageLimits) -> PhotoFacts:
    try:
        return facts_of(content, readable)
    except ValueError:  # one of the encodings that OpenCV does not know
        return facts_of(content, read_photograph(content, limits).content)


@functools.cache
def _engine() -> Engine:
    return Engine.of(_held[0][0])
