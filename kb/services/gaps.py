"""What is missing in what is known. Invariant: redacted words only, and each gap says what it costs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from kb.models import Question
from kb.queries import gaps as gaps_q
from kb.viewers import Viewer, may_read, require

MOST: Final = 5000
SHOWN: Final = 100
PREVIEW: Final = 200
WORD = re.compile(r"[^\W_]+")
SMALL: Final = frozenset({
    "a", "an", "and", "any", "are", "as", "at", "be", "but", "by", "can", "cannot", "did", "do", "does", "for", "from",
    "get", "has", "have", "how", "i", "if", "in", "is", "it", "its", "me", "my", "no", "not", "of", "on", "or", "our",
    "so", "the", "there", "this", "to", "was", "we", "were", "what", "when", "where", "which", "who", "why", "will",
    "with", "you", "your",
})  # fmt: skip
"""Words that say nothing about what is asked."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that people ask and nothing answers."""

    words: str
    """How it was put last, redacted."""
    product: str
    asked: int
    tickets: int
    hours: float
    """From asking to solving, over those tickets; what is not solved yet counts for nothing."""
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Trouble:
    """A published article that people turn down."""

    slug: str
    title: str
    audience: str
    outdated: int
    not_relevant: int
    unhelpful: int
    helpful: int
    tickets: int
    """Sent although it was shown first, and not answered by it."""
    hours: float
    updated_at: datetime


def unanswered(session: Session, viewer: Viewer, now: datetime, *, days: int = 90) -> tuple[Gap, ...]:
    """Questions without a good answer; those of the same words together, what costs most tickets first."""
    require(viewer, "lead")
    groups: dict[tuple[str, ...], list[Question]] = {}
    for question in gaps_q.unanswered(session, now - timedelta(days=days), MOST):
        groups.setdefault(_about(question.redacted), []).append(question)
    hours = gaps_q.hours(session, [q.ticket_id for some in groups.values() for q in some if q.ticket_id is not None])
    found = [_gap(questions, hours) for words, questions in groups.items() if words]
    order = sorted(found, key=lambda gap: (-gap.tickets, -gap.hours, -gap.asked, -gap.last_at.timestamp()))
    return tuple(order[:SHOWN])


def _about(text: str) -> tuple[str, ...]:
    """The words of the first line that carry meaning, each in one form and in no order."""
    words = {word.casefold() for word in WORD.findall(text.split("\n", 1)[0])} - SMALL
    return tuple(sorted({word[:-1] if len(word) > 3 and word.endswith("s") else word for word in words}))


def _gap(questions: Sequence[Question], hours: Mapping[int, float]) -> Gap:
    newest = questions[0]
    tickets = {question.ticket_id for question in questions if question.ticket_id is not None}
    # A ticket that was looked at ten times was asked once.
    alone = sum(question.ticket_id is None for question in questions)
    words = " ".join(newest.redacted.split("\n", 1)[0].split())
    cost = sum(hours.get(number, 0.0) for number in tickets)
    return Gap(words[:PREVIEW], newest.product, alone + len(tickets), len(tickets), cost, newest.at)


def troubles(session: Session, viewer: Viewer, now: datetime, *, days: int = 365) -> tuple[Trouble, ...]:
    """Articles that were called outdated, not relevant or not helpful, what costs most tickets and hours first."""
    require(viewer, "lead")
    since = now - timedelta(days=days)
    counts: dict[int, dict[str, int]] = {}
    for article_id, verdict, people in gaps_q.marked(session, since):
        _add(counts, article_id, verdict, people)
    for article_id, helpful, reason, votes in gaps_q.voted(session, since):
        name = "helpful" if helpful else "outdated" if reason == "outdated" else "unhelpful"
        _add(counts, article_id, name, votes)
    bad = [number for number, said in counts.items() if set(said) - {"helpful"}]
    tickets = _tickets(session, since)
    hours = gaps_q.hours(session, list({number for one in bad for number in tickets.get(one, ())}))
    found = [
        Trouble(
            article.slug, title, article.audience, counts[article.id].get("outdated", 0),
            counts[article.id].get("not relevant", 0), counts[article.id].get("unhelpful", 0),
            counts[article.id].get("helpful", 0), len(tickets.get(article.id, ())),
            sum(hours.get(number, 0.0) for number in tickets.get(article.id, ())), article.updated_at,
        )
        for article, title in gaps_q.heads(session, bad)
        if may_read(viewer, article.audience, article.team_id)
    ]  # fmt: skip
    return tuple(sorted(found, key=_dearest)[:SHOWN])


def _dearest(trouble: Trouble) -> tuple[float, ...]:
    said = 3 * trouble.outdated + 2 * trouble.unhelpful + trouble.not_relevant
    return (-trouble.tickets, -trouble.hours, -said)


def _tickets(session: Session, since: datetime) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for article_id, ticket_id in gaps_q.written_all_the_same(session, since):
        found.setdefault(article_id, set()).update([] if ticket_id is None else [ticket_id])
    return found


def _add(counts: dict[int, dict[str, int]], article_id: int, name: str, count: int) -> None:
    said = counts.setdefault(article_id, {})
    said[name] = said.get(name, 0) + count
