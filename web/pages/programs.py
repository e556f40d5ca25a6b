"""The API for people to read. Invariant: made from the same description that programs get, so the two cannot differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from fastapi import APIRouter, Request
from starlette.responses import Response

from web.dependencies import Looking
from web.locales import gettext as _
from web.rendering import Page, render

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Value:
    """One thing to send."""

    name: str
    required: bool
    description: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing a program can do."""

    method: str
    path: str
    summary: str
    description: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Operations that belong together."""

    name: str
    description: str
    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramsPage(Page):
    """Every operation, by what it is about."""

    template: ClassVar[str] = "programs/page.html"
    paragraphs: tuple[str, ...]
    groups: tuple[Group, ...]
    address: str


@router.get("/programs")
def programs(request: Request, viewer: Looking) -> Response:
    del viewer
    described = request.app.openapi()
    page = ProgramsPage(
        title=_("For programs"), address=request.app.openapi_url, groups=_groups(described),
        paragraphs=tuple(part.strip() for part in described["info"]["description"].split("\n\n")),
    )  # fmt: skip
    return render(request, page)


def _groups(described: Mapping[str, Any]) -> tuple[Group, ...]:
    found: dict[str, list[Operation]] = {}
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            found.setdefault(operation["tags"][0], []).append(_operation(described, method, path, operation))
    tags = ((tag["name"], tag["description"]) for tag in described["tags"])
    return tuple(Group(name, text, tuple(found[name])) for name, text in tags if name in found)


def _operation(described: Mapping[str, Any], method: str, path: str, operation: Mapping[str, Any]) -> Operation:
    asked = [
        Value(each["name"], each["required"], each.get("description", "")) for each in operation.get("parameters", ())
    ]
    content = operation.get("requestBody", {}).get("content", {})
    return Operation(
        method.upper(), path, operation["summary"], operation.get("description", ""),
        (*asked, *(value for kind in content.values() for value in _body(described, kind["schema"]))),
    )  # fmt: skip


def _body(described: Mapping[str, Any], schema: Mapping[str, Any]) -> list[Value]:
    named = schema.get("$ref", "").rpartition("/")[2]
    known = described["components"]["schemas"].get(named, schema)
    return [
        Value(name, name in known.get("required", ()), field.get("description", ""))
        for name, field in known.get("properties", {}).items()
    ]
