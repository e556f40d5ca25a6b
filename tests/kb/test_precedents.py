"""What was known that answers a ticket, as of a moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine as Records
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kb import database
from kb.models import Article, Link, Ticket
from kb.records import ArticleRecord, TicketRecord
from kb.services import asof, training
from kb.services.importing import import_article, import_ticket
from kb.services.indexing import DatabaseSource
from kb.services.precedents import AGREED, ARTICLE, TICKETS
from search.engine import Engine

DAY = timedelta(days=1)
WAYS = ["The printer has no paper", "Printer says paper is empty", "No paper in the printer any more", "Printer: paper"]
OTHER = ["The invoice shows the wrong tax", "Tax on the invoice is wrong", "Wrong tax, please send the invoice again"]


@dataclass(frozen=True)
class Shop:
    records: Records
    search: Engine
    start: datetime

    def index(self) -> None:
        self.search.index(DatabaseSource(lambda: database.reading(self.records)))

    def numbers(self, session: Session, reference: str, at: datetime) -> Mapping[str, float]:
        ticket = session.scalars(select(Ticket).where(Ticket.reference == reference)).one()
        (seen,) = training.seen_at(session, self.search, [ticket], {ticket.id: at})
        return {name: value for name, value in seen.numbers.items() if name in (ARTICLE, TICKETS, AGREED)}


@pytest.fixture
def shop(records: Records, tmp_path: Path, encoder_folder: Path, now: datetime) -> Shop:
    """An article on paper of day 0, one on tax of day 20; tickets each other day, solved a day later by their article."""
    (tmp_path / "index").mkdir()
    (tmp_path / "index" / "encoders").symlink_to(encoder_folder, target_is_directory=True)
    with database.writing(records) as session:
        for slug, title, body, day in (
            ("paper", "Fill paper into the printer", "Open the tray of the printer and put paper in.", 0),
            ("tax", "Change the tax of an invoice", "Open the invoice and choose another tax.", 20),
        ):
            import_article(session, ArticleRecord(slug, title, body=body, updated_at=now + day * DAY), now + 90 * DAY)
        for n, subject in enumerate([*WAYS, *OTHER] * 3):
            created = now + (2 * n + 1) * DAY
            import_ticket(
                session,
                TicketRecord(
                    id=f"T{n}", subject=subject, body=f"Room {n}.", created_at=created, resolved_at=created + DAY,
                    escalated=subject in OTHER, articles=("tax" if subject in OTHER else "paper",),
                ),
                now + 90 * DAY,
            )  # fmt: skip
        session.commit()
    made = Shop(records, Engine(tmp_path / "index"), now)
    made.index()
    return made


def test_by_hand(shop: Shop) -> None:
    with database.reading(shop.records) as session:
        first = shop.numbers(session, "T0", shop.start + DAY)
        assert set(first) == {ARTICLE}, "no ticket was solved yet"
        assert shop.numbers(session, "T0", shop.start) == {}, "not even the article was there"
        alike = shop.numbers(session, "T7", shop.start + 15 * DAY)
        assert alike[TICKETS] > 0.3
        assert 0.4 < alike[AGREED] <= 1.0
        assert alike[ARTICLE] > 0.5
        tax = shop.numbers(session, "T4", shop.start + 9 * DAY)
        assert tax[ARTICLE] < 0.4, "the article on tax was not written yet"
        assert shop.numbers(session, "T4", shop.start + 21 * DAY)[ARTICLE] > 0.5


@pytest.mark.parametrize("day", [1, 9, 15, 22, 31])
def test_deleting_the_future_changes_nothing(shop: Shop, day: int) -> None:
    at = shop.start + day * DAY
    asked = f"T{(day - 1) // 2}"
    with database.reading(shop.records) as session:
        before = shop.numbers(session, asked, at)
    with database.writing(shop.records) as session:
        session.execute(delete(Link).where(Link.at >= at))
        session.execute(delete(Ticket).where(Ticket.resolved_at >= at, Ticket.reference != asked))
        session.execute(delete(Article).where(Article.updated_at >= at))
        session.commit()
    shop.index()
    with database.reading(shop.records) as session:
        after = shop.numbers(session, asked, at)
    assert after == before


def test_learning_and_serving_see_the_same(shop: Shop) -> None:
    with database.reading(shop.records) as session:
        learned = {one.ticket.id: one.ticket.numbers for one in training.examples(session, shop.search)}
        tickets = session.scalars(select(Ticket)).all()
        at = asof.moments(session, tickets)
        for ticket in tickets:
            assert shop.numbers(session, ticket.reference, at[ticket.id]).items() <= learned[ticket.reference].items()
        assert sum(AGREED in one for one in learned.values()) > 15


def test_an_article_that_was_rewritten_says_it_only_since_then(shop: Shop) -> None:
    late = shop.start + 40 * DAY
    with database.writing(shop.records) as session:
        record = ArticleRecord("paper", "Fill paper into the printer", body="Open the lower tray.", updated_at=late)
        import_article(session, record, late)
        session.commit()
    shop.index()
    with database.reading(shop.records) as session:
        assert ARTICLE not in shop.numbers(session, "T0", shop.start + DAY)
        assert ARTICLE in shop.numbers(session, "T0", late + DAY)


def test_without_an_index_nothing_is_said(records: Records, shop: Shop, tmp_path: Path) -> None:
    with database.reading(records) as session:
        ticket = session.scalars(select(Ticket)).first()
        assert ticket is not None
        (seen,) = training.seen_at(session, Engine(tmp_path / "none"), [ticket], {ticket.id: shop.start + 9 * DAY})
    assert ARTICLE not in seen.numbers
    assert "hours since it was written" in seen.numbers
