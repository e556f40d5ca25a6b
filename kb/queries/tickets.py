"""Statements about tickets, their threads and their links. Invariant: a queue holds only what its viewer may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVarTuple

from sqlalchemy import ColumnElement, Row, Select, and_, false, func, or_, select, true
from sqlalchemy.orm import Session

from kb.models import Account, Escalation, Link, Message, PendingLink, Prediction, Team, Ticket
from kb.viewers import Viewer

SOLVED = ("resolved", "closed")
UNSOLVED = ("open", "waiting")
S = TypeVarTuple("S")


def by_reference(session: Session, reference: str) -> Ticket | None:
    """The ticket of that reference."""
    return session.scalar(select(Ticket).where(Ticket.reference == reference))


def last_with_account(session: Session, requester: str) -> Ticket | None:
    """A requester's last ticket that says whom they belong to."""
    return session.scalar(
        select(Ticket)
        .where(Ticket.requester == requester, Ticket.requester != "", Ticket.account != "")
        .order_by(Ticket.created_at.desc(), Ticket.id.desc())
        .limit(1)
    )


def messages(session: Session, ticket_id: int) -> Sequence[Message]:
    """The thread, oldest first."""
    return session.scalars(
        select(Message).where(Message.ticket_id == ticket_id).order_by(Message.created_at, Message.id)
    ).all()


def links(session: Session, ticket_id: int) -> Sequence[Link]:
    """Articles linked to a ticket."""
    return session.scalars(select(Link).where(Link.ticket_id == ticket_id).order_by(Link.at)).all()


def link(session: Session, ticket_id: int, article_id: int, kind: str) -> Link | None:
    """One link."""
    return session.scalar(
        select(Link).where(Link.ticket_id == ticket_id, Link.article_id == article_id, Link.kind == kind)
    )


def pending_links(session: Session, slug: str) -> Sequence[PendingLink]:
    """Links that wait for an article of that slug."""
    return session.scalars(select(PendingLink).where(PendingLink.slug == slug)).all()


def pending_links_of(session: Session, ticket_id: int) -> Sequence[PendingLink]:
    """Links of a ticket that wait for their article."""
    return session.scalars(select(PendingLink).where(PendingLink.ticket_id == ticket_id)).all()


def votes(session: Session, ticket_ids: Sequence[int]) -> Sequence[Row[int, int, str]]:
    """(ticket id, article id, kind) of the links of those tickets."""
    return session.execute(
        select(Link.ticket_id, Link.article_id, Link.kind).where(Link.ticket_id.in_(ticket_ids))
    ).all()


def solved_rows(session: Session) -> Sequence[Row[int, str, str]]:
    """(id, text hash, product) of every solved ticket."""
    return session.execute(
        select(Ticket.id, Ticket.text_hash, Ticket.product).where(Ticket.status.in_(SOLVED)).order_by(Ticket.id)
    ).all()


def by_ids(session: Session, ids: Sequence[int]) -> Sequence[Ticket]:
    """Tickets among `ids`."""
    return session.scalars(select(Ticket).where(Ticket.id.in_(ids))).all()


def labelled(session: Session) -> Sequence[Row[Ticket, str | None]]:
    """Solved tickets of which history says something a model can learn, with their team's name, oldest first."""
    return session.execute(
        select(Ticket, Team.name)
        .outerjoin(Team, Team.id == Ticket.team_id)
        .where(
            Ticket.status.in_(SOLVED),
            (Ticket.escalated.is_not(None)) | (Ticket.team_id.is_not(None)) | (Ticket.level != ""),
        )
        .order_by(Ticket.created_at, Ticket.id)
    ).all()


def latest_prediction_ids() -> ColumnElement[int]:
    """Correlated: the newest prediction of the ticket at hand that may be shown."""
    return (
        select(func.max(Prediction.id))
        .where(Prediction.ticket_id == Ticket.id, Prediction.blind.is_(False))
        .correlate(Ticket)
        .scalar_subquery()
    )


def seen_by(viewer: Viewer) -> ColumnElement[bool]:
    """What `kb.viewers.may_see_ticket` says, for many rows at once; `Team` must be joined."""
    own = Ticket.requester_id == viewer.account_id if viewer.account_id is not None else false()
    if not viewer.staff:
        return own
    if viewer.leads:
        return true()
    return or_(own, Team.id.is_(None), Team.private.is_(False), Team.id == viewer.team_id)


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Which tickets; empty means any. `status` may also be ``unsolved``."""

    status: str = "unsolved"
    team: str = ""
    product: str = ""
    text: str = ""
    decision: str = ""
    assignee_id: int | None = None
    requester_id: int | None = None


def queue(
    session: Session, viewer: Viewer, wanted: QueueFilter, *, limit: int, offset: int = 0
) -> Sequence[Row[Ticket, str | None, Prediction | None]]:
    """Tickets with their team's name and newest prediction, newest first."""
    statement = _queued(viewer, wanted, select(Ticket, Team.name, Prediction))
    return session.execute(
        statement.order_by(Ticket.created_at.desc(), Ticket.id.desc()).limit(limit).offset(offset)
    ).all()


def queue_length(session: Session, viewer: Viewer, wanted: QueueFilter) -> int:
    """How many tickets `queue` could show."""
    return session.scalar(_queued(viewer, wanted, select(func.count(Ticket.id)))) or 0


def _queued(viewer: Viewer, wanted: QueueFilter, statement: Select[*S]) -> Select[*S]:
    statement = (
        statement.select_from(Ticket)
        .outerjoin(Team, Team.id == Ticket.team_id)
        .outerjoin(Prediction, Prediction.id == latest_prediction_ids())
        .where(seen_by(viewer))
    )
    if wanted.status:
        statement = statement.where(Ticket.status.in_(UNSOLVED if wanted.status == "unsolved" else (wanted.status,)))
    for column, value in (
        (Team.name, wanted.team),
        (Ticket.product, wanted.product),
        (Prediction.decision, wanted.decision),
        (Ticket.assignee_id, wanted.assignee_id),
        (Ticket.requester_id, wanted.requester_id),
    ):
        if value:
            statement = statement.where(column == value)
    if wanted.text:
        like = wanted.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        statement = statement.where(
            or_(Ticket.subject.ilike(f"%{like}%", escape="\\"), Ticket.reference.ilike(f"{like}%", escape="\\"))
        )
    return statement


def count_unsolved(session: Session) -> int:
    """How many tickets wait for somebody."""
    return session.scalar(select(func.count(Ticket.id)).where(Ticket.status.in_(UNSOLVED))) or 0


def count(session: Session) -> int:
    """How many tickets there are."""
    return session.scalar(select(func.count(Ticket.id))) or 0


def references(session: Session, ids: Sequence[int]) -> dict[int, str]:
    """Reference by id."""
    rows = session.execute(select(Ticket.id, Ticket.reference).where(Ticket.id.in_(ids))).all()
    return {row[0]: row[1] for row in rows}


def products(session: Session) -> list[str]:
    """Products that tickets name."""
    return [name for name in session.scalars(select(Ticket.product).distinct().order_by(Ticket.product)) if name]


def teams(session: Session) -> Sequence[Team]:
    """All teams by level and name."""
    return session.scalars(select(Team).order_by(Team.level, Team.name)).all()


def escalations(session: Session, ticket_id: int) -> Sequence[Escalation]:
    """Escalations of a ticket, newest first."""
    return session.scalars(
        select(Escalation).where(Escalation.ticket_id == ticket_id).order_by(Escalation.id.desc())
    ).all()


def resolved_escalations(session: Session, viewer: Viewer, limit: int) -> Sequence[Row[Escalation, Ticket]]:
    """Escalations of solved tickets that have become no article yet, newest first."""
    linked = select(Link.ticket_id).where(Link.ticket_id == Ticket.id).exists()
    return session.execute(
        select(Escalation, Ticket)
        .join(Ticket, and_(Ticket.id == Escalation.ticket_id, Ticket.status.in_(SOLVED)))
        .outerjoin(Team, Team.id == Ticket.team_id)
        .where(Escalation.article_id.is_(None), ~linked, seen_by(viewer))
        .order_by(Ticket.resolved_at.desc(), Ticket.id.desc())
        .limit(limit)
    ).all()


def unsolved(session: Session, ids: Sequence[int]) -> Sequence[Ticket]:
    """Those among these tickets that are not solved."""
    return session.scalars(
        select(Ticket).where(Ticket.id.in_(ids), Ticket.status.in_(UNSOLVED)).order_by(Ticket.id)
    ).all()


def unpredicted(
    session: Session, version: str, limit: int, choice_id: int | None = None, since: datetime | None = None
) -> Sequence[Ticket]:
    """Unsolved tickets of which that model version has said nothing yet by that choice of alarms (None: as trained).

    With `since`, nothing after that moment.
    """
    by = Prediction.choice_id.is_(None) if choice_id is None else Prediction.choice_id == choice_id
    late = [] if since is None else [Prediction.created_at > since]
    said = (
        select(Prediction.id)
        .where(Prediction.ticket_id == Ticket.id, Prediction.model_version == version, by, *late)
        .exists()
    )
    return session.scalars(
        select(Ticket).where(Ticket.status.in_(UNSOLVED), ~said).order_by(Ticket.id).limit(limit)
    ).all()


def names(session: Session, account_ids: Sequence[int]) -> dict[int, str]:
    """Names of accounts."""
    rows = session.execute(select(Account.id, Account.name).where(Account.id.in_(account_ids))).all()
    return {row[0]: row[1] for row in rows}


def visible(session: Session, viewer: Viewer, ids: Sequence[int]) -> Sequence[Ticket]:
    """Tickets among `ids` that the viewer may see."""
    return session.scalars(
        select(Ticket).outerjoin(Team, Team.id == Ticket.team_id).where(Ticket.id.in_(ids), seen_by(viewer))
    ).all()
