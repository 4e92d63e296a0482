"""The style that no linter holds: reads a source, returns the sentences that find fault."""

import ast
import re
from collections.abc import Iterator
from pathlib import PurePath

FUNCTION_LINES_MAX = 50
MODULE_LINES_MAX = 400
BANNED_MODULES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers"}
BANNED_NAMES = {"data", "info", "obj", "utils", "helper", "manager", "handle", "process"}
# The words of a framework's own interface are not ours to choose.
FRAMEWORK_NAMES = {"handle"}
_MACHINE_PATH = re.compile(r"(?<![\w.:/<])/(?:work|root|home|Users|farm)/\w")
_FRACTIONAL = {"float", "round", "Decimal"}
_FRACTION = re.compile(r"\b(float|Decimal)\b")
_LOGGERS = {"debug", "info", "warning", "error", "exception", "critical", "log"}

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def faults(path: str, source: str) -> list[str]:
    """Return what is untidy in one module, each with its line."""
    tree = ast.parse(source)
    found = [*_module_faults(path, source)]
    for node in ast.walk(tree):
        found += [f"{path}:{getattr(node, 'lineno', 1)}: {why}" for why in _node_faults(node)]
    return found


def _module_faults(path: str, source: str) -> Iterator[str]:
    lines = source.splitlines()
    if len(lines) > MODULE_LINES_MAX:
        yield f"{path}: {len(lines)} lines"
    if PurePath(path).stem in BANNED_MODULES:
        yield f"{path}: a module is named for what it holds"
    for number, line in enumerate(lines, 1):
        if _MACHINE_PATH.search(line):
            yield f"{path}:{number}: a path of one machine"


def _node_faults(node: ast.AST) -> Iterator[str]:
    if isinstance(node, _Function):
        yield from _function_faults(node)
    if isinstance(node, ast.ExceptHandler) and _swallows(node):
        yield "an exception is only logged"
    yield from _name_faults(node)
    yield from _yen_faults(node)


def _function_faults(node: _Function) -> Iterator[str]:
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    if lines > FUNCTION_LINES_MAX:
        yield f"{node.name} has {lines} lines"
    for inner in ast.walk(node):
        if isinstance(inner, ast.Import | ast.ImportFrom):
            yield f"{node.name} imports inside"


def _name_faults(node: ast.AST) -> Iterator[str]:
    if isinstance(node, _Function | ast.ClassDef):
        names = [node.name] if node.name not in FRAMEWORK_NAMES else []
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        names = [node.id]
    else:
        names = []
    yield from (f"the name {name} says nothing" for name in names if name.lower() in BANNED_NAMES)


def _swallows(node: ast.ExceptHandler) -> bool:
    """Tell whether ``except Exception`` does nothing but log or pass."""
    caught = ast.unparse(node.type) if node.type else "BaseException"
    if caught not in ("Exception", "BaseException"):
        return False
    return all(
        isinstance(step, ast.Pass | ast.Continue)
        or (isinstance(step, ast.Expr) and _is_logging(step.value))
        for step in node.body
    )


def _is_logging(value: ast.expr) -> bool:
    if isinstance(value, ast.Constant):
        return True
    return (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Attribute)
        and value.func.attr in _LOGGERS
    )


def _yen_faults(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div):
        yield from ["yen are divided with /"] if _speaks_of_yen(node) else []
    if isinstance(node, ast.Call) and ast.unparse(node.func) in _FRACTIONAL:
        yield from (f"yen meet {ast.unparse(node.func)}" for _ in filter(_speaks_of_yen, node.args))
    if isinstance(node, ast.AnnAssign | ast.arg) and node.annotation is not None:
        name = node.arg if isinstance(node, ast.arg) else ast.unparse(node.target)
        if name.endswith("_yen") and _FRACTION.search(ast.unparse(node.annotation)):
            yield f"{name} is no whole number"


def _speaks_of_yen(node: ast.AST) -> bool:
    return any(
        (isinstance(part, ast.Name) and part.id.endswith("_yen"))
        or (isinstance(part, ast.Attribute) and part.attr.endswith("_yen"))
        for part in ast.walk(node)
    )
