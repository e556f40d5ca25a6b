from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from classifier.engine import Engine
from kb.errors import ConflictError, InvalidError, NotAllowedError, UnavailableError
from kb.models import AlarmChoice, AuditEntry, Prediction, Ticket
from kb.records import TicketRecord
from kb.services import choosing
from kb.services.choosing import Wanted
from kb.services.foreseeing import foresee
from kb.services.predictions import predict_ticket, predict_waiting
from kb.viewers import Viewer
from search.engine import Engine as Search
from tests.classifier import desk as made_up

LEAD = Viewer(role="lead", name="Lena")


@pytest.fixture(scope="module")
def dated(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    engine = Engine(tmp_path_factory.mktemp("dated"))
    engine.train(made_up.examples(160, dated=True), now=made_up.START)
    return engine


@pytest.fixture(scope="module")
def undated(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    engine = Engine(tmp_path_factory.mktemp("undated"))
    engine.train(made_up.examples(160), now=made_up.START)
    return engine


@pytest.fixture
def search(tmp_path: Path, encoder_folder: Path) -> Search:
    (tmp_path / "index").mkdir()
    (tmp_path / "index" / "encoders").symlink_to(encoder_folder, target_is_directory=True)
    return Search(tmp_path / "index")


@pytest.fixture
def tickets(session: Session, now: datetime) -> list[Ticket]:
    made = [
        Ticket(
            reference=f"T{n}", subject=one.ticket.subject.redacted, body=one.ticket.body.redacted, created_at=now,
            text_hash=str(n), product=one.ticket.attributes.get("product", ""),
        )
        for n, one in enumerate(made_up.examples(40, seed=5))
    ]  # fmt: skip
    session.add_all(made)
    session.flush()
    return made


def alarms(session: Session) -> int:
    """Tickets whose newest prediction is an alarm."""
    rows = session.scalars(select(Prediction).order_by(Prediction.id))
    return sum(row.decision == "escalate" for row in {row.ticket_id: row for row in rows}.values())


def test_where_nobody_chose_it_is_as_the_model_was_trained(session: Session, dated: Engine) -> None:
    now = choosing.chosen(session, dated)
    assert (now.number, now.wanted, now.problem) == (0, Wanted(), "")
    assert choosing.choice_of(session) is None
    found = choosing.meaning(session, dated, LEAD)
    assert found is not None
    assert found.first <= found.last
    assert f"Of {found.tickets:,} tickets written {found.first} to {found.last}" in found.text


def test_a_choice_is_kept_and_written_down_and_the_threshold_follows(
    session: Session, dated: Engine, now: datetime
) -> None:
    before = choosing.meaning(session, dated, LEAD)
    meant = choosing.choose(session, dated, LEAD, Wanted("cost", miss=50.0), 0, now)
    assert before is not None
    assert meant.threshold < before.threshold
    assert meant.recall >= before.recall
    kept = choosing.chosen(session, dated)
    assert (kept.number, kept.wanted, kept.at) == (1, Wanted("cost", miss=50.0), now)
    assert choosing.meaning(session, dated, LEAD) == meant
    deed = session.scalars(select(AuditEntry).where(AuditEntry.action == "alarms chosen")).one()
    assert deed.details["kind"] == "cost"
    assert deed.details["miss"] == "50"


def test_unsolved_tickets_are_decided_again_once(
    session: Session, dated: Engine, search: Search, tickets: list[Ticket], now: datetime
) -> None:
    assert predict_waiting(session, search, dated, now) == len(tickets)
    assert predict_waiting(session, search, dated, now) == 0
    trained = alarms(session)
    choosing.choose(session, dated, LEAD, Wanted("cost", miss=1000.0), 0, now)
    assert predict_waiting(session, search, dated, now) == len(tickets)
    assert predict_waiting(session, search, dated, now) == 0
    every = alarms(session)
    assert every > trained
    choosing.choose(session, dated, LEAD, Wanted("capacity", per_day=0.2), 1, now)
    predict_waiting(session, search, dated, now)
    assert alarms(session) < trained
    chosen = {row.choice_id for row in session.scalars(select(Prediction))}
    assert chosen == {None, *session.scalars(select(AlarmChoice.id))}


def test_a_ticket_that_waits_is_looked_at_again_after_a_day(
    session: Session, dated: Engine, search: Search, tickets: list[Ticket], now: datetime
) -> None:
    predict_waiting(session, search, dated, now)
    assert predict_waiting(session, search, dated, now + timedelta(hours=23)) == 0
    assert predict_waiting(session, search, dated, now + timedelta(hours=25)) == len(tickets)
    newest = session.scalars(select(Prediction).order_by(Prediction.id.desc())).first()
    assert newest is not None
    assert newest.features["hours since it was written"] == 25


def test_every_way_to_a_prediction_decides_alike(
    session: Session, dated: Engine, search: Search, tickets: list[Ticket], now: datetime
) -> None:
    meant = choosing.choose(session, dated, LEAD, Wanted("cost", miss=7.0), 0, now)
    kept = predict_ticket(session, search, dated, tickets[0].id, now)
    other = foresee(session, search, dated, TicketRecord(id="x", subject="Printer", body="It smokes."))
    assert kept is not None
    assert kept.threshold == other.threshold == meant.threshold


def test_sets_hold_rare_teams_where_the_lead_wants_it(
    session: Session, dated: Engine, search: Search, tickets: list[Ticket], now: datetime
) -> None:
    usual = predict_ticket(session, search, dated, tickets[0].id, now)
    choosing.choose(session, dated, LEAD, Wanted(each_team=True), 0, now)
    wide = predict_ticket(session, search, dated, tickets[0].id, now)
    assert usual is not None
    assert wide is not None
    assert wide.threshold == usual.threshold
    expected = dated.predict([], choice=choosing.choice_of(session))
    assert expected == ()
    assert len(wide.team_set) >= len(usual.team_set)


def test_of_two_leads_the_second_is_told(session: Session, dated: Engine, now: datetime) -> None:
    choosing.choose(session, dated, LEAD, Wanted("cost", miss=2.0), 0, now)
    with pytest.raises(ConflictError, match="just chosen"):
        choosing.choose(session, dated, LEAD, Wanted("cost", miss=3.0), 0, now)
    assert choosing.chosen(session, dated).wanted.miss == 2.0


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (Wanted("capacity", per_day=0.0), "above zero"),
        (Wanted("cost", miss=-1.0), "zero or more"),
    ],
)
def test_what_cannot_be_followed_is_not_kept(
    session: Session, dated: Engine, now: datetime, wanted: Wanted, words: str
) -> None:
    with pytest.raises(InvalidError, match=words):
        choosing.choose(session, dated, LEAD, wanted, 0, now)
    assert choosing.chosen(session, dated).number == 0


def test_a_model_without_dates_cannot_follow_a_capacity_and_says_so(
    session: Session, dated: Engine, undated: Engine, search: Search, tickets: list[Ticket], now: datetime
) -> None:
    choosing.choose(session, dated, LEAD, Wanted("capacity", per_day=2.0), 0, now)
    assert "no dates" in choosing.chosen(session, undated).problem
    assert predict_waiting(session, search, undated, now) == len(tickets)
    assert predict_waiting(session, search, undated, now) == 0
    trained = undated.consequence(choosing.Choice())
    thresholds = {row.threshold for row in session.scalars(select(Prediction))}
    assert trained is not None
    assert thresholds == {trained.threshold}
    assert choosing.meaning(session, undated, LEAD) == trained


def test_choosing_is_for_leads_and_needs_a_model(
    session: Session, dated: Engine, tmp_path: Path, now: datetime
) -> None:
    agent = replace(LEAD, role="agent")
    with pytest.raises(NotAllowedError):
        choosing.choose(session, dated, agent, Wanted("cost", miss=2.0), 0, now + timedelta(days=1))
    with pytest.raises(UnavailableError):
        choosing.choose(session, Engine(tmp_path / "none"), LEAD, Wanted("cost", miss=2.0), 0, now)
    assert choosing.meaning(session, Engine(tmp_path / "none"), LEAD) is None
