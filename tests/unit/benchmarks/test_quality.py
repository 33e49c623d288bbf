"""The pieces of the sweep: who is judged on what, and how the choice is made."""

import json
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import psutil
import pytest

from benchmarks.quality import candidates, words
from benchmarks.quality.__main__ import main
from benchmarks.quality.album import by_label, by_variety
from benchmarks.quality.cost import measure
from benchmarks.quality.draws import FOLDS, draws
from benchmarks.quality.judge import Unseen, right, unseen
from benchmarks.quality.rule import choose, paired
from benchmarks.quality.scores import rows
from tests.photographs import jpeg, orchard
from verger.config.settings import FRUITS, VocabularySettings, Weighting
from verger.imaging.orb import Extractor
from verger.vocabulary.words import HammingVocabulary

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
    turned = list(candidates.around(candidates.START))
    tried = [*candidates.scales(), *turned, *candidates.together(candidates.START, turned)]
    assert len(set(tried)) == len(tried)


def test_turns_are_combined_unless_they_turn_the_same_thing():
    patch, other_patch, edge = (
        replace(candidates.START, patch_size=15),
        replace(candidates.START, patch_size=47),
        replace(candidates.START, edge_threshold=16),
    )
    assert list(candidates.together(candidates.START, [patch, other_patch, edge])) == [
        replace(candidates.START, patch_size=15, edge_threshold=16),
        replace(candidates.START, patch_size=47, edge_threshold=16),
    ]


def tiny(folder, **sizes):
    """The arguments of a sweep that takes seconds."""
    for split, count in (("Training", 4), ("Test", 2)):
        orchard(folder / "known", {"Plum": count, "Pear": count}, split)
    for species in ("Apple", "Cherry"):
        orchard(folder / "unseen", {f"{species} {i}": 3 for i in range(3)}, species)
    options = {"words": 10, "vocabularies": 2, "repetitions": 2, "components": 3, "timed": 1}
    return [
        *("--images", str(folder / "known"), "--varieties", str(folder / "unseen")),
        *("--out", str(folder / "out"), "--kept", str(folder / "kept"), "--processes", "1"),
        *(f"--{name.replace('_', '-')}={size}" for name, size in {**options, **sizes}.items()),
    ]


def test_a_sweep_names_one_extractor_and_one_weighting_and_goes_on_where_it_was(
    tmp_path, monkeypatch
):
    arguments = tiny(tmp_path)
    main(arguments)
    first = json.loads((tmp_path / "out/results.json").read_text())
    for stage in ("extractors", "weightings"):
        assert sum(one["chosen"] for one in first[stage]) == 1
    assert len(first["extractors"]) >= 29  # a third round combines what there is
    assert first["command"].startswith("make sweep IMAGES=known VARIETIES=unseen QUALITY=")
    assert "--words 10 " in first["command"]
    assert (tmp_path / "out/results.md").read_text().count("**chosen**") == 2

    def never(*_):
        raise AssertionError("computed again")

    monkeypatch.setattr(words, "describe", never)
    monkeypatch.setattr(words, "fit", never)
    main(arguments)
    again = json.loads((tmp_path / "out/results.json").read_text())
    assert {**again, "measured": ""} == {**first, "measured": ""}
    with pytest.raises(AssertionError, match="computed again"):
        main(tiny(tmp_path, words=11))  # what was kept is for other words


def test_a_vocabulary_is_fitted_to_a_sample_that_every_label_has_a_part_in(tmp_path):
    album = by_label(orchard(tmp_path, {"Plum": 4, "Pear": 1}) / "Training", 9)
    described = [
        Extractor(FRUITS.extractor).describe(p.read_bytes()).tobytes() for p in album.paths
    ]
    settings = VocabularySettings(k=8, sample_per_word=5)
    fitted = words.fit(album, described, settings, threads=1)
    assert np.array_equal(fitted.centres, words.fit(album, described, settings, threads=3).centres)
    counts = words.count(described, fitted, threads=2)
    assert counts.shape == (5, 8)
    assert counts.sum(axis=1).tolist() == [len(found) // 32 for found in described]


def test_document_frequencies_and_components_are_learnt_from_training_alone():
    random = np.random.default_rng(0)
    training, test = (random.poisson(2, (n, 12)).astype(np.int32) for n in (30, 8))
    weighting = Weighting("hellinger", idf=True)
    for components in (None, 4):
        whole = rows(weighting, components, training, test)
        part = rows(weighting, components, training, test[:3])
        assert np.allclose(whole[0], part[0])
        assert np.allclose(whole[1][:3], part[1])
        assert whole[1].shape == (8, components or 12)


def test_more_descriptors_cost_more_time():
    photographs = [jpeg(seed) for seed in range(8)]
    vocabulary = HammingVocabulary(np.random.default_rng(0).integers(0, 256, (50, 32), np.uint8))
    few, many = (
        measure(replace(candidates.START, side=side), vocabulary, candidates.START, photographs)
        for side in (50, 400)
    )
    assert few.relative < many.relative


def test_a_worker_ends_when_its_parent_is_killed():
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
    )
    worker = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.communicate()
    worker.wait(timeout=20)  # raises if it lives on


PARENT = """
import os, time
from benchmarks.quality.pool import processes

if __name__ == "__main__":
    with processes(1) as pool:
        print(pool.submit(os.getpid).result(), flush=True)
        time.sleep(60)
"""
