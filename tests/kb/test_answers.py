"""A lead chooses at what risk something is called an answer, and which ranker serves."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from kb.models import AuditEntry
from kb.records import ArticleRecord
from kb.services import answers, rankers
from kb.services.asking import Asked, ask
from kb.services.importing import import_article
from kb.services.indexing import DatabaseSource
from kb.viewers import ANONYMOUS
from search.contract import Risk
from search.engine import Engine as Search
from search.features import NAMES
from search.popularity import Popularity
from search.ranker import BARS, Ranker
from search.ranking import CALIBRATION
from tests.kb.desk_of_people import Desk
from web.desk import Desk as Home
from web.settings import Settings


def ranker() -> Ranker:
    """Orders by meaning; the surer it must be, the fewer are answered and the more refused."""
    weights = np.zeros(len(NAMES))
    weights[NAMES.index("semantic cosine")] = 5.0
    return Ranker(
        np.zeros(len(NAMES)), np.ones(len(NAMES)), weights, None, Popularity(), CALIBRATION,
        refused=BARS, answered=tuple(1 - bar for bar in BARS), right=tuple(0.5 + bar / 2 for bar in BARS), balanced=0.5,
    )  # fmt: skip


@pytest.fixture
def learned(engine: Search) -> Search:
    engine.rankers.folder.mkdir(parents=True)
    engine.rankers.promote(engine.rankers.add(ranker(), {"figures": {"gain mrr@10, low": 0.02}, "lessons": 200}))
    return engine


def test_until_a_lead_chooses_it_is_as_it_was_set_up(session: Session, desk: Desk, ready_home: Path) -> None:
    del desk
    assert answers.risk_of(session) is None
    set_up = Search(ready_home / "index", risk=0.2)
    assert answers.chosen(session, set_up) == answers.ChosenRisk(0, 0.2)
    assert answers.chosen(session, Search(ready_home / "index")).share is None


def test_a_choice_is_kept_told_and_written_down(session: Session, desk: Desk, learned: Search, now: datetime) -> None:
    meant = answers.choose(session, learned, desk.lead, 0.1, 0, now)
    assert meant is not None
    assert (meant.bar, meant.answered, meant.refused) == (pytest.approx(0.9), pytest.approx(0.1), pytest.approx(0.9))
    chosen = answers.chosen(session, learned)
    assert (chosen.number, chosen.share, chosen.by, chosen.at) == (1, 0.1, desk.lead.name, now)
    assert "at most 10 are answered" in chosen.words
    assert answers.risk_of(session) == Risk(0.1)
    deed = session.scalars(select(AuditEntry).where(AuditEntry.action == "answer risk chosen")).one()
    assert deed.details == {"risk": "0.1", "bar": "0.90"}
    answers.choose(session, learned, desk.lead, None, 1, now + timedelta(hours=1))
    assert answers.risk_of(session) == Risk(None), "a chosen balance is a choice"
    assert "weigh alike" in answers.chosen(session, learned).words


def test_no_risk_at_all_is_answered_by_nothing(learned: Search, desk: Desk) -> None:
    meant = answers.meaning(learned, desk.lead, 0.0)
    assert meant is not None
    assert (meant.bar, meant.answered, meant.refused) == (1.0, 0.0, 1.0)


def test_of_two_leads_the_second_is_told_and_others_may_not(
    session: Session, desk: Desk, learned: Search, now: datetime
) -> None:
    answers.choose(session, learned, desk.lead, 0.1, 0, now)
    with pytest.raises(ConflictError, match="just chosen"):
        answers.choose(session, learned, desk.lead, 0.4, 0, now)
    with pytest.raises(InvalidError):
        answers.choose(session, learned, desk.lead, 1.5, 1, now)
    with pytest.raises(NotAllowedError):
        answers.choose(session, learned, desk.front, 0.4, 1, now)
    assert answers.chosen(session, learned).share == 0.1


def test_a_choice_counts_from_the_next_question_on(
    session: Session, desk: Desk, ready_home: Path, now: datetime
) -> None:
    home = Home(Settings(home=ready_home, index_threads=1))
    for slug, text in (("drawer", "The drawer sticks. Pull the lever."), ("lamp", "Change the lamp above the desk.")):
        import_article(session, ArticleRecord(slug, text.partition(".")[0], text), now)
    session.commit()
    search = home.search
    search.index(DatabaseSource(home.reading))
    search.rankers.folder.mkdir(parents=True)
    search.rankers.promote(search.rankers.add(ranker(), {}))

    def answered() -> bool:
        return ask(session, search, Asked("the drawer sticks"), ANONYMOUS, now, record=False).answered

    answers.choose(session, search, desk.lead, 1.0, 0, now)
    assert answered()
    answers.choose(session, search, desk.lead, 0.0, 1, now)
    assert not answered()
    home.records.dispose()


def test_a_lead_goes_back_to_another_ranker_and_it_is_written_down(
    session: Session, desk: Desk, learned: Search, now: datetime
) -> None:
    learned.rankers.promote(learned.rankers.add(replace(ranker(), balanced=0.4), {"figures": {}}))
    newest, first = rankers.listed(learned, desk.lead)
    assert (newest.name, newest.serves, newest.orders) == ("ranker-000002", True, False)
    assert (first.name, first.serves, first.orders, first.lessons) == ("ranker-000001", False, True, 200)
    rankers.serve(session, learned, desk.lead, first.name, newest.name, now)
    assert learned.rankers.current() == first.name
    with pytest.raises(ConflictError, match=first.name):
        rankers.serve(session, learned, desk.lead, "", newest.name, now)
    rankers.serve(session, learned, desk.lead, "", first.name, now)
    assert learned.rankers.current() == ""
    with pytest.raises(NotFoundError):
        rankers.serve(session, learned, desk.lead, "../../etc", "", now)
    with pytest.raises(NotAllowedError):
        rankers.serve(session, learned, desk.front, first.name, "", now)
    with pytest.raises(NotAllowedError):
        rankers.listed(learned, desk.front)
    acts = session.scalars(select(AuditEntry.action).where(AuditEntry.subject.like("ranker:%"))).all()
    assert acts == ["ranker promoted", "ranker refused", "ranker promoted"]
