"""Read by Airflow's command line on a laptop's SQLite; Airflow looks for a module of this name.

`airflow backfill create` opens savepoints. In SQLite one begins a transaction that may only read
yet; where another process writes before its own first write, that write fails at once, however long
it would have waited. Begun as one that writes, it waits for its turn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import event
from sqlalchemy.engine import Engine

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

__all__: list[str] = []


@event.listens_for(Engine, "savepoint")
def begin_to_write(connection: Connection, _name: str) -> None:
    """Take the lock before a savepoint that no transaction surrounds."""
    database = connection.connection.dbapi_connection
    if connection.dialect.name == "sqlite" and database and not database.in_transaction:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
