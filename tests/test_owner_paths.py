"""A row's owner is the owner of whatever it names: the database holds it, path by path."""

from collections.abc import Iterator

from django.apps import apps
from django.db.models import Model

from cards.models import Block, Card
from smartpit.kernel.constraints import CompositeForeignKey
from tenants.models import Staff

APPS = ("tenants", "cards", "billing", "settlement")
# A standard card and its block are nobody's; the centre's staff are no owner's.
MAY_BE_NOBODYS = (Card, Block, Staff)


def has_owner(model: type[Model]) -> bool:
    return any(field.name == "owner" for field in model._meta.fields)


def bare_paths() -> Iterator[str]:
    """Return each way from an owner's row to another that no composite key holds."""
    for model in apps.get_models():
        if model._meta.app_label not in APPS or not has_owner(model):
            continue
        keys = [key for key in model._meta.constraints if isinstance(key, CompositeForeignKey)]
        held = {name for key in keys if "owner" in key.fields for name in key.fields}
        for field in model._meta.fields:
            target = field.related_model
            if field.name in held or not isinstance(target, type) or target in MAY_BE_NOBODYS:
                continue
            if target._meta.app_label in APPS and has_owner(target):
                yield f"{model._meta.label}.{field.name}"


def test_every_path_between_an_owners_rows_is_a_composite_key():
    assert list(bare_paths()) == []
