"""What changes, on a running Airflow: a backfill, a rollback, deletions, the vacuum."""

import pytest

from tests.operations.stack import SMALL, Stack, fresh, spring


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    """Photographs of four categories have landed; nothing has run yet."""
    folder = tmp_path_factory.mktemp("changes")
    made = Stack(folder, spring(folder))
    # Ticks of a year apart: what a backfill is asked for, and no run of its own.
    made.start(AIRFLOW__VERGER__CLOCK="0 0 1 1 *")
    yield made
    made.stop()


@pytest.fixture(scope="module")
def first(stack):
    """A run of them all."""
    return stack.succeeded(stack.trigger(**SMALL))


@pytest.fixture(scope="module")
def backfilled(stack, first):
    """Two categories have landed, one of them is backfilled."""
    for label in ("Pomegranate", "Tamarillo"):
        stack.deliver(label, fresh(label))
    stack.airflow(
        *("backfill", "create", "--dag-id", "fruit_features"),
        *("--from-date", "2025-01-01", "--to-date", "2026-01-01", "--max-active-runs", "1"),
        *("--dag-run-conf", '{"categories": ["Pomegranate"]}'),
    )

    def both():
        runs = [run for run in stack.runs() if run["run_type"] == "backfill"]
        over = [run for run in runs if run["state"] in ("success", "failed")]
        return over if len(over) == 2 else None

    return sorted(stack.wait(both), key=lambda run: run["logical_date"])


def test_a_backfill_touches_the_named_category_alone_and_fits_nothing(stack, first, backfilled):
    assert [run["state"] for run in backfilled] == ["success", "success"], stack.failures(
        *backfilled
    )
    worked, idle = sorted(map(stack.summary, backfilled), key=lambda of: -of["new"])
    assert (worked["new"], worked["images"], worked["labels"]) == (30, 150, 5)
    assert worked["photographs_done"]["import_images"] == 30
    words = "build_vocabulary"
    assert worked["checkpoints"][words] == stack.summary(first)["checkpoints"][words]
    assert set(worked["fit"]["mean_distance"]) == {"Pomegranate"}
    assert idle["new"] == 0
    assert idle["reused"] == list(idle["seconds"])


@pytest.fixture(scope="module")
def rolled_back(stack, backfilled):
    """A refit, which takes the other category, too; a rollback; the run after it."""
    refit = stack.succeeded(stack.trigger(**SMALL, vocabulary="fit"))
    stack.succeeded(stack.trigger("rollback_model"))
    return refit, stack.trigger(**SMALL)


def test_a_rollback_is_one_trigger(stack, backfilled, rolled_back):
    refit, last = rolled_back
    assert last["state"] == "success", stack.failures(last)
    assert stack.summary(refit)["images"] == stack.summary(last)["images"] == 180
    # What one run of the backfill had learnt is what the idle one used, and this one uses.
    idle = next(of for of in map(stack.summary, backfilled) if of["new"] == 0)
    assert stack.summary(last)["model"] == idle["model"] != stack.summary(refit)["model"]


@pytest.fixture(scope="module")
def deleted(stack, rolled_back):
    """A category is taken back; the next two runs."""
    stack.take_back("Pomegranate")
    return stack.trigger(**SMALL), stack.trigger(**SMALL)


def test_what_was_deleted_leaves_every_product_and_is_told_once(stack, deleted):
    assert [run["state"] for run in deleted] == ["success", "success"], stack.failures(*deleted)
    told, last = map(stack.summary, deleted)
    assert (told["deleted"], last["deleted"]) == (30, 0)
    assert (last["images"], last["labels"]) == (150, 5)


def test_the_vacuum_shows_first_what_it_would_remove_and_keeps_what_is_published(stack, deleted):
    shown = stack.succeeded(stack.trigger("vacuum"))
    assert "checkpoints would be removed" in stack.log("vacuum", shown, "vacuum")
    assert stack.trigger("vacuum", keep_days=0.0001, dry_run=False)["state"] == "success"
    after = stack.succeeded(stack.trigger(**SMALL))
    assert stack.tasks(after)["create_cluster"] == "skipped"
