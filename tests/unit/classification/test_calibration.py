"""Probabilities that mean what they say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from verger.classification.calibration import (
    reliability,
    risk_coverage,
    softmax,
)


def drawn(temperature, n=20_000):
    """Scores, and truths drawn from the probabilities that this temperature makes of them."""
    rng = np.random.default_rng(1)
    scores = rng.normal(size=(n, 5))
    chances = softmax(scores, temperature).cumsum(axis=1)
    return scores, (rng.random((n, 1)) > chances).sum(axis=1).clip(max=4)


def test_honest_probabilities_have_next_to_no_calibration_error():
    scores, truth = drawn(0.5)
    honest, boastful = softmax(scores, 0.5), softmax(scores, 0.05)
    errors = [
        reliability(p.max(axis=1), p.argmax(axis=1) == truth).error for p in (honest, boastful)
    ]
    assert errors[0] < 0.02 < 0.15 < errors[1]


def test_the_surest_answers_come_first_in_the_risk():
    confidence = np.array([0.9, 0.8, 0.7, 0.6])
    right = np.array([True, True, False, False])
    assert risk_coverage(confidence, right, steps=4) == [
        (0.25, 0.0),
        (0.5, 0.0),
        (0.75, pytest.approx(1 / 3)),
        (1.0, 0.5),
    ]


@given(st.lists(st.floats(-50, 50), min_size=2, max_size=6), st.floats(0.02, 2))
def test_probabilities_sum_to_one_and_keep_the_order(scores, temperature):
    row = np.array([scores])
    probabilities = softmax(row, temperature)
    assert probabilities.sum() == pytest.approx(1)
    assert probabilities[0, row.argmax()] == probabilities.max()
