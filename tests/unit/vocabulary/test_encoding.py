"""Counting words."""

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from verger.tables.columns import from_lists, to_lists
from verger.vocabulary.encoding import histograms
from verger.vocabulary.words import EuclideanVocabulary, HammingVocabulary, from_table

CENTRES = np.random.default_rng(0).integers(0, 256, (7, 32), dtype=np.uint8)


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(0, 6), max_size=5), min_size=1, max_size=6))
def test_each_photograph_gets_the_counts_of_its_own_words(photographs):
    described = pa.array([CENTRES[words].tobytes() for words in photographs], pa.binary())
    counted, distances = histograms(described, HammingVocabulary(CENTRES))
    assert not distances.any()  # each of them is a word itself
    expected = [np.bincount(np.array(words, int), minlength=7) for words in photographs]
    assert np.array_equal(counted, expected)


def test_a_photograph_without_descriptors_counts_nothing():
    counted, distances = histograms(
        pa.array([b"", CENTRES[2].tobytes()], pa.binary()), HammingVocabulary(CENTRES)
    )
    assert counted.sum(axis=1).tolist() == [0, 1]
    assert distances.tolist() == [0, 0]


def test_the_distance_of_a_photograph_is_the_sum_over_its_descriptors():
    flipped = CENTRES[[1, 4, 4]]
    flipped[0, 0] ^= 0b1
    flipped[2, 31] ^= 0b110
    described = pa.array([flipped.tobytes(), flipped[:1].tobytes()], pa.binary())
    counted, distances = histograms(described, HammingVocabulary(CENTRES))
    assert counted[0].tolist() == [0, 1, 0, 0, 2, 0, 0]
    assert distances.tolist() == [3, 1]


def test_a_histogram_column_keeps_its_numbers():
    counts = np.arange(12, dtype=np.int32).reshape(3, 4)
    assert np.array_equal(from_lists(to_lists(counts), 4), counts)


def test_both_kinds_of_vocabulary_survive_their_table():
    hamming = HammingVocabulary(CENTRES)
    assert np.array_equal(from_table(hamming.to_table(np.ones(7, int))).centres, CENTRES)
    floats = EuclideanVocabulary(CENTRES.astype(float) / 3)
    assert np.array_equal(from_table(floats.to_table()).centres, floats.centres)


def test_the_euclidean_word_is_the_nearest_centre():
    vocabulary = EuclideanVocabulary(CENTRES.astype(float))
    points = np.random.default_rng(1).integers(0, 256, (50, 32), dtype=np.uint8)
    distances = ((points[:, None, :].astype(float) - CENTRES[None]) ** 2).sum(axis=2)
    assert np.array_equal(vocabulary.assign(points), distances.argmin(axis=1))
