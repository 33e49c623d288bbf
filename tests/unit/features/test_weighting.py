"""Weighted rows: exact integers that equal the textbook's values up to their step."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn.feature_extraction.text import TfidfTransformer

from verger.config.settings import NORMALISE, Weighting
from verger.features.pca import Moments
from verger.features.weighting import (
    IDF_UNIT,
    MOST_DESCRIPTORS,
    UNIT,
    Occurrences,
    weigh,
    word_weights,
)

K = 6
ALL = [Weighting(normalise, idf) for normalise in NORMALISE for idf in (False, True)]
histograms = arrays.arrays(np.int32, st.tuples(st.integers(1, 12), st.just(K)),
                           elements=st.integers(0, 600))  # fmt: skip


def rows_of(counts, weighting):
    return weigh(counts, weighting, word_weights(weighting, Occurrences.of(counts)))


def textbook(counts, weighting):
    norm = {"none": None, "l2": "l2", "hellinger": "l1"}[weighting.normalise]
    values = TfidfTransformer(norm=norm, use_idf=weighting.idf).fit_transform(counts).toarray()
    return np.sqrt(values) if weighting.normalise == "hellinger" else values


@pytest.mark.parametrize("weighting", ALL)
@settings(deadline=None)
@given(counts=histograms)
def test_rows_equal_scikit_learns_values_up_to_the_step(weighting, counts):
    rows, values = rows_of(counts, weighting), textbook(counts, weighting)
    assert rows.dtype == np.int32
    if weighting.normalise == "none":
        unit = IDF_UNIT if weighting.idf else 1
        step = counts / (2 * IDF_UNIT) if weighting.idf else 0
        assert (np.abs(rows / unit - values) <= step + 1e-9).all()
    else:
        # A weight of 1 or more is off by 1/128 at most, so a normalised value by no more than that.
        off = 0.5 / UNIT + (1 / (2 * IDF_UNIT) if weighting.idf else 0)
        assert np.abs(rows / UNIT - values).max() <= off + 1e-9


@pytest.mark.parametrize("weighting", ALL)
@settings(deadline=None)
@given(counts=histograms, seed=st.integers(0, 1000), cut=st.integers(0, 12))
def test_neither_order_nor_cut_of_the_photographs_changes_a_bit(weighting, counts, seed, cut):
    order = np.random.default_rng(seed).permutation(len(counts))
    one, two = counts[order][:cut], counts[order][cut:]
    weights = word_weights(weighting, Occurrences.of(counts))
    parts = Moments.of(weigh(one, weighting, weights)) + Moments.of(weigh(two, weighting, weights))
    whole = Moments.of(rows_of(counts, weighting))
    assert np.array_equal(parts.gram, whole.gram)
    assert np.array_equal(parts.total, whole.total)


@pytest.mark.parametrize("weighting", ALL)
def test_a_gram_matrix_in_float64_is_the_integers_own(weighting):
    counts = np.random.default_rng(0).poisson(3, (500, K)).astype(np.int32)
    rows = rows_of(counts, weighting)
    exact = [[sum(int(a) * int(b) for a, b in zip(x, y, strict=True)) for y in rows.T]
             for x in rows.T]  # fmt: skip
    assert Moments.of(rows).gram.tolist() == exact


@pytest.mark.parametrize("weighting", ALL)
def test_a_photograph_without_descriptors_stays_zero_and_counts_as_a_photograph(weighting):
    counts = np.array([[0, 0, 0], [4, 0, 5]], np.int32)
    rows = rows_of(counts, weighting)
    assert not rows[0].any()
    assert rows[1].tolist()[1] == 0
    assert (rows[1, [0, 2]] > 0).all()
    assert Occurrences.of(counts).n == 2


@pytest.mark.parametrize("normalise", ["l2", "hellinger"])
@pytest.mark.parametrize("idf", [False, True])
@settings(deadline=None)
@given(counts=histograms)
def test_normalised_rows_have_length_one(normalise, idf, counts):
    rows = rows_of(counts, Weighting(normalise, idf))
    lengths = np.sqrt(np.square(rows.astype(float)).sum(axis=1))[counts.any(axis=1)]
    assert np.allclose(lengths, UNIT, atol=np.sqrt(K) / 2)


def test_a_rare_word_weighs_more_and_a_word_of_every_photograph_weighs_one():
    seen = Occurrences(99, np.array([99, 9, 0]))
    weights = word_weights(Weighting(idf=True), seen) / IDF_UNIT
    assert weights[0] == 1
    assert weights.tolist() == sorted(weights)
    assert weights[1] == pytest.approx(np.log(10) + 1, abs=0.5 / IDF_UNIT)
    assert weights[2] == pytest.approx(np.log(100) + 1, abs=0.5 / IDF_UNIT)


def test_without_weights_or_normalisation_rows_are_the_counts():
    counts = np.arange(12, dtype=np.int32).reshape(2, 6)
    assert np.array_equal(rows_of(counts, Weighting()), counts)


@pytest.mark.parametrize("weighting", ALL)
def test_the_largest_photograph_does_not_overflow_and_a_larger_one_is_refused(weighting):
    counts = np.array([[MOST_DESCRIPTORS, 0]], np.int32)
    heaviest = np.array([32 * IDF_UNIT - 1, 1])
    assert weigh(counts, weighting, heaviest)[0, 0] > 0
    with pytest.raises(ValueError, match="n_features"):
        weigh(counts + 1, weighting, heaviest)


def test_no_photographs_make_no_rows():
    assert rows_of(np.empty((0, 3), np.int32), Weighting("hellinger", idf=True)).shape == (0, 3)
