"""Many rows of one table, written by one statement whose text does not grow with them."""

import json
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models


def insert_rows(rows: Iterable[models.Model]) -> None:
    """Insert unsaved rows of one model in their order; a key that the database gives is set.

    It is ``bulk_create`` for thousands of rows: each column goes over as one array, so no text is
    put together value by value. Values must be what the columns hold; nothing is converted.
    """
    written = list(rows)
    if not written:
        return
    fields = [
        field
        for field in type(written[0])._meta.concrete_fields
        if not isinstance(field, models.AutoField)
    ]
    assert len(fields) > 1
    read = attrgetter(*(field.attname for field in fields))
    columns = zip(*map(read, written), strict=True)
    words = [_array(field, values) for field, values in zip(fields, columns, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(_statement(type(written[0]), fields), words)
        for row, (key,) in zip(written, cursor.fetchall(), strict=True):
            row.pk = key
            row._state.adding = False  # noqa: SLF001  As Django does for who inserts.


def _statement(model: type[models.Model], fields: Sequence["models.Field[Any, Any]"]) -> str:
    quote = connection.ops.quote_name
    names = ", ".join(quote(str(field.column)) for field in fields)
    columns = ", ".join(map(_column, fields))
    into = f"{quote(model._meta.db_table)} ({names})"
    returned = quote(str(model._meta.pk.column))
    return f"INSERT INTO {into} SELECT * FROM ROWS FROM ({columns}) RETURNING {returned}"  # noqa: S608  Our own names.


def _column(field: "models.Field[Any, Any]") -> str:
    if isinstance(field, models.JSONField):
        return "jsonb_array_elements(%s::jsonb)"
    return f"unnest(%s::{field.db_type(connection)}[])"


def _array(field: "models.Field[Any, Any]", values: Sequence[Any]) -> list[Any] | str:
    assert not isinstance(field, ArrayField | models.BinaryField), "unnest would take it apart"
    if isinstance(field, models.JSONField):
        assert None not in values, "it would be JSON's null"
        return json.dumps(values)  # One text: an array would escape each of its bodies.
    if isinstance(field, models.CharField | models.TextField):
        # A choice is an enum, and all of an array must be of one kind.
        return [None if value is None else str(value) for value in values]
    return list(values)
