"""What a call of an API takes and answers, said at the code that does it.

    @described("登録", body=forms.INVOICE, answers={201: INVOICE}, refuses="unknown_number")
    def post(self, request: Request) -> HttpResponse:

``body`` and ``query`` are the forms the call reads with; an answer is a ``Shape``, made of the same
fields; ``refuses`` names the codes beside those that every call has. ``smartpit.edge.openapi``
writes the OpenAPI document from it, so what is told outside is what the code reads with.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from smartpit.edge.forms import Field, Text

Form = Mapping[str, Field]
Call = TypeVar("Call", bound=Callable[..., Any])
NOTHING: Final[Form] = {}
UUID: Final = Text(pattern=r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Shape(Field):
    """An object that is answered, under the name it has in the document.

    A field with a default may be missing. ``of`` lists alternatives in place of ``fields``.
    """

    name: str = ""
    fields: Form = field(default_factory=dict)
    of: tuple["Shape", ...] = ()


@dataclass(frozen=True)
class Anything(Field):
    """An object whose members are told elsewhere."""


@dataclass(frozen=True)
class Raw:
    """Bytes that are no JSON."""

    content_type: str


@dataclass(frozen=True)
class Described:
    summary: str
    body: Form | Raw | None
    query: Form
    answers: Mapping[int, Shape | Raw]
    refuses: tuple[str, ...]


def described(
    summary: str,
    *,
    answers: Mapping[int, Shape | Raw],
    body: Form | Raw | None = None,
    query: Form = NOTHING,
    refuses: str = "",
) -> Callable[[Call], Call]:
    """Say what a method of a view takes and answers; it runs as before."""

    def say(call: Call) -> Call:
        told = Described(summary, body, query, answers, tuple(refuses.split()))
        call.described = told  # type: ignore[attr-defined]  # What openapi.py looks for.
        return call

    return say


def listed(name: str, item: Shape) -> Shape:
    """Return the shape of one page of a list."""
    return Shape(name=name, fields={"items": Many(of=item), "next": Text(nullable=True)})


@dataclass(frozen=True)
class Many(Field):
    """A list in an answer, however long."""

    of: Field = field(default_factory=Field)
