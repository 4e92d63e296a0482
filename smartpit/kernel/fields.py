"""Fields that carry a rule of the house."""

from typing import TYPE_CHECKING, TypeVar

from django.db import models

if TYPE_CHECKING:
    _Set_contra = TypeVar("_Set_contra", contravariant=True)
    _Get_co = TypeVar("_Get_co", covariant=True)

    # The stubs tell a nullable column from another by these parameters, which Django lacks.
    class YenField(models.BigIntegerField[_Set_contra, _Get_co]): ...
else:

    class YenField(models.BigIntegerField):
        """Whole yen; signed, for a balance may be negative. Ranges are the models' constraints."""
