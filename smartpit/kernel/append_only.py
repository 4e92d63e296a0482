"""Facts stay: a trigger refuses to change or delete their rows, whoever asks."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import apps
from django.db import models

from smartpit.kernel.constraints import DeclaredInSql

_REFUSE = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - TG_ARGV = to_jsonb(NEW) - TG_ARGV THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a row of {table} is append-only: {verb} refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END $$
""".replace("{table}", "%").replace("{verb}", "%")


class AppendOnly(DeclaredInSql):
    """Only the ``movable`` columns of a row may change; without any, none.

    TRUNCATE is refused too: it fires no row trigger.
    """

    def __init__(self, *, name: str, movable: Sequence[str] = ()) -> None:
        super().__init__(name=name)
        self.movable = list(movable)

    def movable_columns(self, model: type[models.Model]) -> list[str]:
        fields = [model._meta.get_field(name) for name in self.movable]
        return [str(field.column) for field in fields]  # type: ignore[union-attr]

    def creation(self, model: type[models.Model]) -> str:
        table = model._meta.db_table
        columns = ", ".join(f"'{column}'" for column in self.movable_columns(model))
        return (
            f"{_REFUSE};"
            f'CREATE TRIGGER "{self.name}_row" BEFORE UPDATE OR DELETE ON "{table}" '
            f"FOR EACH ROW EXECUTE FUNCTION refuse_change({columns});"
            f'CREATE TRIGGER "{self.name}_truncate" BEFORE TRUNCATE ON "{table}" '
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )

    def removal(self, model: type[models.Model]) -> str:
        table = model._meta.db_table
        return (
            f'DROP TRIGGER "{self.name}_row" ON "{table}";'
            f'DROP TRIGGER "{self.name}_truncate" ON "{table}"'
        )

    def deconstruct(self) -> Any:
        path, args, kwargs = super().deconstruct()
        return path, args, kwargs | {"movable": self.movable}


def append_only_models() -> Iterator[tuple[type[models.Model], AppendOnly]]:
    """Yield every model whose rows are facts, with the constraint that says so."""
    for model in apps.get_models(include_auto_created=True):
        for constraint in model._meta.constraints:
            if isinstance(constraint, AppendOnly):
                yield model, constraint
