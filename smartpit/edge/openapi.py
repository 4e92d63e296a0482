"""Forms and descriptions as OpenAPI 3.1: the one adapter between ``Field`` and JSON Schema.

drf-spectacular walks the addresses; each operation is written here, from what ``described`` says.
A call that says nothing is written down with as little as is surely true, and marked.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.urls import URLPattern, URLResolver
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.settings import patched_settings

from smartpit.edge.described import Anything, Described, Form, Many, Raw, Shape
from smartpit.edge.forms import (
    Choice,
    Day,
    DayOrInstant,
    Field,
    Flag,
    Instant,
    Listed,
    Nested,
    Text,
    Whole,
    is_required,
)
from smartpit.edge.problems import CONTENT_TYPE
from smartpit.kernel.errors import DomainError

UNDESCRIBED: Final = "x-undescribed"
Schema = dict[str, Any]

_ALWAYS: Final = ("unauthorized", "unavailable")
_OF_A_BODY: Final = ("too_large", "malformed")
_PARAMETER: Final = re.compile(r"\{(\w+)\}")
_PROBLEM: Final[Schema] = {
    "type": "object",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code"],
                "properties": {"field": {"type": "string"}, "code": {"type": "string"}},
            },
        },
    },
}


@dataclass(frozen=True)
class Api:
    """One document: whose calls, what every one of them may refuse, and what is sent out."""

    title: str
    root: str
    patterns: Sequence[URLPattern | URLResolver]
    refuses: tuple[str, ...] = ()
    webhooks: Mapping[str, Shape] = field(default_factory=dict)


class Parts:
    """The shapes that a document refers to by name."""

    def __init__(self) -> None:
        self.schemas: dict[str, Schema] = {"Problem": _PROBLEM}

    def of(self, shape: Shape) -> Schema:
        """Return a reference to a shape, written down at its first use."""
        if shape.name not in self.schemas:
            self.schemas[shape.name] = {}
            self.schemas[shape.name] = (
                {"anyOf": [self.of(one) for one in shape.of]}
                if shape.of
                else self.object(shape.fields)
            )
        return {"$ref": f"#/components/schemas/{shape.name}"}

    def object(self, fields: Form) -> Schema:
        return {
            "type": "object",
            "properties": {name: self.schema(one) for name, one in fields.items()},
            "required": [name for name, one in fields.items() if is_required(one)],
            "additionalProperties": False,
        }

    def schema(self, field: Field) -> Schema:
        """Return what a field may hold, as JSON Schema says it."""
        schema = self._schema(field)
        if not field.nullable:
            return schema
        if "type" not in schema:
            return {"anyOf": [schema, {"type": "null"}]}
        return schema | {"type": [schema["type"], "null"]}

    def _schema(self, field: Field) -> Schema:
        match field:
            case Shape():
                return self.of(field)
            case Nested():
                return self.object(field.fields or {})
            case Listed():
                counts = {"minItems": field.count_min, "maxItems": field.count_max}
                return {"type": "array", "items": self.schema(field.of)} | counts
            case Many():
                return {"type": "array", "items": self.schema(field.of)}
            case Anything():
                return {"type": "object"}
            case _:
                return _plain(field)


class FormSchema(AutoSchema):
    """An operation as its method is ``described``."""

    parts: Parts
    api: Api

    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: Any
    ) -> Schema:
        del path_regex, path_prefix, registry
        call = getattr(type(self.view), method.lower())
        told: Described | None = getattr(call, "described", None)
        places = _PARAMETER.findall(path)
        operation: Schema = {
            "operationId": _name_of(path.removeprefix(self.api.root), method),
            "parameters": [_parameter(name, "path", {"type": "string"}) for name in places],
        }
        if told is None:
            return operation | _undescribed(method)
        operation["parameters"] += [
            _parameter(name, "query", self.parts.schema(one), is_required=is_required(one))
            | ({"description": one.says} if one.says else {})
            for name, one in told.query.items()
        ]
        body = {} if told.body is None else {"requestBody": self._body(told.body)}
        description = (call.__doc__ or type(self.view).__doc__ or "").strip()
        words = {"summary": told.summary, "description": re.sub(r"\s+", " ", description)}
        return words | operation | body | {"responses": self._answers(told, has_place=bool(places))}

    def _body(self, body: Form | Raw) -> Schema:
        if isinstance(body, Raw):
            schema = {"type": "string", "format": "binary"}
            return {"required": True, "content": {body.content_type: {"schema": schema}}}
        is_optional = not any(is_required(one) for one in body.values())
        schema = self.parts.object(body) | ({"minProperties": 1} if is_optional and body else {})
        return {"required": bool(body), "content": {"application/json": {"schema": schema}}}

    def _answers(self, told: Described, *, has_place: bool) -> Schema:
        answers = {str(status): self._answer(one) for status, one in told.answers.items()}
        codes = {*_ALWAYS, *self.api.refuses, *told.refuses}
        codes |= set(_OF_A_BODY) if told.body is not None else set()
        codes |= {"malformed"} if told.query else set()
        codes |= {"not_found"} if has_place else set()
        return answers | dict(_problems(codes))

    def _answer(self, told: Shape | Raw) -> Schema:
        if isinstance(told, Raw):
            content = {told.content_type: {"schema": {"type": "string"}}}
        else:
            content = {"application/json": {"schema": self.parts.of(told)}}
        return {"description": "OK", "headers": _headers(), "content": content}


def document(api: Api) -> Schema:
    """Return the whole document of an API."""
    parts = Parts()
    schema_class = type("ApiSchema", (FormSchema,), {"parts": parts, "api": api})

    class Generator(SchemaGenerator):
        def create_view(self, callback: Any, method: str, request: Any = None) -> Any:
            view = super().create_view(callback, method, request)
            self._set_schema_to_view(view, schema_class())
            return view

    with patched_settings({"SCHEMA_PATH_PREFIX": api.root}):
        # Found by address only: no view is asked whom it lets in.
        paths = Generator(patterns=list(api.patterns)).parse(None, True)
    calls = {path.removeprefix(api.root.rstrip("/")): words for path, words in paths.items()}
    hooks = {name: {"post": _hook(parts.of(shape))} for name, shape in api.webhooks.items()}
    return {
        "openapi": "3.1.0",
        "info": {"title": api.title, "version": "1"},
        "servers": [{"url": api.root.rstrip("/")}],
        "security": [{"key": []}],
        "paths": calls,
        **({"webhooks": hooks} if hooks else {}),
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "headers": {"Request-Id": {"schema": {"type": "string"}, "required": True}},
            "schemas": dict(sorted(parts.schemas.items())),
        },
    }


def undescribed(told: Schema) -> list[str]:
    """Return the calls of a document that say nothing of themselves."""
    return [
        f"{method.upper()} {path}"
        for path, calls in told["paths"].items()
        for method, call in calls.items()
        if UNDESCRIBED in call
    ]


def _plain(field: Field) -> Schema:
    match field:
        case Text():
            form = {} if field.pattern is None else {"pattern": f"^(?:{field.pattern})$"}
            return {"type": "string", "maxLength": field.length_max} | form
        case Whole():
            return {"type": "integer", "minimum": field.low, "maximum": field.high}
        case Flag():
            return {"type": "boolean"}
        case Choice():
            return {"type": "string", "enum": list(field.among)}
        case Day():
            return {"type": "string", "format": "date"}
        case Instant():
            return {"type": "string", "format": "date-time"}
        case DayOrInstant():
            return {"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]}
        case _:
            return {}


def _undescribed(method: str) -> Schema:
    anything = {"content": {"application/json": {"schema": {"type": "object"}}}}
    body = {"requestBody": anything} if method in ("POST", "PATCH", "PUT") else {}
    return {UNDESCRIBED: True, **body, "responses": {"default": {"description": ""}}}


def _problems(codes: Iterable[str]) -> Iterator[tuple[str, Schema]]:
    """Yield a response for each status, with the codes that have it."""
    statuses = _statuses()
    for status in sorted({statuses[code] for code in codes}):
        named = sorted(code for code in codes if statuses[code] == status)
        schema = {
            "allOf": [
                {"$ref": "#/components/schemas/Problem"},
                {"properties": {"code": {"enum": named}, "status": {"const": status}}},
            ]
        }
        content = {CONTENT_TYPE: {"schema": schema}}
        answer = {"description": ", ".join(named), "headers": _headers(), "content": content}
        yield str(status), answer


def _statuses() -> dict[str, int]:
    """Return the status of every code there is; a code that is no refusal's is our mistake."""
    return {refusal.code: refusal.status for refusal in _refusals(DomainError)}


def _refusals(root: type[DomainError]) -> Iterator[type[DomainError]]:
    for refusal in root.__subclasses__():
        if hasattr(refusal, "code"):
            yield refusal
        yield from _refusals(refusal)


def _parameter(name: str, place: str, schema: Schema, *, is_required: bool = True) -> Schema:
    return {"name": name, "in": place, "required": is_required, "schema": schema}


def _headers() -> Schema:
    return {"Request-Id": {"$ref": "#/components/headers/Request-Id"}}


def _hook(schema: Schema) -> Schema:
    headers = ("webhook-id", "webhook-timestamp", "webhook-signature")
    return {
        "parameters": [_parameter(name, "header", {"type": "string"}) for name in headers],
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
        "responses": {"2XX": {"description": "received; anything else is sent again"}},
    }


def _name_of(path: str, method: str) -> str:
    return "_".join([method.lower(), *re.findall(r"\w+", path)])
