# SPDX-License-Identifier: AGPL-3.0-or-later
"""Rows without the object-relational layer: on the path of every filing, where it costs ten times the statement itself
(docs/explanation/performance.md). Columns are named by the model, values travel as parameters, and reading stays with the models.

Rows of one table go in one statement: between two statements the interpreter's lock changes hands, and under load the writer waits
to get it back.
"""

import threading
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import Model

_HERE = threading.local()


def insert_rows(model: type[Model], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert `rows`, all with the same members, named as the model's columns. Raises IntegrityError."""
    if rows:
        columns = tuple(rows[0])
        run(_statement(model, columns, len(rows)), [row[name] for row in rows for name in columns])


def run(statement: str, values: Sequence[Any]) -> tuple[Any, ...] | None:
    """Run one statement, with `?` for its parameters, and return its first row, if any. Raises Django's database errors."""
    database = _database()
    if database.connection is None:
        database.ensure_connection()
    try:
        found: tuple[Any, ...] | None = database.connection.execute(statement, values).fetchone()
    except database.Database.Error as error:
        with database.wrap_database_errors:  # as Django's own error
            raise error from None
    return found


def in_transaction() -> bool:
    """Whether this thread has a transaction open."""
    return bool(_database().in_atomic_block)


def _database() -> Any:
    # Each thread has one connection for as long as it lives; to ask Django for it costs as much as a statement.
    try:
        return _HERE.database
    except AttributeError:
        _HERE.database = connections[DEFAULT_DB_ALIAS]
        return _HERE.database


@cache
def _statement(model: type[Model], columns: tuple[str, ...], count: int) -> str:
    known = {field.column for field in model._meta.concrete_fields}
    if odd := set(columns) - known:
        raise ValueError(f"{model.__name__} has no column {sorted(odd)}")
    quote = connection.ops.quote_name
    names = ", ".join(quote(name) for name in columns)
    values = ", ".join([f"({', '.join('?' * len(columns))})"] * count)
    return f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES {values}"  # noqa: S608 -- names of a model
