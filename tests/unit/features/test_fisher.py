"""Fisher vectors: the textbook's gradients, from a mixture that is the same bytes anywhere."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.mixture import GaussianMixture

from verger.config.settings import VocabularySettings
from verger.features.fisher import Mixture
from verger.features.weighting import UNIT
from verger.features.whitening import SPREAD, Whitening
from verger.kernels.bits import as_bits
from verger.vocabulary.training import InMemory

WIDTH, K = 6, 4
WORDS = VocabularySettings(k=K, max_iterations=5)


def descriptors(n, seed=0):
    """Correlated numbers around a few middles: n x 32 bytes, WIDTH of them used."""
    random = np.random.default_rng(seed)
    middles = random.integers(60, 190, (K, WIDTH))[random.integers(0, K, n)]
    mixing = random.normal(size=(WIDTH, WIDTH)) * 5
    points = np.zeros((n, 32), np.uint8)
    points[:, :WIDTH] = np.clip(middles + random.normal(size=(n, WIDTH)) @ mixing, 0, 255)
    return points


def fit(points, threads=1):
    return Mixture.fit(InMemory(as_bits(points), threads), WIDTH, WORDS)


MIXTURE = fit(descriptors(3000))


def textbook(numbers):
    """Gradients of the log-likelihood, written as in the paper (its equations 5 and 6)."""
    of = GaussianMixture(K, covariance_type="diag")
    of.weights_, of.means_ = MIXTURE.shares.astype(float), MIXTURE.means.astype(float)
    of.covariances_ = MIXTURE.variances.astype(float)
    of.precisions_cholesky_ = 1 / np.sqrt(of.covariances_)
    member = of.predict_proba(numbers)[:, :, None]
    apart = (numbers[:, None] - of.means_) / np.sqrt(of.covariances_)
    share = np.sqrt(of.weights_)[:, None]
    by_mean = (member * apart).sum(axis=0) / share
    by_spread = (member * (apart**2 - 1)).sum(axis=0) / share / np.sqrt(2)
    vector = np.stack([by_mean, by_spread]).reshape(-1)
    rooted = np.sign(vector) * np.sqrt(np.abs(vector))
    return rooted / np.linalg.norm(rooted)


def test_a_row_is_the_textbooks_vector_in_fixed_steps():
    points = descriptors(200, seed=5)
    row = MIXTURE.row(points)
    numbers = MIXTURE.whitening.apply(points)[:, :WIDTH].astype(float)
    assert row.dtype == np.int32
    assert row.shape == (MIXTURE.width,)
    assert np.abs(row / UNIT - textbook(numbers)).max() < 0.02  # shares below 1/1000 are dropped


def test_a_row_has_length_one_and_a_photograph_without_patches_none():
    assert np.linalg.norm(MIXTURE.row(descriptors(50, seed=6))) == pytest.approx(UNIT, rel=0.01)
    assert not MIXTURE.row(np.empty((0, 32), np.uint8)).any()


def test_the_order_of_patches_does_not_matter_beyond_a_step():
    points = descriptors(300, seed=7)
    shuffled = points[np.random.default_rng(0).permutation(300)]
    assert np.abs(MIXTURE.row(points) - MIXTURE.row(shuffled)).max() <= 1


@settings(deadline=None, max_examples=8)
@given(st.integers(1, 5), st.integers(0, 99))
def test_the_mixture_is_the_same_bytes_however_the_descriptors_are_cut(threads, seed):
    points = descriptors(1500, seed)
    shuffled = points[np.random.default_rng(seed).permutation(1500)]
    one, other = fit(points), fit(shuffled, threads)
    for name in ("shares", "means", "variances"):
        assert getattr(one, name).tobytes() == getattr(other, name).tobytes()
    assert one.whitening.axes.tobytes() == other.whitening.axes.tobytes()
    assert one.whitening.origin.tobytes() == other.whitening.origin.tobytes()


def test_variances_are_those_of_each_words_descriptors():
    points = descriptors(3000)
    whitened = MIXTURE.whitening.apply(points)[:, :WIDTH].astype(float)
    words = ((whitened[:, None] - MIXTURE.means.astype(float)) ** 2).sum(axis=2).argmin(axis=1)
    assert MIXTURE.shares == pytest.approx(np.bincount(words, minlength=K) / 3000)
    for word in range(K):
        about = whitened[words == word] - MIXTURE.means[word].astype(float)
        assert MIXTURE.variances[word] == pytest.approx((about**2).mean(axis=0) + 1, rel=1e-5)


def test_whitened_bytes_are_uncorrelated_and_of_equal_spread():
    points = np.zeros((4000, 32), np.uint8)
    random = np.random.default_rng(1)
    mixing = 1.5 * np.eye(WIDTH) + 0.3 * random.normal(size=(WIDTH, WIDTH))
    points[:, :WIDTH] = np.clip(128 + 10 * random.normal(size=(4000, WIDTH)) @ mixing, 0, 255)
    whitened = Whitening.fit(InMemory(as_bits(points), 1), WIDTH).apply(points)
    covariance = np.cov(whitened[:, :WIDTH].T)
    expected = SPREAD**2 * np.eye(WIDTH)
    assert np.abs(covariance - expected).max() < 0.15 * SPREAD**2
    assert whitened[:, :WIDTH].mean() == pytest.approx(128, abs=1)
    assert not whitened[:, WIDTH:].any()


def test_a_number_that_never_varies_does_no_harm():
    points = descriptors(500)
    points[:, 0] = 77
    whitened = Whitening.fit(InMemory(as_bits(points), 1), WIDTH).apply(points)
    assert np.isfinite(whitened).all()
