"""docs/states.md and the code say the same."""

import re

import pytest
from django.apps import apps

from smartpit.kernel.flow import Flow
from smartpit.platform.home import CHECKOUT


def documented() -> dict[str, set[tuple[str, str]]]:
    sections: dict[str, set[tuple[str, str]]] = {}
    for part in re.split(r"^## ", (CHECKOUT / "docs/states.md").read_text(), flags=re.MULTILINE)[
        1:
    ]:
        rows = re.findall(r"^\| (\w+) \| (\w+) \| ", part, flags=re.MULTILINE)
        sections[part.split()[0]] = {row for row in rows if row != ("from", "to")}
    return sections


def flows() -> list[type[Flow]]:
    return [model for model in apps.get_models() if issubclass(model, Flow)]


@pytest.mark.parametrize("model", flows(), ids=lambda model: model.__name__)
def test_a_models_moves_are_those_of_its_table(model: type[Flow]):
    moves = {(str(source), str(to)) for source in model.MOVES for to in model.MOVES[source]}
    assert documented()[model._meta.label] == moves
    assert {str(source) for source in model.MOVES} == set(model.Status.values)  # type: ignore[attr-defined]


def test_every_table_has_its_model():
    assert set(documented()) == {model._meta.label for model in flows()}
