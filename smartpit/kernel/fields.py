"""Fields that carry a rule of the house."""

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    _Base = models.BigIntegerField[int, int]
else:
    _Base = models.BigIntegerField


class YenField(_Base):
    """Whole yen; signed, because a balance may be negative. Ranges are the models' constraints."""
