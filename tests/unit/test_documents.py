"""Stored documents outlive the code that wrote them."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from verger.catalogue.store import CatalogueStore, Latest, State
from verger.contract import BUILD_VOCABULARY, REDUCE_PCA, STAGES, Release, StageRecord
from verger.documents import DamagedDocumentError, Document, UnknownDocumentError
from verger.errors import VergerError
from verger.gates.vocabulary import Health
from verger.lake.manifest import Manifest
from verger.lake.registry import Published
from verger.lake.store import Lake
from verger.objects.folder import Folder
from verger.planning.plan import Plan, read_plan

# What a lake and a code bucket held in November 2026: to be read for ever, so never changed.
NOVEMBER_2026 = Path(__file__).parents[1] / "data" / "documents-2026-11"
LAKE = Folder(str(NOVEMBER_2026 / "lake"))
KNOWN = {
    "manifest.json": Manifest,
    "health.json": Health,
    "plan.json": Plan,
    **{f"{stage}.json": StageRecord for stage in STAGES},
    "models/fruits/current.json": Published,
    "latest.json": Latest,
    "ddf3/696b9ca14ae05f53.json": State,
}
DOCUMENTS = [
    (path, kind)
    for path in sorted(NOVEMBER_2026.rglob("*.json"))
    for ending, kind in KNOWN.items()
    if path.as_posix().endswith(ending)
]


@dataclass(frozen=True)
class Basket(Document):
    """Something that is stored."""

    fruits: int
    label: str = "Kiwi"


def test_there_is_a_document_of_every_kind():
    assert {kind for _, kind in DOCUMENTS} == set(KNOWN.values())
    assert {path.parts[-3] for path, kind in DOCUMENTS if kind is Manifest} == {
        *("images", "descriptors", "vocabulary", "histograms"),
        *("bovw", "pca", "projections", "features"),
    }


@pytest.mark.parametrize(("path", "kind"), DOCUMENTS, ids=lambda of: getattr(of, "name", ""))
def test_documents_of_november_2026_are_read_with_all_they_say(path, kind):
    stored = json.loads(path.read_bytes())
    read = json.loads(kind.from_json(path.read_bytes()).to_json())
    assert _only_what(stored, read) == stored


@pytest.mark.parametrize(("path", "kind"), DOCUMENTS, ids=lambda of: getattr(of, "name", ""))
def test_documents_of_later_versions_are_read_without_what_is_new_in_them(path, kind):
    stored = json.loads(path.read_bytes())
    later = json.dumps({**stored, "thought_of_in_2031": {"a": [1]}}).encode()
    assert kind.from_json(later) == kind.from_json(path.read_bytes())


def test_a_plan_of_november_2026_asks_for_the_models_that_it_pinned():
    needed = read_plan(LAKE, "second").checkpoints()
    published = Published.read(LAKE, "fruits").current
    assert needed[BUILD_VOCABULARY] == [("vocabulary", published.vocabulary)]
    assert ("pca", published.pca) in needed[REDUCE_PCA]


def test_a_catalogue_of_november_2026_is_read():
    store = CatalogueStore(LAKE, "s3://orchard/in")
    photographs = store.read(store.latest()).photographs
    assert len(photographs) == 18
    assert "Training/Crème é/0_100.jpg" in photographs


def test_what_was_published_in_november_2026_is_still_in_use():
    published = Published.read(LAKE, "fruits")
    assert published.current.id == read_plan(LAKE, "second").model.id
    assert published.moved_by == "first"


def test_a_release_of_other_scripts_is_unknown_and_not_damaged():
    old = (NOVEMBER_2026 / "code" / "current.json").read_bytes()
    with pytest.raises(UnknownDocumentError, match=r"another version of Verger .*: publish again"):
        Release.from_json(old, "s3://code/current.json", "publish again")


def test_what_a_document_lacks_gets_its_default_and_what_is_unknown_is_passed_over():
    assert Basket.from_json(b'{"fruits": 3, "weight": 1.5}') == Basket(3, "Kiwi")


def test_a_document_is_stored_so_that_people_can_read_it():
    stored = Basket(3, "Açaí").to_json().decode()
    assert stored.startswith('{\n "fruits": 3,\n "label": "Açaí",\n "sealed": "')


@pytest.mark.parametrize(
    "content", [b"", b'{"fruits": 3', b"\xff\xfe", b'{"fruits": 3}}', b"\0" * 9]
)
def test_content_that_is_no_json_is_damaged(content):
    with pytest.raises(DamagedDocumentError, match=r"s3://lake/basket\.json is damaged .*: pick"):
        Basket.from_json(content, "s3://lake/basket.json", "pick again")


@pytest.mark.parametrize("content", [b"[]", b'{"label": "Fig"}', b'{"fruits": "many"}', b"null"])
def test_json_of_another_kind_is_unknown(content):
    with pytest.raises(UnknownDocumentError, match="another version"):
        Basket.from_json(content, "s3://lake/basket.json", "pick again")


def test_settings_that_are_refused_today_belong_to_another_version():
    plan = (NOVEMBER_2026 / "lake" / "runs" / "first" / "plan.json").read_bytes()
    with pytest.raises(UnknownDocumentError, match=r"visual words\) 24000"):
        Plan.from_json(plan.replace(b'"k": 24,', b'"k": 24000,'))


def test_a_damaged_plan_names_its_file_and_what_to_do(tmp_path):
    folder = tmp_path / "runs" / "r"
    folder.mkdir(parents=True)
    (folder / "plan.json").write_text("{")
    with pytest.raises(VergerError, match=rf"{folder}/plan\.json is damaged .*plan the run again"):
        read_plan(Folder(str(tmp_path)), "r")


def test_a_damaged_record_names_its_file_and_what_to_do(tmp_path):
    folder = tmp_path / "runs" / "r"
    folder.mkdir(parents=True)
    (folder / "reduce_pca.json").write_text("{")
    with pytest.raises(VergerError, match=r"reduce_pca\.json is damaged .*run reduce_pca again"):
        Lake.at(str(tmp_path)).noted("r", "reduce_pca")


def _only_what(stored, read):
    """What was read, without the fields that the stored document had not."""
    if isinstance(stored, dict):
        return {key: _only_what(value, read.get(key)) for key, value in stored.items()}
    if isinstance(stored, list):
        return [_only_what(*pair) for pair in zip(stored, read, strict=True)]
    return read


def test_a_document_of_which_any_bit_has_changed_is_noticed_or_says_the_same():
    whole = Basket(3, "Açaí").to_json()
    same = 0
    for place in range(8 * len(whole)):
        damaged = bytearray(whole)
        damaged[place // 8] ^= 1 << place % 8
        try:
            assert Basket.from_json(bytes(damaged)) == Basket(3, "Açaí")
            same += 1
        except DamagedDocumentError:
            continue
    assert same < 8 * len(b',\n "sealed": "" \n}')  # those of its seal's name, and of white space


def test_a_document_that_a_person_has_changed_is_read_without_its_seal():
    changed = Basket(3).to_json().replace(b"3", b"4", 1)
    with pytest.raises(DamagedDocumentError, match='by hand removes its line "sealed"'):
        Basket.from_json(changed)
    unsealed = re.sub(rb',\n "sealed": "\w+"', b"", changed)
    assert Basket.from_json(unsealed) == Basket(4)
