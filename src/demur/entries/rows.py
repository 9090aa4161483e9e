# SPDX-License-Identifier: AGPL-3.0-or-later
"""Many rows of one table at once, without the object-relational layer: on the path of every filing, where it costs ten times the
statement itself (docs/explanation/performance.md). Columns are named by the model, values travel as parameters, and reading stays with
the models.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Model


def insert_rows(model: type[Model], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert `rows`, all with the same members, named as the model's columns. Raises IntegrityError."""
    if not rows:
        return
    columns = tuple(rows[0])
    with connection.cursor() as cursor:
        cursor.executemany(_statement(model, columns), [[row[name] for name in columns] for row in rows])


@cache
def _statement(model: type[Model], columns: tuple[str, ...]) -> str:
    known = {field.column for field in model._meta.concrete_fields}
    if odd := set(columns) - known:
        raise ValueError(f"{model.__name__} has no column {sorted(odd)}")
    quote = connection.ops.quote_name
    names = ", ".join(quote(name) for name in columns)
    return f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES ({', '.join(['%s'] * len(columns))})"  # noqa: S608 -- names of a model
