"""Airflow's command line beside a running Airflow, on one SQLite file."""

import sqlite3

import pytest
from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from local_cloud.airflow_settings.airflow_local_settings import begin_to_write

# Imported, it listens to every engine: here to one engine alone, where a test says so.
event.remove(Engine, "savepoint", begin_to_write)


@pytest.fixture
def path(tmp_path):
    with sqlite3.connect(tmp_path / "airflow.db") as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE runs (name)")
    return tmp_path / "airflow.db"


def write_after_another_process(path, *, prepared):
    """Look into a table and write to it, in a savepoint; another process writes in between."""
    engine = create_engine(f"sqlite:///{path}?timeout=0")
    if prepared:
        event.listen(engine, "savepoint", begin_to_write)
    with Session(engine) as session:
        with session.begin_nested():
            session.execute(text("SELECT * FROM runs")).all()
            other = sqlite3.connect(path, timeout=0)
            try:
                other.execute("INSERT INTO runs VALUES ('theirs')")
                other.commit()
            except sqlite3.OperationalError:
                assert prepared, "nobody holds the lock yet"
            finally:
                other.close()
            session.execute(text("INSERT INTO runs VALUES ('ours')"))
        session.commit()
    engine.dispose()
    with sqlite3.connect(path) as database:
        return [name for (name,) in database.execute("SELECT name FROM runs")]


def test_a_savepoint_that_begins_to_write_keeps_its_turn(path):
    assert write_after_another_process(path, prepared=True) == ["ours"]


def test_sqlite_alone_refuses_it_at_once(path):
    """If this fails, SQLite or SQLAlchemy need no help any more: drop the setting."""
    with pytest.raises(OperationalError, match="locked"):
        write_after_another_process(path, prepared=False)
