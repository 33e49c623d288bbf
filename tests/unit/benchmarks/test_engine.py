"""The protocols: who is asked about what, and how sure a figure is."""

import json

import cv2
import numpy as np
import pytest

from benchmarks.quality.engine import cost, protocols, report, shop, tasks
from benchmarks.quality.engine.collections import STUDIO, STUDIO_HEADS, Collections, Places
from benchmarks.quality.engine.figures import (
    Figure,
    area_under_curve,
    over_groups,
    over_photographs,
)
from benchmarks.quality.engine.learner import Known, ask
from benchmarks.quality.engine.tasks import Tasks
from tests.photographs import jpeg, orchard
from verger.catalogue.labels import Name
from verger.config.heads import HeadSettings
from verger.config.settings import FRUITS
from verger.imaging import statistics
from verger.imaging.orb import Extractor

HEADS = (HeadSettings("plain", ("plain",), generalises=True),)
SETS = {"plain": HEADS}


def test_the_error_over_groups_is_that_of_their_mean():
    marks = np.array([[1, 1, 0, 0, np.nan], [1, np.nan, 0, 1, 1]])
    figure = over_groups(marks, np.array(["a", "a", "b", "b", "c"]))
    means = [1, 0.25, 1]  # of a photograph that was asked in several draws, all answers count
    means[1] = np.nanmean(marks[:, 2:4])
    assert figure.value == pytest.approx(np.mean(means))
    assert figure.error == pytest.approx(np.std(means, ddof=1) / np.sqrt(3))
    assert (figure.photographs, figure.groups) == (5, 3)


def test_photographs_of_one_group_are_no_independent_witnesses():
    right = np.repeat([True, False], 50)
    few = over_photographs(right, np.repeat(["a", "b"], 50))
    many = over_photographs(right, np.arange(100).astype(str))
    assert few.value == many.value == 0.5
    assert few.error == pytest.approx(0.5)
    assert many.error == pytest.approx(0.05, rel=0.01)


def test_the_area_is_the_share_of_pairs_in_the_right_order():
    inside, outside = np.array([0.1, 0.4, 0.4]), np.array([0.4, 0.9])
    figure = area_under_curve(inside, outside, np.array(["x", "y"]))
    pairs = [(o > i) + (o == i) / 2 for o in outside for i in inside]
    assert figure.value == pytest.approx(np.mean(pairs))


def known(varieties, frames=10, seed=0):
    """Rows around a middle of each species, a little aside for each variety."""
    random = np.random.default_rng(seed)
    names = {f"{one} {i}": Name(one, str(i)) for one in "ABC" for i in range(varieties)}
    labels = np.repeat(list(names), frames)
    species = np.array(["ABC".index(name[0]) for name in labels])
    rows = 1000 * np.eye(8)[species] + random.normal(0, 150, (len(labels), 8))
    folds = np.tile(np.arange(frames) * 3 // frames, len(names))
    return Known(labels, names, folds, {"plain": np.rint(rows).astype(np.int32)})


def anew(draw, compute):
    return compute()


def watch(monkeypatch):
    """What is learnt from and asked about, by labels, whenever classifiers are asked."""
    seen = []
    ask = protocols.ask

    def watched(sets, learnt, asked):
        seen.append((set(learnt.labels), set(asked.labels)))
        return ask(sets, learnt, asked)

    monkeypatch.setattr(protocols, "ask", watched)
    return seen


def test_species_that_can_be_told_apart_are_known_by_varieties_never_seen():
    figure = protocols.unseen_varieties(SETS, known(4), 1, anew)["plain"]["one photograph"]
    assert figure.value > 0.95
    assert figure.groups == 12


def test_a_variety_is_never_learnt_from_where_it_is_asked(monkeypatch):
    seen = watch(monkeypatch)
    protocols.unseen_varieties(SETS, known(4), 1, anew)
    assert len(seen) == 3
    assert all(not learnt & asked for learnt, asked in seen)
    assert sorted(name for _, asked in seen for name in asked) == sorted(set(known(4).labels))


def test_the_curve_asks_two_varieties_of_each_species_and_learns_so_many(monkeypatch):
    seen = watch(monkeypatch)
    curve = protocols.by_number_of_varieties(SETS, known(5), (3, 9), 2, anew)["plain"]
    assert [(len(learnt), len(asked)) for learnt, asked in seen] == [(3, 6), (3, 6), (9, 6), (9, 6)]
    assert all(not learnt & asked for learnt, asked in seen)
    assert set(curve) == {"3", "9"}


def test_several_photographs_together_are_surer_than_each_alone():
    clear = known(4, frames=20)
    noise = np.random.default_rng(0).normal(0, 700, clear.rows["plain"].shape).astype(np.int32)
    noisy = Known(clear.labels, clear.names, clear.folds, {"plain": clear.rows["plain"] + noise})
    figures = protocols.unseen_varieties(SETS, noisy, 1, anew)["plain"]
    assert figures["five together"].value > figures["one photograph"].value + 0.05


def test_sets_that_share_a_head_say_what_each_would_say_alone():
    learnt, asked = known(4), known(4, seed=1)
    for part, seed in ((learnt, 2), (asked, 3)):
        noise = np.random.default_rng(seed).normal(0, 900, (120, 5))
        part.rows["other"] = np.rint(noise).astype(np.int32)
    other = HeadSettings("other", ("other",), generalises=True)
    sets = {"plain": HEADS, "other": (other,), "both": (*HEADS, other)}
    shared = ask(sets, learnt, asked)
    for name, heads in sets.items():
        alone = ask({name: heads}, learnt, asked)
        assert np.array_equal(shared.given[name], alone.given[name])
    assert not np.array_equal(shared.given["plain"], shared.given["both"])


def test_what_is_no_fruit_lies_farther_away():
    learnt, asked = known(3), known(3, seed=1)
    rows = np.random.default_rng(2).integers(-3000, 3000, (20, 8)).astype(np.int32)
    names, folds = {"carton": Name("Carton")}, np.zeros(20, np.int64)
    others = Known(np.repeat("carton", 20), names, folds, {"plain": rows})
    found = protocols.no_fruit(SETS, learnt, asked, others, np.repeat("Packages", 20))
    assert found["plain, distance"]["Packages"].value > 0.95
    assert set(found) == {"plain, distance", "plain, probability"}


def drawn_shop(folder):
    for i, place in enumerate(("Fruit/Apple/Gala", "Fruit/Kiwi", "Packages/Juice/Best")):
        path = folder / place / f"{i}.jpg"
        path.parent.mkdir(parents=True)
        path.write_bytes(jpeg(i))


def test_folders_of_a_shop_are_kind_coarse_and_fine(tmp_path):
    drawn_shop(tmp_path)
    found = shop.read(tmp_path)
    assert found.album.labels.tolist() == ["Gala", "Kiwi", "Best"]
    assert found.album.varieties.tolist() == ["Apple", "Kiwi", "Juice"]
    assert found.names()["Kiwi"] == Name("Kiwi", "Kiwi")
    assert found.only("Packages").album.labels.tolist() == ["Best"]


def test_a_bar_is_met_or_missed_and_what_was_not_measured_is_a_dash():
    species = {
        "one photograph": Figure(0.7799, 0.04, 2160, 36),
        "five together": Figure(0.85, 0.04, 2160, 36),
    }
    found = {"B": {"all": species}, "D": {"all + network": {"fine": Figure(0.8, 0.02, 296, 81)}}}
    facts = {"processor": "p", "cores": 2, "system": "s", "packages": {"numpy": "2"}}
    context = report.Context("now", "make quality", 10, 5, facts)
    text = report.to_markdown(found, [], context)
    assert "| B one photograph | 78.0 ± 4.0 | 78 missed | - | reported | 2,160 of 36 |" in text
    assert "| B five together | 85.0 ± 4.0 | 83 met | - | reported | 2,160 of 36 |" in text
    assert "| D fine | - | reported | 80.0 ± 2.0 | 80 met | 296 of 81 |" in text
    told = json.loads(json.dumps(report.to_dict(found, [], context)))
    assert told["figures"]["B"]["all"]["five together"]["groups"] == 36


def coloured(folder, species, hue):
    """Two varieties' worth of discs on white: species by hue, varieties by lightness."""
    for variety in range(4):
        for frame in range(6):
            image = np.full((100, 100, 3), 255, np.uint8)
            colour = cv2.cvtColor(
                np.array([[[hue, 200, 120 + 30 * variety]]], np.uint8), cv2.COLOR_HSV2BGR
            )[0, 0]
            cv2.circle(image, (50, 50), 40 - frame, colour.tolist(), -1)
            path = folder / species / f"{species} {variety}" / f"{frame}_100.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(cv2.imencode(".jpg", image)[1].tobytes())


def test_draws_are_kept_and_found_again(tmp_path, monkeypatch):
    for species, hue in (("Apple", 0), ("Lime", 60), ("Plum", 140)):
        coloured(tmp_path / "varieties", species, hue)
    orchard(tmp_path / "images", {"Apple": 3, "Plum": 3})
    places = Places(*(tmp_path / name for name in ("images", "varieties", "shop", "kept")), None)
    statistics = {"statistics": STUDIO_HEADS[1:]}
    monkeypatch.setattr(tasks, "_studio_sets", lambda _: statistics)
    found = Tasks(Collections(places, None), 1, 1).table("B")
    assert found["statistics"]["one photograph"].value > 0.8
    monkeypatch.setattr(protocols, "ask", None)  # whoever computes again fails
    assert Tasks(Collections(places, None), 1, 1).table("B") == found


def test_a_block_costs_what_is_kept_of_it_and_time(tmp_path):
    orchard(tmp_path, {"Apple": 3})
    paths = sorted(tmp_path.rglob("*.jpg"))
    costs = {block.name: cost.measure(block, paths, None) for block in STUDIO}
    assert costs["statistics"].size == 4 * statistics.WIDTH
    described = [Extractor(FRUITS.extractor).describe(path.read_bytes()) for path in paths]
    assert costs["orb"].size == pytest.approx(np.mean([of.nbytes for of in described]), rel=0.1)
    assert all(of.milliseconds > 0 and of.side == 100 for of in costs.values())
