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

    ``fillable`` columns may be filled once: a third trigger refuses their change where the first
    of them holds something already. TRUNCATE is refused too: it fires no row trigger.

    Where rows move by the million, a migration has the triggers ``narrowed``: they fire only for
    an UPDATE that names a fixed column. A column that comes later is not named yet: its migration
    has to narrow anew, and the audit finds whatever was forgotten.
    """

    def __init__(
        self, *, name: str, movable: Sequence[str] = (), fillable: Sequence[str] = ()
    ) -> None:
        super().__init__(name=name)
        self.movable = list(movable)
        self.fillable = list(fillable)

    def movable_columns(self, model: type[models.Model]) -> list[str]:
        """Return what the application may update, the columns to be filled once among them."""
        return _columns(model, [*self.movable, *self.fillable])

    def fixed_columns(self, model: type[models.Model]) -> list[str]:
        """Return what no UPDATE may change; what the database generates follows from the rest."""
        movable = self.movable_columns(model)
        kept = (field for field in model._meta.concrete_fields if not field.generated)
        return [str(field.column) for field in kept if field.column not in movable]

    def creation(self, model: type[models.Model]) -> str:
        table = model._meta.db_table
        return (
            f"{_REFUSE};"
            f"{self._on_rows(model)};"
            f'CREATE TRIGGER "{self.name}_truncate" BEFORE TRUNCATE ON "{table}" '
            f"FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            f"{self._filled_once(model)}"
        )

    def removal(self, model: type[models.Model]) -> str:
        table = model._meta.db_table
        kinds = ("row", "truncate", "filled") if self.fillable else ("row", "truncate")
        return ";".join(f'DROP TRIGGER "{self.name}_{kind}" ON "{table}"' for kind in kinds)

    def deconstruct(self) -> Any:
        path, args, kwargs = super().deconstruct()
        filled = {"fillable": self.fillable} if self.fillable else {}
        return path, args, kwargs | {"movable": self.movable} | filled

    def narrowed(self, model: type[models.Model]) -> str:
        """Return what makes the triggers of rows anew, for the columns they are about."""
        table = model._meta.db_table
        kinds = ("row", "filled") if self.fillable else ("row",)
        gone = "".join(f'DROP TRIGGER "{self.name}_{kind}" ON "{table}";' for kind in kinds)
        rows = self._on_rows(model, _of(self.fixed_columns(model)))
        return gone + rows + self._filled_once(model, _of(_columns(model, self.fillable)))

    def _on_rows(self, model: type[models.Model], of: str = "") -> str:
        columns = ", ".join(f"'{column}'" for column in self.movable_columns(model))
        return (
            f'CREATE TRIGGER "{self.name}_row" BEFORE UPDATE{of} OR DELETE '
            f'ON "{model._meta.db_table}" '
            f"FOR EACH ROW EXECUTE FUNCTION refuse_change({columns})"
        )

    def _filled_once(self, model: type[models.Model], of: str = "") -> str:
        if not self.fillable:
            return ""
        columns = _columns(model, self.fillable)
        old, new = (
            ", ".join(f'{side}."{column}"' for column in columns) for side in ("OLD", "NEW")
        )
        movable = ", ".join(f"'{column}'" for column in _columns(model, self.movable))
        return (
            f';CREATE TRIGGER "{self.name}_filled" BEFORE UPDATE{of} '
            f'ON "{model._meta.db_table}" '
            f'FOR EACH ROW WHEN (OLD."{columns[0]}" IS NOT NULL '
            f"AND ({old}) IS DISTINCT FROM ({new})) "
            f"EXECUTE FUNCTION refuse_change({movable})"
        )


def _columns(model: type[models.Model], names: Sequence[str]) -> list[str]:
    fields = [model._meta.get_field(name) for name in names]
    return [str(field.column) for field in fields]  # type: ignore[union-attr]


def _of(columns: Sequence[str]) -> str:
    return " OF " + ", ".join(f'"{column}"' for column in columns)


def append_only_models() -> Iterator[tuple[type[models.Model], AppendOnly]]:
    """Yield every model whose rows are facts, with the constraint that says so."""
    for model in apps.get_models(include_auto_created=True):
        for constraint in model._meta.constraints:
            if isinstance(constraint, AppendOnly):
                yield model, constraint
