"""Checkpoints exist once their manifest does, and only as long as they are whole."""

import json
from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from verger.contract import StageRecord
from verger.errors import VergerError
from verger.lake import integrity
from verger.lake.address import Address, fingerprint
from verger.lake.checkpoint import read_each
from verger.lake.draft import Metrics
from verger.lake.records import record_of
from verger.lake.store import Lake
from verger.objects.folder import Folder

WORDS = pa.table({"word": [1, 2, 3]})
ADDRESS = Address("vocabulary", 1, {"k": 3}, {"descriptors": "abc"})
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
parameters = st.dictionaries(st.text(max_size=8), json_values, max_size=5)


@pytest.fixture
def lake(tmp_path):
    return Lake.at(str(tmp_path))


def finish(draft, table=WORDS):
    draft.write("vocabulary", table)
    return draft.commit(Metrics({"k": 3}, {"Apple": {"images": 2}}))


def find(lake):
    return lake.find(ADDRESS.kind, ADDRESS.fingerprint)


def test_without_its_manifest_a_checkpoint_does_not_exist(lake):
    draft = lake.draft(ADDRESS)
    draft.write("vocabulary", WORDS)
    assert find(lake) is None


def test_a_published_checkpoint_is_found_and_read(lake):
    finish(lake.draft(ADDRESS))
    found = find(lake)
    assert found.read("vocabulary").equals(WORDS)
    assert found.manifest.parameters == {"k": 3}
    assert found.manifest.inputs == {"descriptors": "abc"}
    assert found.manifest.labels == {"Apple": {"images": 2}}


@pytest.mark.parametrize("damage", ["shorter", "gone"])
def test_a_damaged_checkpoint_is_not_used(lake, tmp_path, damage):
    finish(lake.draft(ADDRESS))
    (part,) = tmp_path.rglob("*.parquet")
    if damage == "gone":
        part.unlink()
    else:
        part.write_bytes(part.read_bytes()[:-1])
    assert find(lake) is None


def test_a_manifest_that_is_none_does_not_count(lake, tmp_path):
    finish(lake.draft(ADDRESS))
    (manifest,) = tmp_path.rglob("manifest.json")
    manifest.write_text('{"stage": "half a mani')
    assert find(lake) is None


def test_racing_writers_use_different_places_and_one_of_them_wins_whole(lake, tmp_path):
    first, second = (lake.draft(ADDRESS) for _ in range(2))
    first.write("vocabulary", WORDS)
    finish(second)
    finish(first)
    found = find(lake)
    assert found.read("vocabulary").equals(WORDS)
    assert len(list(tmp_path.rglob("*.parquet"))) == 2


def flip_a_bit(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_a_flipped_bit_is_noticed_where_the_content_is_asked_for(lake, tmp_path):
    finish(lake.draft(ADDRESS))
    assert lake.find(*ADDRESS.id, content=True)
    flip_a_bit(next(tmp_path.rglob("*.parquet")))
    assert find(lake)
    assert lake.find(*ADDRESS.id, content=True) is None


def test_a_flipped_bit_is_noticed_as_it_is_read_and_the_checkpoint_is_made_again(lake, tmp_path):
    found = finish(lake.draft(ADDRESS))
    (part,) = tmp_path.rglob("*.parquet")
    flip_a_bit(part)
    with pytest.raises(VergerError, match=rf"{part} has another content .* Run anew"):
        found.read("vocabulary")
    assert find(lake) is None
    finish(lake.draft(ADDRESS))
    assert find(lake).read("vocabulary").equals(WORDS)


def test_what_nobody_wrote_through_the_draft_has_a_checksum_too(lake, tmp_path):
    draft = lake.draft(ADDRESS)
    draft.write("vocabulary", WORDS)
    (part,) = tmp_path.rglob("*.parquet")
    (part.parent / "part-1.parquet").write_bytes(b"as Spark writes it")
    checkpoint = draft.commit(Metrics({}))
    assert set(checkpoint.manifest.checksums) == set(checkpoint.manifest.files)
    assert len(checkpoint.files("vocabulary")) == 2
    assert checkpoint.damage() is None
    (part.parent / "part-1.parquet").write_bytes(b"as nobody wrote it")
    assert "part-1.parquet has another content" in checkpoint.damage()


def test_a_checkpoint_without_checksums_is_read_as_before(lake, tmp_path):
    finish(lake.draft(ADDRESS))
    (path,) = tmp_path.rglob("manifest.json")
    old = json.loads(path.read_bytes())
    del old["checksums"]
    path.write_text(json.dumps(old))
    assert lake.find(*ADDRESS.id, content=True).read("vocabulary").equals(WORDS)


def test_a_stray_file_is_no_part_of_a_table(lake, tmp_path):
    checkpoint = finish(lake.draft(ADDRESS))
    (part,) = tmp_path.rglob("*.parquet")
    (part.parent / "part-00000-stray.parquet").write_bytes(part.read_bytes())
    assert checkpoint.files("vocabulary") == (str(part),)
    assert checkpoint.read("vocabulary").equals(WORDS)


@pytest.mark.parametrize(
    "mark",
    ["_SUCCESS", ".part.crc", "_temporary/0/part-1.parquet", "__magic_job-1/a/part-2.parquet"],
)
def test_marks_of_committers_are_no_part_of_a_checkpoint(lake, tmp_path, mark):
    draft = lake.draft(ADDRESS)
    draft.write("vocabulary", WORDS)
    (part,) = tmp_path.rglob("*.parquet")
    left = part.parent / mark
    left.parent.mkdir(parents=True, exist_ok=True)
    left.touch()
    checkpoint = draft.commit(Metrics({}))
    assert [key.rsplit("/", 1)[-1] for key in checkpoint.manifest.files] == [part.name]


def test_the_same_table_is_written_as_the_same_bytes(lake, tmp_path):
    for version in (1, 2):
        finish(lake.draft(Address("vocabulary", version, {}, {})))
    one, two = (path.read_bytes() for path in tmp_path.rglob("*.parquet"))
    assert one == two


def test_many_are_looked_for_and_read_in_the_order_that_was_asked_for(lake):
    addresses = [Address("vocabulary", version, {}, {}) for version in range(20)]
    tables = [pa.table({"word": [address.version]}) for address in addresses[::2]]
    made = [
        finish(lake.draft(address), table)
        for address, table in zip(addresses[::2], tables, strict=True)
    ]
    found = lake.find_each([address.id for address in addresses])
    assert found[::2] == made
    assert found[1::2] == [None] * 10
    assert list(read_each(made, "vocabulary")) == tables


def test_a_run_remembers_its_stages(lake):
    made = finish(lake.draft(ADDRESS))
    record = record_of("build_vocabulary", [made], reused=False, seconds=2.0)
    lake.note("manual__2026-01-01T00:00:00+00:00", record)
    assert lake.noted("manual__2026-01-01T00:00:00+00:00", "build_vocabulary") == record
    assert lake.noted("another", "build_vocabulary") is None
    assert [address.rsplit("/", 1)[-1] for address in record.checkpoints] == ["vocabulary"]
    assert StageRecord.from_json(record.to_json()) == record


def test_a_record_adds_up_the_parts_and_counts_a_label_once(lake):
    parts = []
    for version, (images, labels) in enumerate([(3, "ab"), (4, "bc")]):
        draft = lake.draft(Address("images", version, {}, {}))
        draft.write("images", WORDS)
        counts = {label: {"images": 1} for label in labels}
        numbers = Metrics({"images": images, "labels": 2}, counts)
        parts.append(draft.commit(numbers))
    record = record_of("import_images", parts, reused=True, seconds=0.0)
    assert record.metrics == {"images": 7, "labels": 3}
    assert len(record.checkpoints) == 2


@given(parameters)
def test_the_order_of_parameters_does_not_change_the_address(values):
    backwards = dict(reversed(values.items()))
    assert fingerprint("s", 1, values, {}) == fingerprint("s", 1, backwards, {})


@given(parameters, parameters)
def test_other_parameters_give_another_address(one, two):
    same = fingerprint("s", 1, one, {}) == fingerprint("s", 1, two, {})
    assert same == (_typed(one) == _typed(two))


def test_stage_version_and_inputs_are_part_of_the_address():
    addresses = {
        fingerprint("s", 1, {}, {}),
        fingerprint("t", 1, {}, {}),
        fingerprint("s", 2, {}, {}),
        fingerprint("s", 1, {}, {"import_images": "a"}),
        fingerprint("s", 1, {}, {"import_images": "b"}),
    }
    assert len(addresses) == 5


def _typed(value):
    """Python takes 1 and True for equal, JSON does not."""
    if isinstance(value, dict):
        return {key: _typed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_typed(item) for item in value]
    return (type(value).__name__, value)


class Late(Folder):
    """A storage whose listings lack the newest files until they have been asked for twice."""

    def sizes(self, prefix):
        looks[prefix] += 1
        there = super().sizes(prefix)
        return there if looks[prefix] > 2 else dict(list(there.items())[:-1])


looks = Counter()


def test_a_listing_that_comes_late_is_awaited_and_no_part_is_lost(tmp_path, monkeypatch):
    monkeypatch.setattr(integrity, "PAUSES", (0, 0, 0))
    late = Lake(Late(str(tmp_path)))
    draft = late.draft(ADDRESS)
    draft.write("vocabulary", WORDS)
    draft.write("health", WORDS)
    assert len(draft.commit(Metrics({})).manifest.files) == 2
    looks.clear()
    assert find(late), "a file that no listing has is asked for"


def test_what_spark_says_to_have_written_is_awaited_too(lake, tmp_path, monkeypatch):
    monkeypatch.setattr(integrity, "PAUSES", (0, 0, 0))
    draft = lake.draft(ADDRESS)
    draft.write("vocabulary", WORDS)
    folder = draft.tables["vocabulary"]
    told = {"filenames": [f"/bucket/lake/{folder}/part-00001.parquet"]}
    lake.storage.write(f"{folder}/_SUCCESS", json.dumps(told).encode())
    draft.by_spark |= integrity.committed(lake.storage, folder)
    with pytest.raises(VergerError, match=r"part-00001\.parquet was written and is not listed"):
        draft.commit(Metrics({}))
    lake.storage.write(f"{folder}/part-00001.parquet", b"it has come")
    assert len(draft.commit(Metrics({})).manifest.files) == 2
