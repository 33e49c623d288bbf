"""The presets beside `fruits`: blocks of their own, trained, published and asked."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import pandas as pd
import pytest

from sample import draw_sample
from tests.runs import plan, run
from tests.tiny_network import SIZE, averaging
from verger.cli.main import main
from verger.config.blocks import ColourSettings, GradientSettings
from verger.config.heads import EDGES_WHOLE, FISHER_CENTRE, NETWORK_CENTRE, NETWORK_WHOLE
from verger.config.presets import FRUITS_NETWORK, SHOP, SHOP_NETWORK
from verger.contract import EXTRACT_DESCRIPTORS, PIVOT_HISTOGRAMS, TRAIN_CLASSIFIER
from verger.errors import VergerError
from verger.lake import bundle
from verger.lake.registry import Published
from verger.lake.store import Lake
from verger.operations.promotion import publish

FRUITS_DRAWN = ("Apple Gala", "Banana", "Lime", "Orange")
# Small frames and few components: what is tested is the way, not how good it is.
FEW = {
    name: replace(
        of,
        components=4,
        colour=of.colour and replace(of.colour, side=100, sizes=(8, 16)),
        edges=of.edges and replace(of.edges, side=100, sizes=(12, 20)),
    )
    for name, of in SHOP.fisher.items()
}
SMALL_SHOP = replace(SHOP, fisher=FEW).sized(k=40, pca_k=4)
SMALL_NETWORK = FRUITS_NETWORK.sized(k=40, pca_k=4)


@pytest.fixture(scope="module")
def photographs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("presets")
    drawn = draw_sample(folder / "drawn", per_label=12)
    for split in ("Training", "Test"):
        for label in FRUITS_DRAWN:
            shutil.copytree(drawn / split / label, folder / "in" / split / label)
    return folder / "in"


@pytest.fixture(scope="module")
def shop(spark, photographs, tmp_path_factory):
    """A lake with a published model of preset `shop`, and the records of its run."""
    lake = tmp_path_factory.mktemp("shop") / "lake"
    plan(photographs, lake, SMALL_SHOP, "first")
    records = run(lake, spark, "first")
    assert publish(Lake.at(str(lake)), "first")
    return lake, records


@pytest.fixture(scope="module")
def network(spark, photographs, tmp_path_factory):
    """The same of preset `fruits+network`, with a network that averages sixteen pieces."""
    folder = tmp_path_factory.mktemp("network")
    lake, file = folder / "lake", folder / "averaging.onnx"
    file.write_bytes(averaging(cells=4))
    assert bring(lake, file) == 0
    plan(photographs, lake, SMALL_NETWORK, "first")
    records = run(lake, spark, "first")
    assert publish(Lake.at(str(lake)), "first")
    return lake, records


def bring(lake, file, size=SIZE):
    return main(["network", "--lake", str(lake), str(file), "--size", str(size)])


def asked(lake, preset, paths, capsys):
    assert main(["identify", "--lake", str(lake), "--preset", preset, "--json", *paths]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def answered_as_trained(lake, records, preset, photographs, capsys):
    """What the command line says of the Test photographs, which is what the stage said."""
    table = pd.read_parquet(records[TRAIN_CLASSIFIER].checkpoints[0])
    tested = table[~table.held_out].sort_values("img_name")
    paths = [str(photographs / "Test" / of.label / of.img_name.removeprefix(f"{of.label}_"))
             for of in tested.itertuples()]  # fmt: skip
    capsys.readouterr()
    told = asked(lake, preset, paths, capsys)
    assert [one["results"][0]["label"] for one in told] == list(tested.answer)
    given = [one["results"][0]["probability"] for one in told]
    assert given == pytest.approx(list(tested.answer_probability), abs=1e-6)
    assert (tested.answer == tested.label).mean() > 0.9
    return told


def test_shop_answers_on_the_command_line_as_in_training(shop, photographs, capsys):
    lake, records = shop
    told = answered_as_trained(lake, records, "shop", photographs, capsys)
    assert {of["block"] for of in told[0]["explanation"]["blocks"]} == set(SMALL_SHOP.blocks)
    assert told[0]["similar_images"][0]["label"] == told[0]["results"][0]["label"]


def test_a_bundle_of_shop_carries_the_mixtures_that_the_model_names(shop):
    lake, _ = shop
    storage = Lake.at(str(lake)).storage
    model = Published.read(storage, "shop").current
    files = bundle.load(storage, model)
    assert set(model.mixtures) == set(SMALL_SHOP.fisher)
    assert {bundle.mixture_file(block) for block in model.mixtures} <= set(files)
    assert bundle.NETWORK_FILE not in files


def test_a_fisher_vector_has_a_number_for_each_component_twice(shop):
    _, records = shop
    tables = records[PIVOT_HISTOGRAMS].tables["fisher_vectors"]
    widths = sorted(len(pd.read_parquet(table).numbers[0]) for table in tables)
    colours, edges = ColourSettings().width, GradientSettings().width
    assert widths == sorted(2 * 4 * width for width in (colours, colours, edges, edges))


def test_another_setting_of_one_block_redoes_no_other(shop, spark, photographs):
    lake, _ = shop
    finer = replace(FEW[FISHER_CENTRE], components=5)
    plan(photographs, lake, replace(SMALL_SHOP, fisher={**FEW, FISHER_CENTRE: finer}), "finer")
    before = made(lake, "fisher_vectors")
    records = run(lake, spark, "finer")
    assert len(made(lake, "fisher_vectors") - before) == 1
    assert records[EXTRACT_DESCRIPTORS].reused
    assert not records[PIVOT_HISTOGRAMS].reused


def test_new_photographs_are_told_by_the_published_mixtures(shop, spark, photographs):
    lake, _ = shop
    before = made(lake, "mixture")
    plan(photographs, lake, SMALL_SHOP, "again", reuse=True)
    run(lake, spark, "again")
    assert made(lake, "mixture") == before


def test_a_network_answers_on_the_command_line_as_in_training(network, photographs, capsys):
    lake, records = network
    told = answered_as_trained(lake, records, "fruits+network", photographs, capsys)
    blocks = {of["block"] for of in told[0]["explanation"]["blocks"]}
    assert blocks == set(SMALL_NETWORK.blocks)
    assert NETWORK_WHOLE in blocks
    alike = {of["block"] for of in told[0]["similar_images"]}
    assert NETWORK_WHOLE in alike
    assert all(0 <= of["similarity"] <= 1 for of in told[0]["similar_images"])


def test_a_network_travels_with_the_bundle(network):
    lake, _ = network
    storage = Lake.at(str(lake)).storage
    files = bundle.load(storage, Published.read(storage, "fruits+network").current)
    assert files[bundle.NETWORK_FILE] == averaging(cells=4)


def test_another_network_redoes_its_own_block_and_no_other(network, spark, photographs, tmp_path):
    lake, _ = network
    other = tmp_path / "other.onnx"
    other.write_bytes(averaging(cells=2))
    assert bring(lake, other) == 0
    before = {kind: made(lake, kind) for kind in ("descriptors", "network_features", "statistics")}
    plan(photographs, lake, SMALL_NETWORK, "other")
    run(lake, spark, "other")
    new = {kind: len(made(lake, kind) - there) for kind, there in before.items()}
    assert new == {"descriptors": 0, "network_features": 1, "statistics": 0}


def made(lake, kind):
    return {path.name for path in (lake / kind).iterdir()}


def test_a_preset_with_a_network_asks_for_one_before_anything_is_planned(photographs, tmp_path):
    with pytest.raises(VergerError, match="bring an ONNX file there with `verger network"):
        plan(photographs, tmp_path / "lake", SHOP_NETWORK, "none")


def test_a_network_that_cannot_take_such_photographs_is_refused(tmp_path, caplog):
    file = tmp_path / "averaging.onnx"
    file.write_bytes(averaging())
    assert bring(tmp_path / "lake", file, size=3 * SIZE) == 1
    assert "averaging.onnx" in caplog.text
    assert not (tmp_path / "lake" / "networks").exists()


def test_blocks_and_heads_of_a_preset_fit_together():
    for preset in (SHOP, FRUITS_NETWORK, SHOP_NETWORK):
        seen = {block for head in preset.heads(preset.blocks) for block in head.blocks}
        assert seen == set(preset.blocks)
        assert set(preset.fisher_blocks) == set(preset.fisher)
    assert EDGES_WHOLE in SHOP.blocks
    assert NETWORK_CENTRE in SHOP_NETWORK.blocks
