"""Scores of several heads become probabilities: what each may say, and whose word weighs more."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from verger.classification import mixing
from verger.classification.calibration import softmax
from verger.classification.mixing import Evidence
from verger.classification.mixture import Mixture
from verger.classification.species_first import SpeciesFirst
from verger.classification.tree import Tree
from verger.config.heads import HEADS, HeadSettings

LABELS = ["Apple Golden", "Apple Red", "Kiwi", "Lemon Meyer", "Lemon Verna"]
TREE = Tree.of(LABELS, {})
RNG = np.random.default_rng(7)
# Two heads that generalise.
TWO = (
    HeadSettings("one", ("one",), generalises=True),
    HeadSettings("two", ("two",), generalises=True),
)
MIXED = Mixture(labels=(3.0, 5.0), species=(0.0, 2.0), recognised=4.0)


def scores(n=40, seed=0):
    return np.random.default_rng(seed).normal(0.2, 0.3, (n, len(LABELS)))


@given(st.integers(0, 2**32 - 1), st.floats(0, 100), st.floats(0, 100))
def test_probabilities_are_probabilities_whatever_the_weights(seed, weight, recognised):
    mixture = Mixture((weight, 1.0), (0.0, weight), recognised)
    found = mixture.probabilities(HEADS, [scores(8, seed), scores(8, seed + 1)], TREE)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found.sum(axis=1), 1)


def test_what_recognises_tells_labels_of_one_species_apart_and_no_species():
    far = scores()
    mixture = replace(MIXED, recognised=0.0)
    one, other = (mixture.probabilities(HEADS, [scores(seed=seed), far], TREE) for seed in (1, 2))
    assert not np.allclose(one, other)
    np.testing.assert_allclose(TREE.summed(one, "species"), TREE.summed(other, "species"))


def test_a_species_gains_where_one_of_its_labels_is_recognised():
    far, near = np.zeros((1, len(LABELS))), np.zeros((1, len(LABELS)))
    seen = near.copy()
    seen[0, LABELS.index("Lemon Meyer")] = 1.0
    lemon = TREE.species.index("Lemon")
    before, after = (
        TREE.summed(MIXED.probabilities(HEADS, [of, far], TREE), "species")[0, lemon]
        for of in (near, seen)
    )
    assert after > 2 * before


def evidence(*of_heads, truth):
    return Evidence.of(of_heads, truth, TREE)


def test_the_word_of_a_head_that_knows_weighs_more_than_that_of_one_that_guesses():
    truth = np.repeat(np.arange(len(LABELS)), 30)
    knows = np.eye(len(LABELS))[truth] + RNG.normal(0, 0.2, (len(truth), len(LABELS)))
    guesses = RNG.normal(0, 0.5, knows.shape)
    none = evidence(knows[:0], guesses[:0], truth=truth[:0])
    chosen = mixing.choose(TWO, TREE, evidence(knows, guesses, truth=truth), none)
    assert chosen.labels[0] > 8 * chosen.labels[1]
    assert chosen.species[0] > chosen.species[1]


def test_what_is_recognised_weighs_nothing_where_it_misleads():
    truth = np.repeat(np.arange(len(LABELS)), 30)
    far = np.eye(len(LABELS))[truth] + RNG.normal(0, 0.4, (len(truth), len(LABELS)))
    misled = np.eye(len(LABELS))[(truth + 2) % len(LABELS)]
    part = evidence(misled, far, truth=truth)
    assert mixing.choose(HEADS, TREE, part, part).recognised == 0
    led = evidence(np.eye(len(LABELS))[truth], far, truth=truth)
    assert mixing.choose(HEADS, TREE, led, led).recognised > 0


@pytest.mark.parametrize("temperature", [0.1, 0.5, 1.5])
def test_the_temperature_that_made_the_truth_is_found_within_half_a_step(temperature):
    flat = Tree.of(["Apple", "Fig", "Kiwi", "Lemon", "Plum"], {})
    drawn = np.random.default_rng(1).normal(size=(20_000, len(flat.labels)))
    chances = softmax(drawn, temperature).cumsum(axis=1)
    truth = (RNG.random((len(drawn), 1)) > chances).sum(axis=1).clip(max=len(flat.labels) - 1)
    part = Evidence.of([drawn], truth, flat)
    none = Evidence.of([drawn[:0]], truth[:0], flat)
    chosen = mixing.choose(TWO[:1], flat, part, none)
    # A label is its own species here: both weights are of the same score.
    half_a_step = 2 ** (0.5 / mixing.OCTAVE) - 1
    found = chosen.labels[0] + chosen.species[0]
    assert found == pytest.approx(1 / temperature, rel=half_a_step)


def test_without_anything_left_out_the_mixture_is_a_cautious_one():
    none = evidence(scores(0), scores(0), truth=np.zeros(0, int))
    for heads in (HEADS, TWO):
        chosen = mixing.choose(heads, TREE, none, none)
        assert set(chosen.labels) == set(chosen.species) - {0.0} == {2.0}
        assert chosen.probabilities(heads, [scores(), scores()], TREE).shape == (40, len(LABELS))


def test_what_columns_pull_adds_up_to_how_much_likelier_a_label_is():
    weights = [RNG.normal(size=(6, len(LABELS))) for _ in TWO]
    row = RNG.normal(size=(1, 6))
    mixture = Mixture((3.0, 1.0), (2.0, 0.5))
    found = mixture.probabilities(TWO, [row @ of for of in weights], TREE)[0]
    pulled = sum(row[0] @ mixture.pull(head, of, TREE) for head, of in enumerate(weights))
    assert pulled[0] - pulled[3] == pytest.approx(np.log(found[0] / found[3]))


def test_models_of_before_answer_species_first():
    mixture = SpeciesFirst(0.5, 1.0, 0.2, 0.3)
    found = mixture.probabilities(HEADS, [scores(seed=1), scores()], TREE)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    far = TREE.summed(scores(), "species")
    recognised = TREE.highest(np.maximum(scores(seed=1), 0) ** 3, "species")
    species = TREE.summed(found, "species")
    assert (species.argmax(axis=1) == (far + recognised).argmax(axis=1)).all()
