"""The published model: moved once by whoever moves it, and back to where it should go."""

from dataclasses import replace

import pytest

from verger.errors import VergerError
from verger.lake.registry import Model, Published
from verger.lake.store import Lake
from verger.operations.promotion import roll_back

OLDEST = Model("a", "fruits", {}, "va", "pa", 8, 4, 50.0, {}, 10, "run a", "2026-01-01")
OLD = replace(OLDEST, id="b", run_id="run b", published="2026-01-02")
BAD = replace(OLDEST, id="c", run_id="run c", published="2026-01-03")


@pytest.fixture
def lake(tmp_path):
    """A lake in which the three were published one after the other."""
    lake = Lake.at(str(tmp_path))
    for model in (OLDEST, OLD, BAD):
        publish(lake, model)
    return lake


def publish(lake, model, by=None):
    promote = lambda before: before.promoted(model, by or model.run_id)  # noqa: E731
    return Published.change(lake.storage, "fruits", promote)


def current(lake):
    return Published.read(lake.storage, "fruits").current


def test_a_rollback_goes_to_the_model_published_before(lake):
    assert roll_back(lake, "fruits", "", by="back") == OLD
    assert current(lake) == OLD


def test_a_rollback_that_is_repeated_stays_where_it_went(lake):
    for _ in range(3):
        assert roll_back(lake, "fruits", "", by="back") == OLD
    assert current(lake) == OLD


def test_a_rollback_to_a_named_model_that_is_repeated_stays_there_too(lake):
    for by in ("back", "back", "once more"):
        assert roll_back(lake, "fruits", "a", by=by) == OLDEST


def test_another_rollback_goes_further_back_and_never_to_the_model_that_was_left(lake):
    assert roll_back(lake, "fruits", "", by="one") == OLD
    assert roll_back(lake, "fruits", "", by="two") == OLDEST
    with pytest.raises(VergerError, match="no earlier model"):
        roll_back(lake, "fruits", "", by="three")


def test_a_rollback_that_is_repeated_after_others_have_published_says_so(lake):
    roll_back(lake, "fruits", "", by="back")
    publish(lake, replace(OLDEST, id="d", run_id="run d", published="2026-01-04"))
    with pytest.raises(VergerError, match=r"back to model b already, and run d has put d in use"):
        roll_back(lake, "fruits", "", by="back")
    assert current(lake).id == "d"


def test_a_rollback_leaves_the_model_it_was_meant_to_leave(lake, monkeypatch):
    """Published meanwhile: the one before that is the bad one."""
    seen = Published.change.__func__

    def overtaken(cls, storage, preset, decide):
        monkeypatch.undo()
        publish(lake, replace(OLDEST, id="d", run_id="run d", published="2026-01-04"))
        return seen(cls, storage, preset, decide)

    monkeypatch.setattr(Published, "change", classmethod(overtaken))
    assert roll_back(lake, "fruits", "", by="back") == OLD


def test_models_that_are_published_at_once_are_both_in_the_history(lake):
    new, newer = (replace(OLDEST, id=name, run_id=name) for name in "de")

    def overtaken(before):
        if new not in before.models:
            publish(lake, new)
        return before.promoted(newer, "e")

    published = Published.change(lake.storage, "fruits", overtaken)
    assert published.models == (newer, new, BAD, OLD, OLDEST)


def test_whoever_put_the_model_in_use_is_known(lake):
    assert Published.read(lake.storage, "fruits").moved_by == "run c"
    assert publish(lake, BAD, by="somebody else").moved_by == "run c"
    roll_back(lake, "fruits", "", by="back")
    assert Published.read(lake.storage, "fruits").moved_by == "back"


@pytest.mark.parametrize("content", ["", "{", '{"models": 3}'])
def test_what_cannot_be_read_is_named_and_the_remedy_works(lake, tmp_path, content):
    path = tmp_path / "models" / "fruits" / "current.json"
    path.write_text(content)
    with pytest.raises(VergerError, match=rf"{path} .*delete it.*verger publish --run"):
        current(lake)
    path.unlink()
    assert publish(lake, OLD).current == OLD


def test_what_is_published_after_a_clock_was_set_back_is_still_the_newest(lake):
    late = replace(OLDEST, id="d", run_id="run d", published="2025-12-31T23:00:00.000000+00:00")
    promote = lambda before: before.promoted(before.dated(late), "run d")  # noqa: E731
    Published.change(lake.storage, "fruits", promote)
    assert current(lake).id == "d"
    assert current(lake).published > BAD.published
    assert roll_back(lake, "fruits", "", by="back") == BAD


def test_a_model_that_nobody_had_asked_is_read_as_earlier_releases_wrote_it(lake):
    unasked = replace(BAD, id="d", run_id="run d", accuracy={"species": None, "label": None})
    publish(lake, unasked)
    assert current(lake) == unasked
