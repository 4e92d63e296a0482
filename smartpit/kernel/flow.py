"""A state machine is a table; a move is a compare-and-set."""

from typing import Any, ClassVar, Self

from django.db import models

from smartpit.kernel.errors import MoveRefused


class Flow(models.Model):
    """A row with a ``status``, which moves along ``MOVES`` and nowhere else."""

    MOVES: ClassVar[dict[Any, set[Any]]]
    status: Any

    class Meta:
        abstract = True

    def move(self, *, to: str, **changes: Any) -> Self:
        """Move to ``to``, unless the table forbids it or somebody moved the row first."""
        came_from = self.status
        if to not in self.MOVES[came_from]:
            raise MoveRefused(f"{self._meta.label} goes from {came_from} to {to} by no rule")

        unmoved = type(self)._default_manager.filter(pk=self.pk, status=came_from)
        if unmoved.update(status=to, **changes) != 1:
            raise MoveRefused(f"{self._meta.label} {self.pk} is no longer {came_from}")

        for name, value in (changes | {"status": to}).items():
            setattr(self, name, value)
        return self
