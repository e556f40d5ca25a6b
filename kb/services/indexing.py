"""The database as the search engine reads it. Invariant: what leaves here is redacted, and only what may be found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from sqlalchemy.orm import Session

from kb.moments import days
from kb.queries import articles as articles_q
from kb.queries import tickets as tickets_q
from kb.redaction import redact
from kb.services import hashes
from kb.viewers import label
from search.contract import CaseDocument, PassageDocument, Stamp

Reading = Callable[[], AbstractContextManager[Session]]


class DatabaseSource:
    """Passages of published articles and solved tickets; each call reads in a short session of its own."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def articles(self) -> frozenset[int]:
        """Every article there is, whether it may be found or not."""
        with self._reading() as session:
            return frozenset(articles_q.every_id(session))

    def passage_stamps(self) -> Sequence[Stamp]:
        with self._reading() as session:
            facets = {
                number: hashes.of(products, topics, label(audience, team_id), days(updated), locale)
                for number, products, topics, audience, team_id, updated, locale in articles_q.facets(session)
            }
            rows = articles_q.passage_rows(session)
        return [Stamp(number, text_hash, facets[article]) for number, text_hash, article in rows if article in facets]

    def passages(self, ids: Sequence[int]) -> Sequence[PassageDocument]:
        with self._reading() as session:
            rows = articles_q.passages_with_articles(session, ids)
        return [
            PassageDocument(
                passage_id=passage.id, article_id=article.id, title=redact(revision.title),
                heading=redact(passage.heading), body=redact(passage.text), products=tuple(article.products),
                topics=tuple(article.topics), audience=label(article.audience, article.team_id),
                updated=days(article.updated_at), locale=article.locale,
            )
            for passage, article, revision in rows
        ]  # fmt: skip

    def case_stamps(self) -> Sequence[Stamp]:
        with self._reading() as session:
            rows = tickets_q.solved_rows(session)
        return [Stamp(number, text_hash, hashes.of(product)) for number, text_hash, product in rows]

    def cases(self, ids: Sequence[int]) -> Sequence[CaseDocument]:
        with self._reading() as session:
            tickets = tickets_q.by_ids(session, ids)
        return [CaseDocument(t.id, redact(t.subject), redact(t.body), t.product) for t in tickets]
