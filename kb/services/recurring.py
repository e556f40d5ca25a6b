"""What keeps coming back and nobody has written about.

Invariant: names are redacted words of one who asked; a run replaces what the last one found, except what somebody has
begun to write about.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from kb.drafting import Thread
from kb.drafting.titles import title_of
from kb.errors import ConflictError, NotFoundError
from kb.excerpts import folded
from kb.models import RecurringIssue, RecurringMember
from kb.queries import gaps as gaps_q
from kb.queries import recurring as recurring_q
from kb.redaction import RedactedText, redact
from kb.services import audit
from kb.services.learning import draft
from kb.viewers import Viewer, require
from search.contract import Progress, SearchEngine, Vectors

Clustering = Callable[[Vectors], NDArray[np.int64]]
"""Shape (n, dimensions) → a number for each row, below zero for none."""
Kind = Literal["tickets", "questions"]
KINDS: Final[tuple[Kind, ...]] = ("tickets", "questions")
WINDOW: Final = timedelta(days=365)
MOST: Final = 50_000
BATCH: Final = 256
TERMS: Final = 5
SHORTEST_TERM: Final = 4


@dataclass(frozen=True, slots=True)
class Said:
    """One ticket or question."""

    id: int
    subject: RedactedText
    body: RedactedText
    at: datetime
    hours: float
    """From asking to solving; 0 where it is not known."""


@dataclass(frozen=True, slots=True)
class IssueView:
    """One thing that keeps coming back."""

    id: int
    kind: str
    name: str
    terms: tuple[str, ...]
    size: int
    hours: float
    first_at: datetime
    last_at: datetime
    article: str | None
    """Slug of what somebody began to write."""
    references: tuple[str, ...]
    """Tickets of it that the viewer may see, the most typical first."""


@dataclass(frozen=True, slots=True)
class Found:
    """One issue before it is kept: what was said, the most typical first, and how typical each is."""

    said: tuple[Said, ...]
    nearness: tuple[float, ...]
    terms: tuple[str, ...]


def gathered(
    session: Session,
    engine: SearchEngine,
    clustering: Clustering,
    kind: Kind,
    now: datetime,
    progress: Progress | None = None,
) -> list[Found]:
    """Look through the tickets of a year without an article, or the questions without an answer. Only reads."""
    said = _tickets(session, now) if kind == "tickets" else _questions(session, now)
    vectors = _vectors(engine, said, kind, progress)
    if progress:
        progress("grouping", 0, len(said))
    labels = clustering(vectors)
    if progress:
        progress("grouping", len(said), len(said))
    everywhere = Counter(term for one in said for term in _terms(one))
    return [
        _found([said[row] for row in rows], vectors[rows], everywhere)
        for rows in (np.flatnonzero(labels == label) for label in range(int(labels.max(initial=-1)) + 1))
    ]


def keep(session: Session, kind: Kind, found: Sequence[Found], now: datetime) -> int:
    """Put them in the place of what the last run found; how many issues."""
    recurring_q.forget(session, kind)
    for one in found:
        _keep(session, kind, one, now)
    session.flush()
    return len(found)


def issues(session: Session, viewer: Viewer, kind: str = "", *, limit: int = 50) -> tuple[IssueView, ...]:
    """What was found, those that cost most hours first, then the larger ones; none with a ticket the viewer may not see."""
    require(viewer, "agent")
    found = recurring_q.issues(session, kind, limit)
    guarded = recurring_q.guarded(session, viewer, [issue.id for issue, _ in found])
    rows = [row for row in found if row[0].id not in guarded]
    members = recurring_q.references(session, viewer, [issue.id for issue, _ in rows])
    return tuple(
        IssueView(
            issue.id, issue.kind, issue.name, tuple(issue.terms), issue.size, issue.hours, issue.first_at, issue.last_at,
            slug, tuple(members.get(issue.id, ())),
        )
        for issue, slug in rows
    )  # fmt: skip


def draft_from(session: Session, viewer: Viewer, issue_id: int, now: datetime) -> str:
    """One draft for all of them, from the most typical solved ticket, named as most of them say it; its slug.

    Raises:
        ConflictError: none of its tickets is solved yet, so nobody knows the answer.
    """
    require(viewer, "agent")
    issue = session.get(RecurringIssue, issue_id)
    if issue is None or recurring_q.guarded(session, viewer, [issue_id]):
        raise NotFoundError("There is no such issue any more.")
    solved = recurring_q.solved_references(session, viewer, issue.id)
    if not solved:
        raise ConflictError(
            "None of these tickets is solved yet: write the article by hand, or wait for the first answer."
        )
    subjects = [redact(subject).redacted for subject in recurring_q.subjects(session, issue.id)]
    slug = draft(session, viewer, solved[0], now, titles=subjects, note=f"one draft for {issue.size} tickets")
    issue.article_id = recurring_q.article_id(session, slug)
    session.flush()
    audit.record(session, viewer, "recurring issue drafted", f"article:{slug}", now, tickets=issue.size)
    return slug


def _tickets(session: Session, now: datetime) -> list[Said]:
    rows = recurring_q.unlinked_tickets(session, now - WINDOW, MOST)
    return [
        Said(
            ticket.id, redact(ticket.subject), redact(ticket.body), ticket.created_at,
            max((ticket.resolved_at - ticket.created_at) / timedelta(hours=1), 0.0) if ticket.resolved_at else 0.0,
        )
        for ticket in rows
    ]  # fmt: skip


def _questions(session: Session, now: datetime) -> list[Said]:
    rows = recurring_q.unanswered_questions(session, now - WINDOW, MOST)
    # A ticket that was looked at ten times was waited for once.
    left = gaps_q.hours(session, list({q.ticket_id for q in rows if q.ticket_id is not None}))
    return [
        Said(q.id, redact(q.redacted.partition("\n")[0]), redact(q.redacted), q.at, left.pop(q.ticket_id or 0, 0.0))
        for q in rows
    ]


def _vectors(engine: SearchEngine, said: Sequence[Said], kind: Kind, progress: Progress | None) -> Vectors:
    """Remembered ones out of the index, the others made now. Shape (n, dimensions)."""
    known: Mapping[int, Vectors] = engine.case_vectors([one.id for one in said]) if kind == "tickets" else {}
    missing = [one for one in said if one.id not in known]
    made: dict[int, Vectors] = {}
    for start in range(0, len(missing), BATCH):
        part = missing[start : start + BATCH]
        rows = engine.embed([redact(f"{one.subject.redacted}\n{one.body.redacted}"[:4000]) for one in part])
        made |= {one.id: row for one, row in zip(part, rows, strict=True)}
        if progress:
            progress("reading", start + len(part), len(missing))
    found = [known[one.id] if one.id in known else made[one.id] for one in said]
    return np.stack(found) if found else np.zeros((0, 1), np.float32)


def _found(said: Sequence[Said], vectors: Vectors, everywhere: Counter[str]) -> Found:
    middle = vectors.mean(axis=0)
    nearness = vectors @ (middle / max(float(np.linalg.norm(middle)), 1e-9))
    order = [int(row) for row in np.argsort(-nearness)]
    return Found(
        tuple(said[row] for row in order), tuple(float(nearness[row]) for row in order),
        tuple(_telling(said, everywhere)),
    )  # fmt: skip


def _keep(session: Session, kind: Kind, found: Found, now: datetime) -> None:
    typical, others = found.said[0], [one.subject.redacted for one in found.said[1:]]
    issue = RecurringIssue(
        kind=kind, name=title_of(Thread(typical.subject, typical.body), others)[:200], terms=list(found.terms),
        size=len(found.said), hours=sum(one.hours for one in found.said), first_at=min(one.at for one in found.said),
        last_at=max(one.at for one in found.said), found_at=now,
    )  # fmt: skip
    session.add(issue)
    session.flush()
    member = "ticket_id" if kind == "tickets" else "question_id"
    there = recurring_q.still_there(session, kind, [one.id for one in found.said])
    session.add_all(
        RecurringMember(issue_id=issue.id, nearness=near, **{member: one.id})
        for one, near in zip(found.said, found.nearness, strict=True)
        if one.id in there
    )


def _telling(said: Sequence[Said], everywhere: Counter[str]) -> list[str]:
    """Words that many of these say and few of the others."""
    here = Counter(term for one in said for term in _terms(one))
    common = [term for term, count in here.items() if count >= max(2, len(said) // 3)]
    return sorted(common, key=lambda term: (-here[term] / (everywhere[term] + 5), term))[:TERMS]


def _terms(one: Said) -> set[str]:
    words = f"{one.subject.redacted} {one.body.redacted[:600]}".split()
    cleaned = (folded(word.strip(".,;:!?()[]\"'")) for word in words)
    return {word for word in cleaned if len(word) >= SHORTEST_TERM and word.isalpha()}
