from __future__ import annotations

import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine as Records
from sqlalchemy import select
from sqlalchemy.orm import Session

from classifier.contract import TrainingReport
from classifier.engine import Engine
from kb import database
from kb.errors import ConflictError, NotAllowedError, NotFoundError
from kb.models import AuditEntry, Prediction, Review, Ticket
from kb.services import promoting, retraining, runs
from kb.viewers import SYSTEM
from tests.classifier import desk as made_up
from tests.kb.desk_of_people import Desk

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
REPORT = TrainingReport("20260101-000000", False, ("team",), {}, {}, 50, 3.0, held=("team accuracy fell",))


def states(session: Session) -> list[str]:
    return [run.state for run in runs.recent(session)]


def test_a_run_is_known_from_its_beginning(session: Session, now: datetime) -> None:
    number = runs.begin(session, "by hand", "here", now)
    assert states(session) == ["running"]
    runs.succeed(session, number, REPORT, now + MINUTE)
    (run,) = runs.recent(session)
    assert (run.state, run.version, run.promoted, run.examples) == ("done", REPORT.version, False, 50)
    assert run.note == "team accuracy fell"
    assert run.took == MINUTE
    with pytest.raises(ConflictError):
        runs.fail(session, number, "twice", now)


def test_a_run_that_never_said_how_it_ended_was_interrupted(session: Session, now: datetime) -> None:
    runs.begin(session, "by schedule", "here", now)
    runs.begin(session, "by schedule", "elsewhere", now)
    assert runs.settle(session, "here", now + MINUTE) == 1
    assert states(session) == ["running", "interrupted"]
    assert "served before goes on" in runs.recent(session)[1].note


def test_a_killed_run_is_told_at_once_where_its_process_is_gone(session: Session, now: datetime) -> None:
    runs.begin(session, "by schedule", "elsewhere", now)
    runs.begin(session, "by hand", "here", now + MINUTE)
    seen = runs.recent(session, quiet="here", now=now + 2 * MINUTE)
    assert [run.state for run in seen] == ["interrupted", "running"]
    assert "served before goes on" in seen[0].note
    assert states(session) == ["running", "running"], "looking writes nothing"
    late = runs.recent(session, quiet="", now=now + 2 * DAY)
    assert [run.state for run in late] == ["interrupted", "interrupted"]


def test_the_next_run_settles_what_was_killed(session: Session, now: datetime) -> None:
    runs.begin(session, "by hand", "here", now)
    number = runs.begin(session, "by hand", "here", now + MINUTE)
    runs.fail(session, number, "There are no labelled tickets.", now + 2 * MINUTE)
    assert states(session) == ["failed", "interrupted"]


@pytest.fixture(scope="module")
def two_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("two") / "models"
    engine = Engine(folder)
    for seed in (1, 2):
        engine.train(made_up.examples(60, seed=seed), now=made_up.START + seed * DAY)
    engine.promote("20250302-080000")
    return folder


@pytest.fixture
def engine(two_models: Path, tmp_path: Path) -> Engine:
    import shutil

    return Engine(Path(shutil.copytree(two_models, tmp_path / "models")))


def other(engine: Engine) -> str:
    return next(one.version for one in engine.versions() if not one.active)


def deeds(session: Session) -> list[str]:
    return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_a_lead_promotes_and_goes_back_and_both_are_written_down(
    session: Session, desk: Desk, engine: Engine, now: datetime
) -> None:
    first, second = str(engine.version), other(engine)
    before = deeds(session)
    tickets = [example.ticket for example in made_up.examples(30, seed=9)]
    said = engine.predict(tickets)
    promoting.promote(session, engine, desk.lead, second, first, now)
    assert engine.version == second
    assert promoting.models(engine, desk.lead).previous == first
    assert promoting.rollback(session, engine, desk.lead, second, now) == first
    assert engine.predict(tickets) == said
    assert deeds(session)[len(before) :] == ["model promoted", "model rolled back"]


def test_an_agent_may_not(session: Session, desk: Desk, engine: Engine, now: datetime) -> None:
    with pytest.raises(NotAllowedError):
        promoting.promote(session, engine, desk.front, other(engine), str(engine.version), now)
    with pytest.raises(NotAllowedError):
        promoting.rollback(session, engine, desk.front, str(engine.version), now)
    with pytest.raises(NotAllowedError):
        promoting.models(engine, desk.front)


def test_what_is_not_there_cannot_serve(session: Session, desk: Desk, engine: Engine, now: datetime) -> None:
    serving = str(engine.version)
    with pytest.raises(NotFoundError):
        promoting.promote(session, engine, desk.lead, "20200101-000000", serving, now)
    assert engine.version == serving


def test_of_two_at_once_one_wins_and_both_are_audited(records: Records, engine: Engine, now: datetime) -> None:
    for _ in range(5):
        first, second = str(engine.version), other(engine)
        start, outcomes = threading.Barrier(2), []

        def decide(
            version: str = second, seen: str = first, start: threading.Barrier = start, told: list[str] = outcomes
        ) -> None:
            start.wait(timeout=30)
            with database.writing(records) as session:
                try:
                    promoting.promote(session, engine, SYSTEM, version, seen, now)
                    told.append("won")
                except ConflictError:
                    told.append("conflict")
                session.commit()

        threads = [threading.Thread(target=decide) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ["conflict", "won"]
        assert engine.version == second
    with database.reading(records) as session:
        assert sorted(deeds(session)) == ["model promoted"] * 5 + ["model promotion refused"] * 5


def history(session: Session, now: datetime, *, weeks: int = 8, late_rate: float = 0.3) -> None:
    """Predictions of the past weeks that were right about the rate, except where `late_rate` differs in the last two."""
    for number in range(weeks * 7 * 5):
        at = now - timedelta(weeks=weeks) + timedelta(hours=number * 24 / 5 + 1)
        rate = late_rate if now - at < timedelta(weeks=2) else 0.3
        ticket = Ticket(
            reference=f"W{number}", subject="s", body="b", created_at=at, text_hash="x", status="resolved",
            resolved_at=at + MINUTE, escalated=(number * 7919) % 100 < rate * 100,
        )  # fmt: skip
        session.add(ticket)
        session.flush()
        session.add(Prediction(
            ticket_id=ticket.id, model_version="m", probability=0.3, threshold=0.5, decision="keep", created_at=at,
            features={"product": "A", "site": "B", "replies so far": 0.0}, teams=[{"team": "Front", "probability": 0.9}],
        ))  # fmt: skip
    session.flush()


def test_weeks_that_are_like_each_other_warn_nobody(session: Session, engine: Engine, now: datetime) -> None:
    history(session, now)
    assert {week.given for week in retraining.drift(session, engine, now).weeks} == {1.0}
    found = retraining.drift(session, engine, now)
    assert found.warnings == ()
    assert sum(week.tickets for week in found.weeks) == 280


def test_more_escalations_than_foreseen_are_told(session: Session, engine: Engine, now: datetime) -> None:
    history(session, now, late_rate=0.7)
    (warning,) = retraining.drift(session, engine, now).warnings
    assert "escalated where 30% were foreseen" in warning


def trained(session: Session, at: datetime, cause: str = "by hand") -> None:
    runs.succeed(session, runs.begin(session, cause, "here", at), REPORT, at)


def test_training_is_due_by_schedule_verdicts_or_drift_and_never_by_itself_first(
    session: Session, engine: Engine, now: datetime
) -> None:
    history(session, now)
    assert retraining.training_is_due(session, engine, now) is None
    trained(session, now - timedelta(hours=2))
    assert retraining.training_is_due(session, engine, now) is None
    trained(session, now - 8 * DAY)
    due = retraining.training_is_due(session, engine, now)
    assert due is not None
    assert "by schedule" in due


def test_verdicts_make_it_due_sooner(session: Session, desk: Desk, engine: Engine, now: datetime) -> None:
    history(session, now)
    trained(session, now - 2 * DAY)
    assert retraining.training_is_due(session, engine, now) is None
    for prediction in session.scalars(select(Prediction).limit(retraining.VERDICTS)):
        session.add(Review(prediction_id=prediction.id, number=1, verdict="disagreed", created_at=now - DAY))
    session.flush()
    assert retraining.training_is_due(session, engine, now) == "50 verdicts since the last training"


def test_weeks_that_differ_make_it_due_too(session: Session, engine: Engine, now: datetime) -> None:
    history(session, now, late_rate=0.7)
    trained(session, now - 2 * DAY)
    due = retraining.training_is_due(session, engine, now)
    assert due is not None
    assert due.startswith("the last weeks differ: ")
    trained(session, now - DAY, due)
    assert retraining.training_is_due(session, engine, now) is None, "the same weeks were learned from yesterday"
