"""What is wrong with a form. Invariant: what was typed comes back with it, word for word."""

from __future__ import annotations

from dataclasses import dataclass

from kb.errors import ConflictError, DeflectError
from web.locales import gettext as _


@dataclass(frozen=True, slots=True)
class Trouble:
    """One field that does not hold what it should."""

    field: str
    message: str


def trouble_of(error: DeflectError, field: str) -> Trouble:
    """An error of the flows beside the field it is about, or beside `field`."""
    return Trouble(error.field or field, _(error.message))


def status_of(error: DeflectError) -> int:
    """409 where somebody else was first, else 422."""
    return 409 if isinstance(error, ConflictError) else 422
