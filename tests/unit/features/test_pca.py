"""PCA from sums, against scikit-learn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA

from verger.features import pca
from verger.features.pca import Moments


def counts(n: int = 200, k: int = 30) -> np.ndarray:
    return np.random.default_rng(1).poisson(3, (n, k)).astype(np.int32)


def test_components_and_explained_variance_equal_scikit_learns():
    rows = counts()
    ours, theirs = pca.fit(Moments.of(rows), 10), PCA(10, svd_solver="full").fit(rows)
    assert np.allclose(np.abs(ours.loadings), np.abs(theirs.components_), atol=1e-6)
    assert np.allclose(ours.variances, theirs.explained_variance_, rtol=1e-9)
    assert np.allclose(ours.ratios, theirs.explained_variance_ratio_, rtol=1e-9)
    assert np.allclose(np.abs(ours.project(rows)), np.abs(theirs.transform(rows)), atol=1e-6)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(1, 199), max_size=5))
def test_any_partition_of_the_rows_gives_the_same_moments_to_the_bit(cuts):
    rows = counts()
    parts = [part for part in np.split(rows, sorted(cuts)) if len(part)]
    total = sum((Moments.of(part) for part in parts[1:]), Moments.of(parts[0]))
    whole = Moments.of(rows)
    assert total.n == whole.n
    assert np.array_equal(total.total, whole.total)
    assert np.array_equal(total.gram, whole.gram)


def test_signs_are_fixed_by_the_largest_loading():
    loadings = pca.fit(Moments.of(counts()), 10).loadings
    largest = np.abs(loadings).argmax(axis=1)
    assert (loadings[np.arange(10), largest] > 0).all()


@pytest.mark.parametrize(("n", "k", "most"), [(1, 50, 0), (10, 50, 9), (100, 50, 50)])
def test_rows_and_words_bound_the_number_of_components(n, k, most):
    assert pca.supported(n, k) == most
