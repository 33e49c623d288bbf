"""The pieces of the sweep: who is judged on what, and how the choice is made."""

from dataclasses import dataclass

import numpy as np
import pytest

from benchmarks.quality import candidates
from benchmarks.quality.album import by_label, by_variety
from benchmarks.quality.draws import FOLDS, draws
from benchmarks.quality.judge import Unseen, right, unseen
from benchmarks.quality.rule import choose, paired
from tests.photographs import orchard

SPECIES = np.repeat(["Apple", "Cherry", "Tomato"], [14 * 2, 10 * 2, 12 * 2])
VARIETIES = np.array([f"{name} {i // 2}" for i, name in enumerate(SPECIES)])


@dataclass(frozen=True)
class Contender:
    unseen: Unseen
    known: float = 0.9
    time: float = 1.0
    bare: float = 0.0


def scored(*varieties, **others):
    return Contender(Unseen((), varieties), **others)


def test_every_variety_is_held_out_once_in_a_repetition():
    held_out = draws(SPECIES, VARIETIES, repetitions=5)
    assert len(held_out) == 5 * FOLDS
    for repetition in range(5):
        names = np.concatenate(held_out[FOLDS * repetition : FOLDS * (repetition + 1)])
        assert sorted(names) == sorted(set(VARIETIES))


def test_every_draw_trains_on_two_thirds_of_each_species():
    for names in draws(SPECIES, VARIETIES, repetitions=5):
        for species, count in (("Apple", 14), ("Cherry", 10), ("Tomato", 12)):
            held = sum(name.startswith(species) for name in names)
            assert abs(held - count / 3) < 1


def test_draws_depend_on_their_seed_and_on_nothing_else():
    order = np.random.default_rng(0).permutation(len(SPECIES))
    one, shuffled, other = (
        draws(SPECIES, VARIETIES, 2),
        draws(SPECIES[order], VARIETIES[order], 2),
        draws(SPECIES, VARIETIES, 2, seed=1),
    )
    assert [list(names) for names in one] == [list(names) for names in shuffled]
    assert [list(names) for names in one] != [list(names) for names in other]


def test_a_species_with_too_few_varieties_is_refused_by_name():
    with pytest.raises(ValueError, match="Quince has 2 varieties"):
        draws(np.repeat("Quince", 4), np.repeat(["a", "b"], 2), 1)


def test_the_judge_names_what_can_be_told_apart_whatever_the_scale_of_the_rows():
    labels = np.repeat(["a", "b"], 20)
    rows = np.random.default_rng(0).normal(size=(40, 5)) + 9 * (labels == "a")[:, None]
    for scale in (1e-4, 1.0, 1e4):
        assert right(rows[::2] * scale, labels[::2], rows[1::2] * scale, labels[1::2]).all()


def test_rows_without_any_word_can_be_judged():
    labels = np.repeat(["a", "b"], 3)
    assert right(np.zeros((6, 2)), labels, np.zeros((6, 2)), labels).mean() == 0.5


def test_photographs_are_judged_only_where_their_variety_is_held_out():
    # Each variety is told by a column of its own, so nothing learnt helps with an unseen one,
    # while a column of the species helps with all.
    own = (VARIETIES[:, None] == np.unique(VARIETIES)).astype(float)
    shared = (SPECIES[:, None] == np.unique(SPECIES)).astype(float)
    held_out = draws(SPECIES, VARIETIES, 2)
    hopeless = unseen([own], SPECIES, VARIETIES, held_out, threads=2)
    perfect = unseen([shared], SPECIES, VARIETIES, held_out, threads=2)
    assert perfect.mean == 1.0
    assert hopeless.mean < 0.5
    assert len(perfect.draws) == 2 * FOLDS
    assert len(perfect.varieties) == 36


def test_repetitions_take_turns_with_the_vocabularies():
    shared = (SPECIES[:, None] == np.unique(SPECIES)).astype(float)
    nothing = np.zeros_like(shared)
    scores = unseen([shared, nothing], SPECIES, VARIETIES, draws(SPECIES, VARIETIES, 2), 1)
    assert scores.draws[:FOLDS] == (1.0,) * FOLDS
    assert max(scores.draws[FOLDS:]) < 0.5


def test_a_paired_difference_is_sure_where_varieties_agree_and_unsure_where_they_do_not():
    low, high, mixed = (Unseen((), v) for v in ((0.1, 0.5, 0.9), (0.2, 0.6, 1.0), (0.9, 0.1, 0.8)))
    assert paired(high, low).mean == pytest.approx(0.1)
    assert paired(high, low).standard_error == pytest.approx(0.0)
    assert paired(mixed, low).mean == pytest.approx(0.1)
    assert paired(mixed, low).standard_error == pytest.approx(
        np.std([0.8, -0.4, -0.1], ddof=1) / 3**0.5
    )


def test_the_fastest_within_a_point_of_the_best_is_chosen():
    best, close, far = (
        scored(0.60, 0.60, time=3),
        scored(0.592, 0.592, time=2),
        scored(0.58, 0.58, time=1),
    )
    assert choose([best, close, far]) is close


def test_a_difference_within_its_own_error_does_not_count():
    best, faster = scored(0.9, 0.3, 0.7, time=2), scored(0.5, 0.8, 0.5, time=1)
    assert choose([best, faster]) is faster


def test_what_is_faster_must_not_lose_on_fruits_that_are_known():
    best, faster = scored(0.6, 0.6, known=0.9, time=2), scored(0.6, 0.6, known=0.88, time=1)
    assert choose([best, faster]) is best


def test_settings_that_leave_photographs_bare_are_out_however_good():
    blind, sighted = scored(0.9, 0.9, bare=0.01), scored(0.5, 0.5, time=9)
    assert choose([blind, sighted]) is sighted


def test_of_equals_the_first_is_chosen():
    first, second = scored(0.6, 0.6), scored(0.6, 0.6)
    assert choose([first, second]) is first


def test_albums_are_thinned_evenly_and_know_labels_and_varieties(tmp_path):
    orchard(tmp_path, {"Plum": 9, "Pear": 2})
    album = by_label(tmp_path / "Training", 3)
    assert album.labels.tolist() == ["Pear", "Pear", "Plum", "Plum", "Plum"]
    assert [path.name for path in album.paths[2:]] == ["0_100.jpg", "3_100.jpg", "6_100.jpg"]
    species = by_variety(tmp_path, 3)
    assert set(species.labels) == {"Training"}
    assert species.varieties.tolist() == album.varieties.tolist()


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(SystemExit, match="no photographs"):
        by_label(tmp_path, 3)


def test_no_setting_is_tried_twice():
    tried = [*candidates.scales(), *candidates.around(candidates.START)]
    assert len(set(tried)) == len(tried)
