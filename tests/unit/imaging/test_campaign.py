"""Seeded damage to photographs of all formats: each is used or refused, in bounded time and memory.

A file that is used is one that extraction reads; one that is refused has a reason and a detail.
"""

import resource
import time

import numpy as np
import pytest

from tests.odd_files import DAMAGE, MODES, whole
from verger.config.settings import FRUITS
from verger.imaging.orb import Extractor
from verger.imaging.photograph import ImageLimits, UnusableError, read_photograph

LIMITS = ImageLimits(max_pixels=1_000_000, max_bytes=1_000_000)
REASONS = {"empty", "too_large", "not_an_image", "truncated", "damaged", "unsupported"}
FILES_OF_EACH = 60
SECONDS_A_FILE = 5.0  # of this process: how busy others are does not matter
MOST_BYTES = 400 << 20


@pytest.mark.filterwarnings("ignore:.*EXIF.*", "ignore::UserWarning")
@pytest.mark.parametrize("kind", MODES)
def test_every_file_is_used_by_extraction_or_refused_with_a_reason(kind):
    rng = np.random.default_rng([2026, *kind.encode()])
    extractor = Extractor(FRUITS.extractor)
    before = peak()
    used = 0
    for number in range(FILES_OF_EACH):
        damage = DAMAGE[number % len(DAMAGE)]
        content = damage(rng, whole(rng, kind))
        started = time.process_time()
        found = outcome(content)
        if isinstance(found, UnusableError):
            assert found.reason in REASONS
            assert found.detail
        else:
            used += 1
            assert len(found.content) <= LIMITS.max_bytes
            assert extractor.describe(found.content).shape[1] == 32
        assert time.process_time() - started < SECONDS_A_FILE
    assert used >= FILES_OF_EACH // len(DAMAGE) // 2
    assert peak() - before < MOST_BYTES


def outcome(content):
    """The photograph, or why it cannot be used."""
    try:
        return read_photograph(content, LIMITS)
    except UnusableError as error:
        return error


def peak():
    """The most memory this process has had, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
