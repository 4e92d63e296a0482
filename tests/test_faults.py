"""Every fault of docs/faults.toml has a test that shows it does no harm; no test names others."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

from smartpit.platform.home import CHECKOUT


def listed() -> set[str]:
    """Return the ids of the document."""
    tables = tomllib.loads((CHECKOUT / "docs/faults.toml").read_text())
    assert all(id_.startswith(letter) for letter, rows in tables.items() for id_ in rows)
    return {id_ for rows in tables.values() for id_ in rows}


def shown(source: str) -> tuple[set[str], int]:
    """Return the ids that a module's tests are marked with, and how many marks mark no test."""
    tree = ast.parse(source)
    marked = [id_ for place in _marked_places(tree) for id_ in _ids(place)]
    return set(marked), len(list(_ids(tree))) - len(marked)


def _marked_places(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield what marks tests: their decorators, and the module's ``pytestmark``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield from node.decorator_list
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark":
            yield node.value


def _ids(place: ast.AST) -> Iterator[str]:
    for node in ast.walk(place):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.fault":
            (word,) = node.args
            assert isinstance(word, ast.Constant), ast.unparse(node)
            yield str(word.value)


def _test_modules() -> Iterator[Path]:
    folders = (path for path in CHECKOUT.iterdir() if path.is_dir() and path.name[0] not in "._")
    for folder in folders:
        yield from folder.rglob("test_*.py")


def test_every_fault_has_a_test_and_every_mark_names_a_fault():
    marks: set[str] = set()
    for path in _test_modules():
        ids, adrift = shown(path.read_text())
        assert not adrift, f"{path}: a mark that marks no test"
        marks |= ids
    assert marks - listed() == set()
    assert listed() - marks == set()


def test_a_mark_counts_where_a_test_carries_it_and_nowhere_else():
    source = """
pytestmark = [pytest.mark.fault("A01")]
@pytest.mark.fault("A02")
@pytest.mark.parametrize("x", [pytest.param(1, marks=pytest.mark.fault("A03"))])
def test_it(): ...
@pytest.mark.fault("A04")
def helper(): ...
"""
    assert shown(source) == ({"A01", "A02", "A03"}, 1)
