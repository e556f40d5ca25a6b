"""Ask: a question in, articles out.

Invariant: the text is redacted before the engine sees it, and every hit is authorised against the database before
anyone sees it.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from kb.models import Question, Suggestion
from kb.moments import days
from kb.queries import articles as articles_q
from kb.queries import desk as desk_q
from kb.queries import synonyms as synonyms_q
from kb.queries import tickets as tickets_q
from kb.redaction import redact
from kb.services import opinions, votes
from kb.services.answers import risk_of
from kb.services.extracting import Extract, extracts
from kb.services.synonyms import also_said
from kb.viewers import Viewer, audiences, may_read
from search.contract import ArticleScore, Candidates, NoIndexError, Query, SearchEngine, SearchError

NOT_READY = "Search is not ready yet: nothing was indexed."
NOT_AVAILABLE = "Search is not available at the moment."
LONGEST = 20_000
"""Letters of a subject or a body that are read at all; the engine reads far fewer."""
FEWEST_TOLD = 5
"""Similar tickets that must have been solved before somebody who may not see them is told how many; a desk can choose."""
REPHRASED_WITHIN = timedelta(minutes=10)
"""How soon the next search is taken for the same one in other words."""
CANDIDATES_A_HIT = 2
"""How many more than asked for are ranked, so that hits the viewer may not see leave no hole."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as a person or a file puts it."""

    subject: str
    body: str = ""
    product: str = ""
    topic: str = ""
    surface: str = "help centre"
    ticket_id: int | None = None
    after: str = ""
    """Key of the question that this one puts in other words."""
    locale: str = ""
    """What whoever asks speaks; empty where nobody knows."""
    asked_at: datetime | None = None
    """When it was asked, where that was not now: what was learned later does not count."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One suggested article."""

    rank: int
    article_id: int
    slug: str
    title: str
    summary: str
    heading: str
    anchor: str
    passage: str
    audience: str
    products: tuple[str, ...]
    updated_at: datetime
    score: float
    """The probability that this article resolves the question."""
    solved_similar: int
    """How many similar tickets it solved; 0 where that is too few to be told to whoever may not see them."""
    answers: bool
    why: str
    parts: dict[str, float] = field(default_factory=dict)
    extract: Extract = ()
    """(piece, whether it answers) of `passage`, in reading order; empty where it was not asked for."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found. `answered` false is an honest "no good answer"; `hits` then hold the best guesses."""

    hits: tuple[Hit, ...]
    answered: bool
    note: str = ""
    question_key: str = ""
    """For a verdict on what was shown; empty where nothing was recorded."""
    candidates: Candidates | None = field(default=None, repr=False)


def ask(
    session: Session,
    engine: SearchEngine,
    asked: Asked,
    viewer: Viewer,
    now: datetime,
    *,
    limit: int = 10,
    record: bool = True,
    extract: bool = True,
    fewest: int = FEWEST_TOLD,
) -> Answer:
    """Suggest articles; none for a question without a letter or a digit.

    With `record` what was shown is kept, in redacted words; `extract` marks what of each passage answers; fewer than
    `fewest` similar tickets are not told to whoever may not see them.
    """
    if not any(letter.isalnum() for letter in f"{asked.subject[:LONGEST]}{asked.body[:LONGEST]}"):
        return Answer((), answered=False)
    query = _query(session, asked, viewer, asked.asked_at or now)
    try:
        candidates = engine.candidates(query)
    except NoIndexError:
        return Answer((), answered=False, note=NOT_READY)
    except SearchError:
        return Answer((), answered=False, note=NOT_AVAILABLE)
    near = [neighbour.ticket_id for neighbour in candidates.neighbours]
    cast = votes.of_tickets(session, near, asked.asked_at)
    scored = engine.rank(candidates, cast, limit * CANDIDATES_A_HIT, risk_of(session))
    # Customers are told nothing of few tickets, whoever wrote them.
    unseen = votes.unseen_voters(session, viewer, cast) if viewer.staff else {}
    known = [told(score, viewer, fewest, unseen.get(score.article_id, 0)) for score in scored]
    hits = _authorised(session, known, viewer, limit)
    if extract:
        found = extracts(engine, query, candidates.vector, [hit.passage for hit in hits])
        hits = tuple(replace(hit, extract=pieces) for hit, pieces in zip(hits, found, strict=True))
    answered = bool(hits) and hits[0].answers
    # What an operator does about it is for the desk.
    note = candidates.note if viewer.staff else candidates.note.partition(" Run: ")[0]
    answer = Answer(hits, answered, note, "", candidates)
    if not record:
        return answer
    return replace(answer, question_key=remember(session, engine, asked, answer, viewer, now))


def _query(session: Session, asked: Asked, viewer: Viewer, at: datetime) -> Query:
    teams = tuple(team.id for team in tickets_q.teams(session)) if viewer.staff else ()
    said = f"{asked.subject[:LONGEST]} {asked.body[:LONGEST]}"
    return Query(
        subject=redact(asked.subject[:LONGEST]),
        body=redact(asked.body[:LONGEST]),
        product=asked.product,
        topic=asked.topic,
        audiences=audiences(viewer, teams),
        exclude_ticket=asked.ticket_id,
        asked=days(at),
        locale=asked.locale,
        health=opinions.by(session, at),
        also=also_said(session, said),
    )


def told(score: ArticleScore, viewer: Viewer, fewest: int = FEWEST_TOLD, unseen: int = 0) -> ArticleScore:
    """The score as this viewer may know it: few enough solved tickets could be traced to whose they were.

    An agent is told of few tickets too, but then without the `unseen` ones among them.
    """
    if viewer.leads or score.solved_similar >= fewest:
        return score
    if viewer.staff:
        seen = max(score.solved_similar - unseen, 0)
        # A share of the memory without any ticket that may be seen would tell that there are others.
        return replace(score, solved_similar=seen, parts=score.parts if seen or not unseen else {})
    return replace(score, solved_similar=0, parts={})


def _authorised(session: Session, scored: Sequence[ArticleScore], viewer: Viewer, limit: int) -> tuple[Hit, ...]:
    found = articles_q.published_by_id(session, [score.article_id for score in scored])
    passages = articles_q.passage_texts(session, [s.passage_id for s in scored if s.passage_id is not None])
    opening = articles_q.first_passages(session, [s.article_id for s in scored])
    hits: list[Hit] = []
    for score in scored:
        row = found.get(score.article_id)
        if row is None or len(hits) == limit:
            continue
        article, revision = row
        if not may_read(viewer, article.audience, article.team_id):
            continue
        # An index that is behind may name a passage that is gone, or whose number came to mean another article's.
        passage = passages.get((article.id, score.passage_id or 0)) or opening.get(article.id)
        hits.append(Hit(
            rank=len(hits) + 1, article_id=article.id, slug=article.slug, title=revision.title,
            summary=revision.summary, heading=passage.heading if passage else "", anchor=passage.anchor if passage else "",
            passage=passage.text if passage else "", audience=article.audience, products=tuple(article.products),
            updated_at=article.updated_at, score=score.score, solved_similar=score.solved_similar,
            answers=score.answers, why=why(score), parts=dict(score.parts),
        ))  # fmt: skip
    return tuple(hits)


def why(score: ArticleScore) -> str:
    """Why an article is suggested, in words."""
    if score.solved_similar > 1:
        return f"solved {score.solved_similar} similar tickets"
    if score.solved_similar == 1:
        return "solved a similar ticket"
    strongest = max(score.parts, key=lambda name: score.parts[name], default="semantic")
    return "uses the same words" if strongest == "lexical" else "is about the same thing"


def remember(
    session: Session, engine: SearchEngine, asked: Asked, answer: Answer, viewer: Viewer, now: datetime
) -> str:
    """Keep what was shown for a question, in redacted words; its key is for verdicts and for the ticket.

    Apart from `ask`, so that finding something never waits for whoever is writing.
    """
    before = synonyms_q.question_before(session, asked.after, viewer.account_id, now - REPHRASED_WITHIN)
    words = f"{redact(asked.subject[:LONGEST]).redacted}\n{redact(asked.body[:LONGEST]).redacted}".strip()
    question = Question(
        surface=asked.surface, redacted=words[:4000], product=asked.product, ticket_id=asked.ticket_id,
        account_id=viewer.account_id, answered=answer.answered, generation=engine.generation or "", at=now,
        key=secrets.token_urlsafe(16), after_id=before.id if before else None,
    )  # fmt: skip
    session.add(question)
    session.flush()
    session.add_all(
        Suggestion(question_id=question.id, rank=h.rank, article_id=h.article_id, score=h.score, parts=h.parts)
        for h in answer.hits
    )
    return question.key


def forget(session: Session, viewer: Viewer, key: str) -> None:
    """Drop a question of a form that was asked again with more words; one that was judged or sent stays."""
    asked = desk_q.question_by_key(session, key)
    if asked is None or asked.surface != "form" or asked.ticket_id is not None or asked.account_id != viewer.account_id:
        return
    if not desk_q.judged(session, asked.id):
        session.delete(asked)
        session.flush()
