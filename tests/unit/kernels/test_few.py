"""For one photograph a matrix product finds the same words as the compiled kernels."""

from __future__ import annotations

import numpy as np

from verger.kernels import euclidean, hamming
from verger.kernels.bits import as_bits
from verger.kernels.few import nearest_bits, nearest_bytes, nearest_points

RNG = np.random.default_rng(2)
CENTRES = RNG.integers(0, 256, (300, 32), np.uint8)
# Some descriptors are words themselves, and some words occur twice: ties go to the lowest.
CENTRES[200:220] = CENTRES[:20]
DESCRIPTORS = np.vstack([RNG.integers(0, 256, (500, 32), np.uint8), CENTRES])


def test_words_by_bits_are_those_of_the_compiled_kernel():
    words, _ = hamming.nearest(as_bits(DESCRIPTORS), as_bits(CENTRES))
    np.testing.assert_array_equal(nearest_bits(DESCRIPTORS, CENTRES), words)


def test_words_by_bytes_are_those_of_the_compiled_kernel():
    words, _ = euclidean.nearest(as_bits(DESCRIPTORS), as_bits(CENTRES))
    np.testing.assert_array_equal(nearest_bytes(DESCRIPTORS, CENTRES), words)


def test_whole_numbers_are_the_same_points_as_bytes():
    points = CENTRES.astype(np.float64)
    expected = nearest_bytes(DESCRIPTORS, CENTRES)
    np.testing.assert_array_equal(nearest_points(DESCRIPTORS, points), expected)


def test_a_photograph_without_descriptors_has_no_words():
    none = np.empty((0, 32), np.uint8)
    assert len(nearest_bits(none, CENTRES)) == len(nearest_bytes(none, CENTRES)) == 0
