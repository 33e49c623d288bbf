"""Linear heads from sums: what they are, and that sums add up whatever the partitions."""

from __future__ import annotations

import numpy as np
import pytest

from verger.classification import novelty, ridge
from verger.classification.moments import Moments
from verger.classification.ridge import Problem

RNG = np.random.default_rng(5)
LABELS = RNG.integers(0, 4, 200)
ROWS = (RNG.normal(size=(200, 6)) * 300 + 500 * np.eye(4, 6)[LABELS]).astype(np.int32)
WHOLE = Moments.of(ROWS, LABELS, 4)


def test_sums_are_the_same_bytes_whatever_the_partitions():
    for parts in (1, 3, 50):
        pieces = zip(np.array_split(ROWS, parts), np.array_split(LABELS, parts), strict=True)
        total = sum((Moments.of(r, y, 4) for r, y in pieces), Moments.none(4, 6))
        assert total.to_vector().tobytes() == WHOLE.to_vector().tobytes()


def test_what_was_added_can_be_taken_away():
    part = Moments.of(ROWS[:50], LABELS[:50], 4)
    rest = Moments.of(ROWS[50:], LABELS[50:], 4)
    assert (WHOLE - part).to_vector().tobytes() == rest.to_vector().tobytes()


def test_moments_travel_as_one_vector():
    again = Moments.from_vector(WHOLE.to_vector(), 4, 6)
    assert again.to_vector().tobytes() == WHOLE.to_vector().tobytes()


def balanced_ridge(strength):
    """The same regression from the rows themselves, every label weighing the same: the covariance
    within labels is shared, so it is taken over all rows.
    """
    means = np.array([ROWS[label == LABELS].mean(axis=0) for label in range(4)])
    inner = ROWS - means[LABELS]
    centre = means.mean(axis=0)
    covariance = inner.T @ inner / len(ROWS) + (means - centre).T @ (means - centre) / 4
    scale = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(scale, scale) + strength * np.eye(6)
    weights = np.linalg.solve(correlation, (means - centre).T / 4 / scale[:, None])
    return weights / scale[:, None], 1 / 4 - centre @ weights_over(weights, scale)


def weights_over(weights, scale):
    return weights / scale[:, None]


@pytest.mark.parametrize("strength", [0.01, 1.0])
def test_a_head_is_the_ridge_regression_in_which_every_label_weighs_the_same(strength):
    head = Problem.of(WHOLE, standardise=True).solve(strength)
    weights, bias = balanced_ridge(strength)
    np.testing.assert_allclose(head.weights, weights, atol=2**-30)
    np.testing.assert_allclose(head.bias, bias, atol=2**-20)


def test_in_single_precision_the_same_head_comes_out_roughly():
    problem = Problem.of(WHOLE, standardise=True)
    rough, exact = problem.rough().solve(0.01), problem.solve(0.01)
    np.testing.assert_allclose(rough.weights, exact.weights, rtol=1e-3, atol=2**-29)


def test_a_head_tells_its_labels_apart():
    head = Problem.of(WHOLE, standardise=True).solve(0.1)
    assert np.mean(head.score(ROWS).argmax(axis=1) == LABELS) > 0.7


def test_the_scores_of_all_labels_of_a_row_sum_to_one():
    head = Problem.of(WHOLE, standardise=False).solve(0.1)
    np.testing.assert_allclose(head.score(ROWS).sum(axis=1), 1, atol=1e-4)


def test_the_error_from_sums_is_the_error_of_the_rows():
    head = Problem.of(WHOLE, standardise=True).solve(0.1)
    few = Moments.of(ROWS[:40], LABELS[:40], 4)
    missed = head.score(ROWS[:40]) - np.eye(4)[LABELS[:40]]
    of_label = [missed[LABELS[:40] == label] for label in range(4)]
    bias = np.mean([np.sum(of.mean(axis=0) ** 2) for of in of_label])
    spread = np.sum([((of - of.mean(axis=0)) ** 2).sum() for of in of_label]) / 40
    assert ridge.error(head, few, few.within(), np.eye(4)) == pytest.approx(bias + spread)


def test_a_score_does_not_depend_on_the_batch():
    head = Problem.of(WHOLE, standardise=True).solve(0.1)
    one_by_one = np.vstack([head.score(row[None]) for row in ROWS])
    assert head.score(ROWS).tobytes() == one_by_one.tobytes()


def test_what_was_never_seen_is_far():
    known = novelty.fit(WHOLE)
    strange = ROWS[:20] + 20_000
    assert known.distance(strange).min() > 3 * known.distance(ROWS).max()


def test_a_label_without_photographs_is_near_to_nothing():
    one_more = Moments.of(ROWS, LABELS, 5)
    assert novelty.fit(one_more).centres.shape == (4, 6)
