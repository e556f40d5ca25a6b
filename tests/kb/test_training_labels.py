from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.errors import NotFoundError
from kb.models import Prediction, Ticket
from kb.queries import desk as desk_q
from kb.services import blind, reviewing, seeing, ticketing, training
from kb.services.blind import blind_audit, is_blind, wilson
from kb.services.labels import label_of, taught
from kb.services.reviewing import Verdict
from kb.services.ticketing import Handoff, NewTicket
from tests.kb.desk_of_people import Desk
from tests.kb.test_reviewing import predict

DAY = timedelta(days=1)


def opened(session: Session, desk: Desk, now: datetime) -> str:
    return ticketing.open_ticket(session, desk.alma, NewTicket("Payout is missing", "Since Monday."), now)


def test_acting_and_no_escalation_is_no_plain_no() -> None:
    assert label_of(True, ("escalate", "acknowledged")) == "escalated"
    assert label_of(False, ("escalate", "acknowledged")) == "averted"
    assert label_of(False, ("unsure", "team changed")) == "averted"
    assert label_of(False, ("escalate", "disagreed")) == "kept"
    assert label_of(False, ("escalate", "snoozed")) == "kept"
    assert label_of(False, ("escalate", "reopened")) == "kept"
    assert label_of(False, ("keep", "acknowledged")) == "kept"
    assert label_of(False, None) == "kept"
    assert label_of(None, ("escalate", "acknowledged")) == "unknown"
    assert [taught(label) for label in ("escalated", "kept", "averted", "unknown")] == [True, False, None, None]


@pytest.mark.parametrize(
    ("verdicts", "label"),
    [([], False), (["acknowledged"], None), (["disagreed"], False), (["acknowledged", "undo"], False)],
)
def test_what_a_lead_did_decides_what_is_learned(
    session: Session, desk: Desk, now: datetime, verdicts: list[str], label: bool | None
) -> None:
    reference = opened(session, desk, now)
    number = predict(session, reference, now)
    for count, verdict in enumerate(verdicts):
        if verdict == "undo":
            reviewing.undo(session, desk.lead, number, count, now + DAY)
        else:
            reviewing.decide(session, desk.lead, number, Verdict(verdict), count, now)
    ticketing.resolve(session, desk.front, reference, "Paid out.", now + 2 * DAY)
    (example,) = training.examples(session)
    assert example.outcome.escalated is label
    assert example.known_at == now + 2 * DAY
    assert training.lessons(session).averted == int(label is None)


def test_what_escalated_all_the_same_did_escalate(session: Session, desk: Desk, now: datetime) -> None:
    reference = opened(session, desk, now)
    reviewing.decide(session, desk.lead, predict(session, reference, now), Verdict("acknowledged"), 0, now)
    ticketing.escalate(session, desk.front, reference, Handoff("functional", "Vault", "Money is gone"), now)
    ticketing.resolve(session, desk.vault, reference, "Found it.", now + DAY)
    (example,) = training.examples(session)
    assert example.outcome.escalated is True
    assert example.outcome.team == "Vault"


def test_chance_alone_chooses_about_three_in_a_hundred_and_always_the_same() -> None:
    chosen = [number for number in range(1, 20_001) if is_blind(number)]
    assert chosen == [number for number in range(1, 20_001) if is_blind(number)]
    assert 0.025 < len(chosen) / 20_000 < 0.035
    assert min(chosen) > blind.FIRST


def in_sample(session: Session, desk: Desk, now: datetime, decision: str) -> str:
    reference = opened(session, desk, now)
    session.get_one(Prediction, predict(session, reference, now, decision)).blind = True
    session.flush()
    return reference


def test_nobody_is_shown_what_is_in_the_sample(session: Session, desk: Desk, now: datetime) -> None:
    reference = in_sample(session, desk, now, "escalate")
    ticket = session.scalars(select(Ticket).where(Ticket.reference == reference)).one()
    prediction = session.scalars(select(Prediction)).one()
    assert reviewing.predicted(session, desk.lead, now, show="") == ()
    assert desk_q.latest_prediction(session, ticket.id) is None
    assert seeing.ticket(session, desk.lead, reference).prediction is None
    for look in (
        lambda: reviewing.item(session, desk.lead, prediction.id, now),
        lambda: reviewing.decide(session, desk.lead, prediction.id, Verdict("acknowledged"), 0, now),
    ):
        with pytest.raises(NotFoundError):
            look()


def test_the_sample_says_what_the_list_misses(session: Session, desk: Desk, now: datetime) -> None:
    assert "none of them is solved yet" in blind_audit(session, desk.lead).text
    for decision, escalates in (
        ("escalate", True),
        ("unsure", True),
        ("keep", True),
        ("keep", False),
        ("escalate", False),
    ):
        reference = in_sample(session, desk, now, decision)
        if escalates:
            ticketing.escalate(session, desk.front, reference, Handoff("functional", "Vault", "Money is gone"), now)
        ticketing.resolve(session, desk.lead, reference, "Done.", now + DAY)
    in_sample(session, desk, now, "keep")
    found = blind_audit(session, desk.lead)
    assert (found.waiting, found.tickets, found.escalated, found.found, found.alarms) == (1, 5, 3, 2, 3)
    assert found.found_between == wilson(2, 3)
    assert "3 escalated; the list would have held 2 of them (67%" in found.text


def test_only_the_first_word_on_a_ticket_counts_in_the_audit(session: Session, desk: Desk, now: datetime) -> None:
    reference = in_sample(session, desk, now, "keep")
    session.get_one(Prediction, predict(session, reference, now + DAY, "escalate")).blind = True
    ticketing.escalate(session, desk.front, reference, Handoff("functional", "Vault", "Money is gone"), now)
    ticketing.resolve(session, desk.lead, reference, "Done.", now + 2 * DAY)
    found = blind_audit(session, desk.lead)
    assert (found.tickets, found.found) == (1, 0)
