"""A file of every kind that a finished run leaves, damaged in every way: it is noticed and made
again, or refused in one line; what was damaged is never used, and nobody sees a traceback.
"""

from __future__ import annotations

import json
import shutil

import pytest

from tests.faults.commands import SMALL, ended
from tests.faults.conftest import pipeline
from tests.faults.damages import DAMAGES, Pristine, flipped, gone
from tests.faults.products import differences, products
from tests.faults.record import WHOLE
from verger.cli.main import main

MADE_AGAIN = "told as work to be done again"
REFUSED = "refused in one line"
SAME = "the same answer: not read, or not needed"
FORGOTTEN = (
    "as in a lake that has none yet: README and the messages name it as the way to begin anew"
)
POINTERS = ("catalogues/*/latest.json", "models/fruits/current.json")


@pytest.fixture(scope="module")
def finished(calm_lake, tmp_path_factory):
    """A copy of the lake of a finished, published run, that can be damaged and mended."""
    folder = tmp_path_factory.mktemp("damaged") / "lake"
    shutil.copytree(calm_lake, folder)
    return Pristine(folder)


@pytest.fixture
def told(capsys, caplog):
    """A command of verger in this process: its exit status, last line, and why it failed."""

    def ask(*words):
        caplog.clear()
        capsys.readouterr()
        status = main([str(word) for word in words])
        out = capsys.readouterr().out.strip()
        why = [line for line in caplog.messages if " failed: " in line]
        return status, out.splitlines()[-1] if out else "", why

    return ask


def commands(lake, images):
    """Every command that reads what lies in a lake and needs no Spark for it."""
    photograph = next(images.rglob("*.jpg"))
    return {
        "plan": ("plan", "--images", images, "--lake", lake, "--run", "again", *SMALL),
        "reuse": (
            *("plan", "--images", images, "--lake", lake, "--run", "reusing"),
            *("--vocabulary", "reuse", *SMALL),
        ),
        "publish": ("publish", "--lake", lake, "--run", "r"),
        "identify": ("identify", "--lake", lake, "--json", photograph),
        "quality": ("quality", "--lake", lake),
        "vacuum": ("vacuum", "--lake", lake, "--keep-days", "0.00001"),
        "rollback": ("rollback", "--lake", lake, "--run", "back"),
    }


def test_what_is_damaged_is_never_used(finished, images, told, record):
    """Compares every command's answer with the one before the damage."""
    asked = commands(finished.folder, images)
    whole = {}
    for name, words in asked.items():
        whole[name] = told(*words)
        finished.restore()
    assert [whole[name][0] for name in asked if name != "rollback"] == [0] * (len(asked) - 1)
    wrong = []
    kinds = finished.kinds()
    assert len(kinds) > 40
    for number, (kind, path) in enumerate(kinds.items()):
        for which, (damage_name, damage) in enumerate(DAMAGES.items()):
            if not WHOLE and number % len(DAMAGES) != which:
                continue  # every kind and every damage, though not all pairs
            with record.row(f"damage to a stored file: {damage_name}") as row:
                for name, words in asked.items():
                    damage(path)
                    try:
                        forgotten = kind in POINTERS and damage is gone
                        row.ended(_judged(name, told(*words), whole[name], forgotten))
                    except AssertionError as error:
                        wrong.append(f"{kind}, {damage_name}, {name}: {error}")
                    except Exception as error:  # a traceback, all of which are to be told
                        wrong.append(f"{kind}, {damage_name}, {name}: {error!r}")
                    finished.restore()
    assert not wrong, "\n".join(wrong)


def _judged(name, found, whole, forgotten):
    status, out, why = found
    if (status, out) == whole[:2]:
        return SAME
    if forgotten and status == 0 and name != "vacuum":
        return FORGOTTEN
    if status == 1:
        assert len(why) == 1, f"said {why}"
        assert len(why[0]) < 600, why
        return REFUSED
    now, before = json.loads(out), json.loads(whole[1])
    if name in ("plan", "reuse"):
        added = set(now["to_do"]) - set(before["to_do"])
        assert added, f"another answer: {out[:300]}"
        assert {**now, "to_do": 0} == {**before, "to_do": 0}, f"another answer: {out[:300]}"
        return MADE_AGAIN
    assert name == "vacuum", f"another answer: {out[:300]}"
    assert set(now["removed"]) <= set(before["removed"]), f"removes more: {out[:300]}"
    return "the vacuum keeps more"


PARTS = ("images", "descriptors", "patches", "statistics", "histograms", "colour_histograms")
AFTERWARDS = ("pca", "vocabulary", "colour_vocabulary", "projections", "classifier")


@pytest.mark.parametrize("kind", PARTS if WHOLE else PARTS[:1])
def test_a_part_that_spark_reads_is_made_again_and_so_is_everything_else(
    kind, calm_lake, calm, images, tmp_path, record
):
    """All that comes after that kind is made anew from it, once it is damaged."""
    lake = tmp_path / "lake"
    shutil.copytree(calm_lake, lake)
    part = Pristine(lake).kinds()[f"{kind}/*/*/{kind}/part"]
    flipped(part)
    part.with_name(f".{part.name}.crc").unlink(missing_ok=True)  # S3 has no such second look
    for other in (*AFTERWARDS, *PARTS[PARTS.index(kind) + 1 :]):
        for manifest in lake.glob(f"{other}/*/manifest.json"):
            manifest.unlink()
    with record.row(f"a flipped bit in a part of `{kind}` that Spark reads") as row:
        words = pipeline(images, lake)
        first = ended(tmp_path, *words)
        assert first.process.returncode == 1, "nobody has noticed, or nobody has read it"
        assert part.name in first.reason
        row.ended("named in one line; the next run made it again, products identical")
        again = ended(tmp_path, *words)
        assert again.process.returncode == 0, again.said[-3000:]
        assert differences(products(lake, "r"), calm[0]) == []
