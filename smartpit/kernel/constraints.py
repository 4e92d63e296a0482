"""Truths that only the database can hold, declared in ``Meta.constraints`` beside the others."""

from typing import Any

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


class DeclaredInSql(models.BaseConstraint):
    """A constraint that is its own SQL, run at the end of the migration that brings it.

    At the end, because what it leans on (another model's unique key) may be made later in the
    same migration. Nothing is checked in Python: the database is the judge.
    """

    def creation(self, model: type[models.Model]) -> str:
        raise NotImplementedError

    def removal(self, model: type[models.Model]) -> str:
        raise NotImplementedError

    def constraint_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> Any:
        assert model is not None
        assert schema_editor is not None
        schema_editor.deferred_sql.append(self.creation(model))

    create_sql = constraint_sql

    def remove_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> Any:
        assert model is not None
        assert schema_editor is not None
        return self.removal(model)

    def validate(self, *args: Any, **kwargs: Any) -> None:
        """Leave the judging to the database, which refuses the row."""

    def __eq__(self, other: object) -> bool:
        if isinstance(other, DeclaredInSql):
            return self.deconstruct() == other.deconstruct()
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self.name)


class CompositeForeignKey(DeclaredInSql):
    """Several columns point to one row: so a row's owner is the owner of what it names.

    The columns pointed to need a unique constraint of their own. A row with a null among its
    ``fields`` is let through (MATCH SIMPLE), as an owner's key without a tenant must be.
    """

    def __init__(self, *, fields: list[str], to: str, to_fields: list[str], name: str) -> None:
        super().__init__(name=name)
        assert len(fields) == len(to_fields) > 0
        self.fields = fields
        self.to = to
        self.to_fields = to_fields

    def creation(self, model: type[models.Model]) -> str:
        target = model._meta.apps.get_model(self.to)
        return (
            f'ALTER TABLE "{model._meta.db_table}" ADD CONSTRAINT "{self.name}" '
            f"FOREIGN KEY ({_columns(model, self.fields)}) "
            f'REFERENCES "{target._meta.db_table}" ({_columns(target, self.to_fields)}) '
            "DEFERRABLE INITIALLY DEFERRED"
        )

    def removal(self, model: type[models.Model]) -> str:
        return f'ALTER TABLE "{model._meta.db_table}" DROP CONSTRAINT "{self.name}"'

    def deconstruct(self) -> Any:
        path, args, kwargs = super().deconstruct()
        kwargs |= {"fields": self.fields, "to": self.to, "to_fields": self.to_fields}
        return path, args, kwargs


class KeyOfSets(CompositeForeignKey):
    """A foreign key that is asked once a statement, for tables that grow by the million.

    The database's own asks row by row, locks what it finds, and does so again at the commit: of a
    file of a million payments that was half of the work. This one asks the same of all rows that
    a statement added. It holds no lock, so what it points to must stay: rows that name something
    are append-only, and what they name is never deleted and never gets another key.

    ``repeats`` says that many rows of a statement name the same: then it is asked once.
    """

    def __init__(self, *, repeats: bool = False, **words: Any) -> None:
        super().__init__(**words)
        self.repeats = repeats

    def deconstruct(self) -> Any:
        path, args, kwargs = super().deconstruct()
        return path, args, kwargs | ({"repeats": True} if self.repeats else {})

    def body(self, model: type[models.Model]) -> str:
        """Return what the trigger asks."""
        target = model._meta.apps.get_model(self.to)
        columns = _quoted(model, self.fields)
        here = [f"added.{column}" for column in columns]
        there = _quoted(target, self.to_fields)
        told = " AND ".join(f"{column} IS NOT NULL" for column in here)
        once = f"(SELECT DISTINCT {', '.join(columns)} FROM added) AS added"  # noqa: S608
        added = once if self.repeats else "added"
        same = " AND ".join(f"t.{key} = {column}" for key, column in zip(there, here, strict=True))
        return f"""
            BEGIN
                IF EXISTS (SELECT FROM {added} WHERE {told} AND NOT EXISTS (
                        SELECT FROM "{target._meta.db_table}" t WHERE {same})) THEN
                    RAISE EXCEPTION 'a row of {model._meta.db_table} breaks {self.name}'
                        USING ERRCODE = 'foreign_key_violation', CONSTRAINT = '{self.name}';
                END IF;
                RETURN NULL;
            END """  # noqa: S608  Our own names.

    def creation(self, model: type[models.Model]) -> str:
        target = model._meta.apps.get_model(self.to)
        there = _quoted(target, self.to_fields)
        former, later = (", ".join(f"{side}.{key}" for key in there) for side in ("OLD", "NEW"))
        # A session keeps its plan, for one row and for a million: each row is looked up by its key.
        return f"""
            CREATE FUNCTION "{self.name}"() RETURNS trigger LANGUAGE plpgsql
                SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
                AS $${self.body(model)}$$;
            CREATE TRIGGER "{self.name}" AFTER INSERT ON "{model._meta.db_table}"
                REFERENCING NEW TABLE AS added
                FOR EACH STATEMENT EXECUTE FUNCTION "{self.name}"();
            CREATE TRIGGER "{self.name}_stays" BEFORE DELETE ON "{target._meta.db_table}"
                FOR EACH ROW EXECUTE FUNCTION refuse_change();
            CREATE TRIGGER "{self.name}_keeps" BEFORE UPDATE OF {", ".join(there)}
                ON "{target._meta.db_table}" FOR EACH ROW
                WHEN (OLD.{there[0]} IS NOT NULL AND ({former}) IS DISTINCT FROM ({later}))
                EXECUTE FUNCTION refuse_change()"""

    def removal(self, model: type[models.Model]) -> str:
        target = model._meta.apps.get_model(self.to)._meta.db_table
        return (
            f'DROP FUNCTION "{self.name}" CASCADE; DROP TRIGGER "{self.name}_stays" ON "{target}"; '
            f'DROP TRIGGER "{self.name}_keeps" ON "{target}"'
        )


def _quoted(model: type[models.Model], names: list[str]) -> list[str]:
    return _columns(model, names).split(", ")


def _columns(model: type[models.Model], names: list[str]) -> str:
    columns = [model._meta.get_field(name).column for name in names]  # type: ignore[union-attr]
    return ", ".join(f'"{column}"' for column in columns)
