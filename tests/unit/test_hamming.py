"""Kernels on 256-bit descriptors, against plain numpy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from verger.hamming import as_bits, as_bytes, count_bits, majority, nearest


def descriptors(most: int):
    rows = st.integers(1, most)
    # Few byte values: equal descriptors and equal distances come up.
    return rows.flatmap(lambda n: arrays(np.uint8, (n, 32), elements=st.sampled_from([0, 1, 255])))


def unpacked(rows: np.ndarray) -> np.ndarray:
    return np.unpackbits(rows, axis=1).astype(np.int64)


@settings(deadline=None)
@given(descriptors(12), descriptors(6))
def test_the_nearest_centre_is_the_lowest_of_the_closest(points, centres):
    distances = (unpacked(points)[:, None, :] != unpacked(centres)[None, :, :]).sum(axis=2)
    words, nearest_distances = nearest(as_bits(points), as_bits(centres))
    assert np.array_equal(words, distances.argmin(axis=1))
    assert np.array_equal(nearest_distances, distances.min(axis=1))


@given(descriptors(12))
def test_bits_and_bytes_are_the_same_thing(points):
    assert np.array_equal(as_bytes(as_bits(points)), points)


@settings(deadline=None)
@given(descriptors(12))
def test_the_centre_is_the_bitwise_majority_and_a_tie_gives_zero(points):
    counts = np.zeros((1, 256), np.int64)
    count_bits(as_bits(points), np.zeros(len(points), np.int32), counts)
    centre = as_bytes(majority(counts, np.array([len(points)])))
    expected = 2 * unpacked(points).sum(axis=0) > len(points)
    assert np.array_equal(unpacked(centre)[0], expected)


def test_more_centres_than_an_index_can_name_are_refused():
    with pytest.raises(ValueError, match="65536"):
        nearest(np.zeros((1, 4), np.uint64), np.zeros((65_537, 4), np.uint64))
