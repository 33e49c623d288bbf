"""k-means on bytes: the same words however the descriptors are cut, and the right ones."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.cluster import KMeans

from verger.config.settings import VocabularySettings
from verger.errors import VergerError
from verger.kernels import euclidean
from verger.kernels.bits import as_bits, as_bytes
from verger.vocabulary import integer_kmeans
from verger.vocabulary.training import InMemory


def sample(n, seed=0, groups=20, width=27):
    """Descriptors around some middles: n x 4; the bytes beyond the width are zero."""
    random = np.random.default_rng(seed)
    middles = random.integers(40, 215, (groups, width))
    points = np.zeros((n, 32), np.uint8)
    points[:, :width] = middles[random.integers(0, groups, n)] + random.integers(-9, 10, (n, width))
    return as_bits(points)


def fit(points, k, threads=1, **chosen):
    return integer_kmeans.fit(InMemory(points, threads), VocabularySettings(k=k, **chosen)).best


class Cut:
    """A training set in parts of any size, added up from the last to the first."""

    def __init__(self, points, borders):
        self.parts = [part for part in np.split(points, sorted(borders)) if len(part)]

    def fold(self, part_of):
        *others, total = [part_of(part) for part in self.parts]
        for part in reversed(others):
            total = total + part
        return total


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(1, 1999), max_size=6), st.integers(0, 99))
def test_the_words_are_the_same_bytes_however_the_descriptors_are_cut_and_ordered(borders, seed):
    points = sample(2000, seed)
    order = np.random.default_rng(seed).permutation(2000)
    cut = Cut(points[order], borders)
    chosen = VocabularySettings(k=25, seed=seed, max_iterations=6)
    found = integer_kmeans.fit(cut, chosen).best
    whole = integer_kmeans.fit(InMemory(points, 3), chosen).best
    assert found.centres.tobytes() == whole.centres.tobytes()
    assert found.costs == whole.costs


def rows(most):
    # Few values, also the outermost: ties and the largest distances come up.
    return st.integers(1, most).flatmap(
        lambda n: arrays(np.uint8, (n, 32), elements=st.sampled_from([0, 1, 254, 255]))
    )


@settings(deadline=None)
@given(rows(20), rows(6))
def test_the_nearest_centre_is_the_lowest_of_the_closest(points, centres):
    apart = points[:, None].astype(np.int64) - centres[None].astype(np.int64)
    distances = (apart**2).sum(axis=2)
    words, nearest = euclidean.nearest(as_bits(points), as_bits(centres))
    assert np.array_equal(words, distances.argmin(axis=1))
    assert np.array_equal(nearest, distances.min(axis=1))


@settings(deadline=None)
@given(rows(20), st.integers(1, 4), st.data())
def test_centres_are_means_and_a_half_is_rounded_up(points, k, data):
    words = np.array(data.draw(st.lists(st.integers(0, k - 1), min_size=len(points),
                                        max_size=len(points))), np.int32)  # fmt: skip
    sums = euclidean.add_up(as_bits(points), words, k)
    for word in np.unique(words):
        own = points[words == word].astype(np.int64)
        assert sums[word].tolist() == own.sum(axis=0).tolist()
        middle = as_bytes(euclidean.means(sums[[word]], np.array([len(own)])))[0]
        assert middle.tolist() == np.floor(own.mean(axis=0) + 0.5).astype(int).tolist()


def test_words_serve_as_well_as_those_of_scikit_learn():
    points = sample(4000, groups=60)
    ours = fit(points, 40, max_iterations=30)
    theirs = KMeans(40, n_init=1, max_iter=30, random_state=0).fit(as_bytes(points).astype(float))
    assert ours.costs[-1] < 1.15 * theirs.inertia_


def test_iterations_never_make_the_words_worse_but_for_the_rounding_of_centres():
    points = sample(3000, groups=60)
    costs = fit(points, 40, max_iterations=15, tolerance=0.0).costs
    rounding = 3000 * 27 / 4  # a centre is off by half a step at most in each number
    assert all(after <= before + rounding for before, after in pairwise(costs))


def test_sizes_count_the_descriptors_nearest_to_each_word():
    points = sample(3000)
    best = fit(points, 30, max_iterations=3)
    words, _ = euclidean.nearest(points, best.centres)
    assert best.sizes.tolist() == np.bincount(words, minlength=30).tolist()
    assert best.sizes.min() > 0


def test_another_seed_gives_other_words():
    one, two = (fit(sample(3000, groups=90), 40, seed=seed, max_iterations=3) for seed in (0, 1))
    assert not np.array_equal(one.centres, two.centres)


def test_too_few_distinct_descriptors_are_refused_with_the_number_that_works():
    points = np.repeat(sample(5), 50, axis=0)
    with pytest.raises(VergerError, match="--k 5 or fewer"):
        fit(points, 6)
    assert len(np.unique(fit(points, 5).centres, axis=0)) == 5
