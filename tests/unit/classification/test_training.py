"""A classifier learns from rows in memory, knows what it knows, and is the same bytes each time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from verger.classification.classifier import Classifier
from verger.classification.groups import FOLDS
from verger.classification.metrics import judge, maturity, report
from verger.classification.moments import Moments
from verger.classification.species_first import SpeciesFirst
from verger.classification.training import Course, Examples, Part, gathered, train
from verger.classification.tree import LEVELS, Tree
from verger.config.heads import COLOUR, ORB, STATISTICS, heads_for

LABELS = [
    "Apple Golden 1",
    "Apple Golden 2",
    "Apple Red 1",
    "Avocado ripe",
    "Avocado unripe",
    "Kiwi",
    "Lemon",
]
TREE = Tree.of(LABELS, {})
BLOCKS = (ORB, COLOUR, STATISTICS)
COURSE = Course(heads_for(BLOCKS), TREE)
PER_LABEL = 30


def drawn(seed, per_label=PER_LABEL, shift=0.0):
    """Examples of every label: what a species has in common, what a label has, and noise."""
    rng = np.random.default_rng(seed)
    prototypes = np.random.default_rng(0)
    species = prototypes.normal(size=(len(TREE.species), 12)) * 2000
    own = prototypes.normal(size=(len(LABELS), 12)) * 700
    truth = np.repeat(np.arange(len(LABELS)), per_label)
    middle = species[TREE.species_of[truth]] + own[truth]
    rows = {
        block: (middle + shift + rng.normal(size=middle.shape) * 500).astype(np.int32)
        for block in BLOCKS
    }
    folds = np.tile(np.arange(per_label) * FOLDS // per_label, len(LABELS))
    return Examples(rows, truth, folds)


CLASSIFIER, LEFT_OUT = train(COURSE, drawn(1))


def test_what_was_learnt_is_recognised_at_every_level():
    asked = drawn(2)
    scores = CLASSIFIER.score(asked.rows)
    levels = judge(TREE, asked.labels, scores.probabilities)
    assert all(of.right.mean() > 0.9 for of in levels.values())


def test_a_species_is_at_least_as_likely_as_any_of_its_labels():
    probabilities = CLASSIFIER.score(drawn(3).rows).probabilities
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    levels = CLASSIFIER.levels(probabilities)
    above = levels["species"][:, TREE.species_of]
    assert (above >= levels["label"] - 1e-12).all()
    assert (levels["variety"][:, TREE.variety_of] >= levels["label"] - 1e-12).all()


def test_what_is_nothing_known_is_beyond_the_limit_and_what_is_known_is_not():
    known, strange = (CLASSIFIER.score(drawn(4, shift=s).rows).distances for s in (0, 30_000))
    assert np.mean(known <= CLASSIFIER.limit) > 0.95
    assert (strange > CLASSIFIER.limit).all()


def test_a_classifier_is_the_same_bytes_however_its_photographs_are_parted():
    examples = drawn(1)
    pieces = np.array_split(np.arange(len(examples.labels)), 7)
    total: dict[Part, Moments] = {}
    for piece in reversed(pieces):
        some = Examples(
            {block: rows[piece] for block, rows in examples.rows.items()},
            examples.labels[piece],
            examples.folds[piece],
        )
        for part, moments in COURSE.parts(some).items():
            total[part] = total[part] + moments if part in total else moments
    sums = (
        gathered({part: moments for part, moments in total.items() if part[0] == of.name})
        for of in COURSE.settings
    )
    fitted = COURSE.fit(sums)
    again = COURSE.finish(fitted, COURSE.leave_out(fitted, examples))
    assert again.to_bytes() == CLASSIFIER.to_bytes()


def test_a_classifier_that_was_stored_answers_as_before():
    stored = Classifier.from_bytes(CLASSIFIER.to_bytes())
    rows = drawn(5).rows
    assert stored.tree == TREE
    np.testing.assert_array_equal(
        stored.score(rows).probabilities, CLASSIFIER.score(rows).probabilities
    )
    assert stored.to_bytes() == CLASSIFIER.to_bytes()


def test_photographs_are_judged_by_heads_that_had_not_seen_their_variety():
    examples = drawn(1)
    trial = COURSE.leave_out(LEFT_OUT, examples)
    kiwi = examples.labels == LABELS.index("Kiwi")
    red = examples.labels == LABELS.index("Apple Red 1")
    assert not trial.unseen[kiwi].any()
    assert trial.unseen[red].all()
    # A label that was not seen has no weights: its score is what is added, the same for all.
    assert all(len(set(scores[red][:, LABELS.index("Apple Red 1")])) == 1
               for scores in trial.by_varieties)  # fmt: skip


@pytest.mark.parametrize("blocks", [(ORB,), (STATISTICS,), (ORB, STATISTICS)])
def test_fewer_blocks_will_do(blocks):
    classifier, _ = train(Course(heads_for(blocks), TREE), drawn(1))
    asked = drawn(2)
    answers = classifier.score(asked.rows).probabilities.argmax(axis=1)
    assert np.mean(answers == asked.labels) > 0.8


def test_one_label_alone_is_no_error():
    tree = Tree.of(["Kiwi"], {})
    rows = {ORB: np.arange(60, dtype=np.int32).reshape(10, 6)}
    examples = Examples(rows, np.zeros(10, int), np.arange(10) % FOLDS)
    classifier, _ = train(Course(heads_for((ORB,)), tree), examples)
    np.testing.assert_array_equal(classifier.score(rows).probabilities, np.ones((10, 1)))


def test_a_label_with_one_photograph_is_no_error():
    examples = drawn(1, per_label=1)
    train(COURSE, examples)


def test_metrics_count_what_was_right():
    truth = np.array([0, 0, 1, 5, 6, 6])
    answers = np.array([0, 1, 1, 5, 6, 3])
    probabilities = np.full((6, len(LABELS)), 0.01)
    probabilities[np.arange(6), answers] = 0.94
    levels = judge(TREE, truth, probabilities)
    told = report(TREE, levels)
    assert [told[level]["right"] for level in LEVELS] == [5, 5, 4]
    lemon = levels["label"].by_class()[6]
    assert (lemon["photographs"], lemon["answers"], lemon["right"]) == (2, 1, 1)
    assert (lemon["recall"], lemon["precision"]) == (0.5, 1.0)
    assert levels["label"].confusion()[6, 3] == 1


def test_maturity_is_judged_where_a_species_has_several_states():
    truth = np.array([3, 3, 4, 5])
    probabilities = np.eye(len(LABELS))[[3, 4, 4, 6]]
    levels = judge(TREE, truth, probabilities)
    assert maturity(TREE, levels["label"]) == {"photographs": 3, "right": 2, "accuracy": 0.666667}


def test_a_classifier_of_before_is_read_with_its_own_way_of_mixing():
    before = replace(CLASSIFIER, mixture=SpeciesFirst(0.5, 1.0, 0.2, 0.3))
    stored = Classifier.from_bytes(before.to_bytes())
    assert stored.mixture == before.mixture
    rows = drawn(5).rows
    np.testing.assert_array_equal(
        stored.score(rows).probabilities, before.score(rows).probabilities
    )
