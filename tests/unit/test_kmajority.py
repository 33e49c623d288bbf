"""The vocabulary: reproducible, full, and refused where it cannot be had."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verger import kmajority
from verger.errors import VergerError
from verger.hamming import as_bits, nearest


def sample(n: int, seed: int = 0, centres: int = 20) -> np.ndarray:
    """Descriptors around some centres: n x 4."""
    rng = np.random.default_rng(seed)
    around = rng.integers(0, 256, (centres, 32), dtype=np.uint8)[rng.integers(0, centres, n)]
    flips = np.packbits(rng.random((n, 256)) < 0.05, axis=1)
    return as_bits(around ^ flips)


def test_the_same_sample_and_seed_give_the_same_bytes_with_any_number_of_threads():
    fits = [kmajority.fit(sample(5000), 64, 7, 10, threads=t) for t in (1, 2, 5)]
    assert len({fit.centres.tobytes() for fit in fits}) == 1


def test_another_seed_gives_another_vocabulary():
    one, two = (kmajority.fit(sample(5000), 64, seed, 3).centres for seed in (0, 1))
    assert not np.array_equal(one, two)


def test_words_settle_on_well_separated_groups():
    fit = kmajority.fit(sample(4000, centres=20), 40, 0, 30)
    assert fit.converged
    assert fit.costs[-1] / 4000 < 256 * 0.06  # the noise that was put in


def test_iterations_never_make_the_vocabulary_worse():
    costs = kmajority.fit(sample(3000), 50, 0, 10).costs
    assert costs[-1] <= min(costs[0], *costs)


def test_sizes_count_the_descriptors_nearest_to_each_word():
    points = sample(3000)
    fit = kmajority.fit(points, 40, 0, 5)
    words, _ = nearest(points, fit.centres)
    assert np.array_equal(fit.sizes, np.bincount(words, minlength=40))


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 1000), st.integers(2, 30), st.integers(1, 4))
def test_no_word_is_ever_empty_or_doubled(seed, k, iterations):
    # Few distinct descriptors, many times each: the case in which words die.
    rng = np.random.default_rng(seed)
    distinct = np.unique(rng.integers(0, 256, (k, 32), dtype=np.uint8), axis=0)
    points = as_bits(distinct[np.concatenate([np.arange(k), rng.integers(0, k, 200)])])
    fit = kmajority.fit(points, k, seed, iterations)
    assert fit.sizes.min() > 0
    assert len(np.unique(fit.centres, axis=0)) == k


def test_too_few_distinct_descriptors_are_refused_with_the_number_that_works():
    points = np.repeat(sample(5), 100, axis=0)
    with pytest.raises(VergerError, match="--k 5 or fewer"):
        kmajority.fit(points, 6, 0, 5)
    assert len(kmajority.fit(points, 5, 0, 5).centres) == 5
