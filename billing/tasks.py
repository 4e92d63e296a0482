"""Doorbells of billing: rows are the truth, a task only looks at them sooner."""


def ring() -> None:
    """Say that something new may be on its way to owners."""
