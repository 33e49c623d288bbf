"""The vocabulary: reproducible, full, and refused where it cannot be had."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verger.config.settings import VocabularySettings
from verger.errors import VergerError
from verger.kernels.bits import as_bits
from verger.kernels.hamming import nearest
from verger.kernels.lowest import Lowest
from verger.vocabulary import kmajority, lloyd
from verger.vocabulary.training import InMemory


def sample(n, seed=0, centres=20):
    """Descriptors around some centres: n x 4."""
    rng = np.random.default_rng(seed)
    around = rng.integers(0, 256, (centres, 32), dtype=np.uint8)[rng.integers(0, centres, n)]
    flips = np.packbits(rng.random((n, 256)) < 0.05, axis=1)
    return as_bits(around ^ flips)


def fit(points, k, threads=1, **chosen):
    return kmajority.fit(InMemory(points, threads), VocabularySettings(k=k, **chosen))


def test_the_same_descriptors_and_seed_give_the_same_bytes_with_any_number_of_threads():
    fits = [fit(sample(5000), 64, threads=t, seed=7) for t in (1, 2, 5)]
    assert len({f.best.centres.tobytes() for f in fits}) == 1


def test_the_order_of_the_descriptors_does_not_matter():
    points = sample(5000)
    shuffled = points[np.random.default_rng(1).permutation(len(points))]
    assert fit(points, 64).best.centres.tobytes() == fit(shuffled, 64).best.centres.tobytes()


def test_processors_without_avx512_give_the_same_bytes():
    code = (
        "from tests.unit.vocabulary.test_kmajority import fit, sample\n"
        "import sys; sys.stdout.buffer.write(fit(sample(3000), 50).best.centres.tobytes())"
    )
    told = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONPATH": "spark_jobs:plugins:.", "NUMBA_CACHE_DIR": "", **machine},
            capture_output=True,
            check=True,
        ).stdout
        for machine in ({}, {"NUMBA_CPU_NAME": "x86-64", "NUMBA_CPU_FEATURES": "+popcnt"})
    ]
    assert told[0] == told[1] == fit(sample(3000), 50).best.centres.tobytes()


def test_another_seed_gives_another_vocabulary():
    one, two = (fit(sample(5000), 64, seed=seed, max_iterations=3).best for seed in (0, 1))
    assert not np.array_equal(one.centres, two.centres)


def test_of_all_restarts_the_cheapest_is_kept():
    points = sample(3000, centres=40)
    several = fit(points, 40, restarts=4, max_iterations=5)
    assert len(several.costs) == 4
    assert len({costs[-1] for costs in several.costs}) > 1
    assert several.best.costs[-1] == min(costs[-1] for costs in several.costs)
    assert several.costs[0] == fit(points, 40, max_iterations=5).best.costs


def test_words_settle_on_well_separated_groups():
    best = fit(sample(4000, centres=20), 40, max_iterations=30).best
    assert best.converged
    assert best.costs[-1] / 4000 < 256 * 0.06  # the noise that was put in


def test_a_fit_ends_early_where_the_cost_hardly_falls():
    patient, hasty = (fit(sample(3000), 50, tolerance=t).best for t in (0.0, 0.05))
    assert hasty.converged
    assert len(hasty.costs) < len(patient.costs)


def test_iterations_never_make_the_vocabulary_worse():
    costs = fit(sample(3000), 50, max_iterations=10).best.costs
    assert list(costs) == sorted(costs, reverse=True)


def test_sizes_count_the_descriptors_nearest_to_each_word():
    points = sample(3000)
    best = fit(points, 40, max_iterations=5).best
    words, _ = nearest(points, best.centres)
    assert np.array_equal(best.sizes, np.bincount(words, minlength=40))


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 1000), st.integers(2, 30), st.integers(1, 4), st.integers(1, 3))
def test_no_word_is_ever_empty_or_doubled(seed, k, iterations, threads):
    # Few distinct descriptors, many times each: the case in which words die.
    rng = np.random.default_rng(seed)
    distinct = np.unique(rng.integers(0, 256, (k, 32), dtype=np.uint8), axis=0)
    points = as_bits(distinct[np.concatenate([np.arange(k), rng.integers(0, k, 200)])])
    best = fit(points, k, threads, seed=seed, max_iterations=iterations).best
    assert best.sizes.min() > 0
    assert len(np.unique(best.centres, axis=0)) == k


def test_a_word_that_dies_is_moved_to_the_descriptor_that_is_served_worst():
    near, far = as_bits(np.zeros((50, 32), np.uint8)), as_bits(np.full((1, 32), 255, np.uint8))
    points = np.concatenate([near, far])
    start = np.concatenate([near[:1], near[:1]])  # on a tie the lower wins: word 1 is empty
    settings = VocabularySettings(k=2)
    done = lloyd.descend(InMemory(points, 2), start, settings, kmajority.Hamming())
    assert done.sizes.tolist() == [50, 1]
    assert np.array_equal(done.centres[1:], far)


def test_too_few_distinct_descriptors_are_refused_with_the_number_that_works():
    points = np.repeat(sample(5), 100, axis=0)
    with pytest.raises(VergerError, match="--k 5 or fewer"):
        fit(points, 6)
    assert len(fit(points, 5).best.centres) == 5


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 10**6), st.integers(1, 60), st.integers(1, 5))
def test_the_lowest_of_parts_are_the_lowest_of_the_whole(seed, most, parts):
    rng = np.random.default_rng(seed)
    points = as_bits(rng.integers(0, 2, (100, 32), dtype=np.uint8) * (rng.random((100, 1)) < 0.6))
    keys = points.sum(axis=1, dtype=np.uint64) % 5  # many ties
    whole = Lowest.of(keys, points, most)
    cut = np.array_split(rng.permutation(100), parts)
    merged = sum(
        (Lowest.of(keys[part], points[part], most) for part in cut[1:]),
        start=Lowest.of(keys[cut[0]], points[cut[0]], most),
    )
    assert np.array_equal(whole.bits, merged.bits)
    assert np.array_equal(whole.keys, merged.keys)
    assert len(np.unique(whole.bits, axis=0)) == len(whole.bits)


def test_a_long_fit_says_how_far_it_is(monkeypatch, caplog):
    monkeypatch.setattr(lloyd, "SECONDS_OF_SILENCE", 0)
    with caplog.at_level("INFO", logger="verger"):
        fitted = fit(sample(2000), 40, max_iterations=3, tolerance=0)
    assert len(caplog.messages) == len(fitted.best.costs) - 1
    assert caplog.messages[0].startswith("iteration 1 of at most 3: mean distance ")
