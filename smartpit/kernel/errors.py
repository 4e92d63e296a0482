"""Refusals: what the business says no to, each with a stable code."""

from typing import Any, ClassVar


class DomainError(Exception):
    """A named refusal; an edge turns it into problem+json or into a sentence on a page.

    ``extra`` are further members of the answer (``current`` of a stale version, ``errors`` of a
    malformed body). ``title`` is the Japanese sentence a person is shown.
    """

    code: ClassVar[str]
    title: ClassVar[str]
    status: ClassVar[int] = 409

    def __init__(self, detail: str = "", **extra: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.extra = extra


class Malformed(DomainError):
    """The words of a request have the wrong form; ``errors`` lists which and why."""

    code = "malformed"
    title = "リクエストの形式が正しくありません"
    status = 422

    def __init__(self, errors: list[dict[str, str]], detail: str = "") -> None:
        super().__init__(detail, errors=errors)


class MoveRefused(DomainError):
    """Somebody else moved this row first, or its state does not allow the move."""

    code = "move_refused"
    title = "状態が変わっているため操作できません"
