"""Airflow's web server on SQLite: two requests that write at once never lock each other out."""

import asyncio
import sqlite3
from typing import Annotated

import httpx
import pytest
from fastapi import Depends, FastAPI, Request

from verger_runs import one_writer
from verger_runs.one_writer import OneWriter

MUCH_PATIENCE, LITTLE = 60, 0.5  # seconds that SQLite waits for its lock


@pytest.fixture
def airflow(tmp_path):
    """A web server that writes as Airflow's does, on a SQLite file: in a thread, committed when
    the event loop comes back to it, and within the event loop.
    """
    path = tmp_path / "airflow.db"
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE log (name)")
    app = FastAPI()
    app.state.written = asyncio.Event()
    app.state.patience = LITTLE

    def session():
        database = sqlite3.connect(path, MUCH_PATIENCE, check_same_thread=False)
        yield database
        database.commit()
        database.close()

    async def audited():
        """Written within the loop, as soon as somebody else has written and not yet committed."""
        await app.state.written.wait()
        with sqlite3.connect(path, app.state.patience) as database:
            database.execute("INSERT INTO log VALUES ('trigger')")

    @app.patch("/execution/run")
    async def run(database: Annotated[sqlite3.Connection, Depends(session)]):
        await asyncio.to_thread(database.execute, "INSERT INTO log VALUES ('run')")
        app.state.written.set()
        await asyncio.sleep(0)

    @app.post("/api/v2/dagRuns", dependencies=[Depends(audited)])
    async def trigger(request: Request):
        """Only its audit matters, and that its body comes whole."""
        app.state.body = await request.body()

    @app.get("/api/v2/dagRuns")
    @app.post("/verger/identify")
    async def look():
        """Reads alone."""

    app.state.path = path
    return app


def asked(app, *requests):
    """The answers to requests that come one right after the other."""

    async def answers():
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://airflow") as client:
            return await asyncio.gather(*(client.request(*request) for request in requests))

    return [answer.status_code for answer in asyncio.run(answers())]


RUN, TRIGGER = ("PATCH", "/execution/run"), ("POST", "/api/v2/dagRuns")


def test_a_task_that_begins_and_a_click_on_trigger_are_both_written(airflow):
    airflow.add_middleware(OneWriter)
    assert asked(airflow, RUN, TRIGGER) == [200, 200]
    with sqlite3.connect(airflow.state.path) as database:
        assert database.execute("SELECT name FROM log").fetchall() == [("run",), ("trigger",)]


def test_without_it_the_click_is_refused(airflow):
    """If this fails, the web server needs no help any more: drop the middleware."""
    assert asked(airflow, RUN, TRIGGER) == [200, 500]


@pytest.mark.parametrize("reading", [("GET", "/api/v2/dagRuns"), ("POST", "/verger/identify")])
def test_what_only_reads_waits_for_nobody(airflow, reading):
    airflow.add_middleware(OneWriter)

    async def answered():
        transport = httpx.ASGITransport(airflow)
        async with httpx.AsyncClient(transport=transport, base_url="http://airflow") as client:
            waiting = asyncio.create_task(client.request(*TRIGGER))
            await asyncio.sleep(0)
            answer = await client.request(*reading)
            assert not waiting.done()
            airflow.state.written.set()
            return [answer.status_code, (await waiting).status_code]

    assert asyncio.run(answered()) == [200, 200]


def test_who_never_sends_the_end_of_a_request_keeps_nobody_waiting(airflow):
    airflow.add_middleware(OneWriter)
    airflow.state.written.set()

    async def answered():
        transport, sent = httpx.ASGITransport(airflow), asyncio.Event()

        async def endless():
            yield b"{"
            sent.set()
            await asyncio.Event().wait()

        async with httpx.AsyncClient(transport=transport, base_url="http://airflow") as client:
            stuck = asyncio.create_task(client.request(*TRIGGER, content=endless()))
            await sent.wait()
            answer = await client.request(*TRIGGER, content=b"{}")
            stuck.cancel()
            return answer.status_code, airflow.state.body

    assert asyncio.run(answered()) == (200, b"{}")


@pytest.mark.parametrize(
    ("database", "turns"), [("sqlite:////home/airflow.db", 1), ("postgresql://host/airflow", 0)]
)
def test_only_sqlite_takes_turns(monkeypatch, database, turns):
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", database)
    assert len(one_writer.middlewares()) == turns
