"""The demo desk comes and goes. Invariant: everything it brings is marked, and going it takes along nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from kb.errors import NotFoundError
from kb.models import Escalation, Message, Team, Ticket
from kb.queries import articles as articles_q
from kb.queries import demo as demo_q
from kb.queries import tickets as tickets_q
from kb.services import audit
from kb.viewers import SYSTEM


@dataclass(frozen=True, slots=True)
class TeamFacts:
    """A team and how to reach it."""

    name: str
    level: str
    description: str
    contact: str
    criteria: str


@dataclass(frozen=True, slots=True)
class Turn:
    """One message; `author` is the address of somebody of the desk."""

    author: str
    kind: str
    internal: bool
    body: str
    at: datetime


@dataclass(frozen=True, slots=True)
class HandingUp:
    """One escalation."""

    kind: str
    from_team: str
    to_team: str
    level: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Course:
    """What became of a ticket after it was written."""

    status: str
    team: str
    level: str
    escalated: bool | None
    requester: str
    turns: Sequence[Turn]
    escalations: Sequence[HandingUp]
    ended: datetime | None


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody of the desk, as a thread names them."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What there is of the demo desk, and what of the desk's own."""

    articles: int
    tickets: int
    people: int
    own: Mapping[str, int]

    @property
    def present(self) -> bool:
        return bool(self.people or self.articles or self.tickets)

    @property
    def mixed(self) -> bool:
        """Whether there is anything of the desk's own."""
        return any(self.own.values())


@dataclass(frozen=True, slots=True)
class Removed:
    """What went. `kept_teams` are named by records of the desk's own."""

    articles: int
    tickets: int
    people: int
    kept_teams: Sequence[str]


def standing(session: Session) -> Standing:
    """As it is now."""
    return Standing(**demo_q.counts(session, demo=True), own=demo_q.counts(session, demo=False))


def add_team(session: Session, facts: TeamFacts) -> None:
    """Bring in a team, unless the desk has one of that name."""
    if articles_q.team_by_name(session, facts.name) is None:
        session.add(
            Team(
                name=facts.name, level=facts.level, description=facts.description, contact=facts.contact,
                criteria=facts.criteria, demo=True,
            )
        )  # fmt: skip
        session.flush()


def team_ids(session: Session) -> Mapping[str, int]:
    """Name → number."""
    return demo_q.team_ids(session)


def add_course(
    session: Session, reference: str, course: Course, people: Mapping[str, Who], teams: Mapping[str, int]
) -> None:
    """Let an imported ticket have its thread, its escalations and its state.

    Raises:
        NotFoundError: there is no such ticket.
    """
    ticket = tickets_q.by_reference(session, reference)
    if ticket is None:
        raise NotFoundError(f"There is no ticket {reference[:80]}.")
    ticket.status, ticket.team_id, ticket.level = course.status, teams[course.team], course.level
    ticket.escalated, ticket.requester_id = course.escalated, people[course.requester].id
    answering = [turn.author for turn in course.turns if turn.kind == "agent"]
    ticket.assignee_id = people[answering[-1]].id if answering else None
    session.add_all(_message(ticket, turn, people[turn.author]) for turn in course.turns)
    session.add_all(_escalation(ticket, step, course, teams) for step in course.escalations)


def add_became(session: Session, reference: str, slug: str) -> None:
    """Let what solved that ticket's escalations have become an article."""
    ticket, article = tickets_q.by_reference(session, reference), articles_q.by_slug(session, slug)
    if ticket is None or article is None:
        raise NotFoundError(f"There is no ticket {reference[:80]} or no article {slug[:80]}.")
    for escalation in tickets_q.escalations(session, ticket.id):
        escalation.article_id = article.id


def _message(ticket: Ticket, turn: Turn, author: Who) -> Message:
    return Message(
        ticket_id=ticket.id, author_id=author.id, author_name=author.name, author_kind=turn.kind,
        internal=turn.internal, body=turn.body, created_at=turn.at,
    )  # fmt: skip


def _escalation(ticket: Ticket, step: HandingUp, course: Course, teams: Mapping[str, int]) -> Escalation:
    return Escalation(
        ticket_id=ticket.id, kind=step.kind, state="closed" if course.ended else "active",
        from_team_id=teams[step.from_team], to_team_id=teams[step.to_team], level=step.level, reason=step.reason,
        requested_at=step.at, closed_at=course.ended,
    )  # fmt: skip


def remove(session: Session, now: datetime) -> Removed:
    """Take the demo desk away, with all that came of it; records of the desk's own stay as they are."""
    demo_q.remove_questions(session)
    articles = demo_q.remove_articles(session)
    tickets = demo_q.remove_tickets(session)
    people = demo_q.remove_accounts(session)
    removed = Removed(articles, tickets, people, demo_q.remove_teams(session))
    session.expire_all()
    audit.record(session, SYSTEM, "demo removed", "demo desk", now, articles=articles, tickets=tickets, people=people)
    audit.errand(session, audit.INDEX_CHANGED, now)
    return removed
