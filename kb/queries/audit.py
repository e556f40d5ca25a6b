"""Statements about the audit log. Invariant: it is only read here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVarTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from kb.models import AuditEntry

S = TypeVarTuple("S")


@dataclass(frozen=True, slots=True)
class DeedFilter:
    """Which deeds; empty means any."""

    action: str = ""
    actor: str = ""
    """A part of the address."""
    subject: str = ""
    """The beginning of it, such as ``ticket:`` or all of it."""
    since: datetime | None = None
    until: datetime | None = None


def entries(session: Session, wanted: DeedFilter, *, limit: int, offset: int = 0) -> Sequence[AuditEntry]:
    """Deeds, newest first."""
    statement = _wanted(select(AuditEntry), wanted)
    return session.scalars(statement.order_by(AuditEntry.id.desc()).limit(limit).offset(offset)).all()


def count(session: Session, wanted: DeedFilter) -> int:
    """How many `entries` could show."""
    return session.scalar(_wanted(select(func.count(AuditEntry.id)), wanted)) or 0


def actions(session: Session) -> list[str]:
    """Kinds of deeds that were done."""
    return list(session.scalars(select(AuditEntry.action).distinct().order_by(AuditEntry.action)))


def _wanted(statement: Select[*S], wanted: DeedFilter) -> Select[*S]:
    if wanted.action:
        statement = statement.where(AuditEntry.action == wanted.action)
    if wanted.actor:
        statement = statement.where(AuditEntry.actor.icontains(wanted.actor, autoescape=True))
    if wanted.subject:
        statement = statement.where(AuditEntry.subject.startswith(wanted.subject, autoescape=True))
    if wanted.since:
        statement = statement.where(AuditEntry.at >= wanted.since)
    if wanted.until:
        statement = statement.where(AuditEntry.at < wanted.until)
    return statement
