from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from kb.models import Prediction, Review, Ticket
from kb.services import reviewing, seeing, ticketing
from kb.services.reviewing import Verdict
from kb.services.ticketing import Handoff, NewTicket
from tests.kb.desk_of_people import Desk

HOUR = timedelta(hours=1)


def predict(session: Session, reference: str, now: datetime, decision: str = "escalate", chance: float = 0.8) -> int:
    ticket = session.scalars(select(Ticket).where(Ticket.reference == reference)).one()
    row = Prediction(
        ticket_id=ticket.id, model_version="m1", probability=chance, threshold=0.5, decision=decision, created_at=now,
        reasons=[{"text": "names a manager", "weight": 1.2}], teams=[{"team": "Vault", "probability": 0.7}],
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row.id


@pytest.fixture
def reference(session: Session, desk: Desk, now: datetime) -> str:
    return ticketing.open_ticket(session, desk.alma, NewTicket("Payout is missing", "Since Monday."), now)


@pytest.fixture
def number(session: Session, reference: str, now: datetime) -> int:
    return predict(session, reference, now)


def states(session: Session, desk: Desk, now: datetime) -> list[str]:
    return [item.state for item in reviewing.predicted(session, desk.lead, now, show="")]


def test_the_most_probable_comes_first_and_what_is_kept_does_not_come(
    session: Session, desk: Desk, now: datetime, number: int
) -> None:
    for chance, decision in ((0.95, "escalate"), (0.1, "keep"), (0.5, "unsure")):
        other = ticketing.open_ticket(session, desk.bert, NewTicket("Other", "Words."), now)
        predict(session, other, now, decision, chance)
    found = reviewing.predicted(session, desk.lead, now + HOUR)
    assert [item.prediction.probability for item in found] == [0.95, 0.8, 0.5]
    assert found[0].waiting == HOUR
    assert found[1].prediction.words == "Likely to escalate: Vault"
    assert found[1].prediction.reasons[0].text == "names a manager"


@pytest.mark.parametrize(
    ("verdict", "state"),
    [
        (Verdict("acknowledged"), "acknowledged"),
        (Verdict("disagreed", note="he only asked"), "disagreed"),
        (Verdict("team changed", team="Vault"), "acknowledged"),
    ],
)
def test_a_verdict_is_a_new_row_and_can_be_undone(
    session: Session, desk: Desk, now: datetime, reference: str, number: int, verdict: Verdict, state: str
) -> None:
    assert reviewing.decide(session, desk.lead, number, verdict, 0, now) == 1
    assert states(session, desk, now) == [state]
    assert reviewing.undo(session, desk.lead, number, 1, now) == 2
    assert states(session, desk, now) == ["open"]
    assert [row.verdict for row in session.scalars(select(Review).order_by(Review.number))] == [
        verdict.said,
        "reopened",
    ]
    assert seeing.ticket(session, desk.lead, reference).team is None
    with pytest.raises(ConflictError):
        reviewing.undo(session, desk.lead, number, 2, now)


def test_two_people_cannot_decide_the_same_thing(session: Session, desk: Desk, now: datetime, number: int) -> None:
    reviewing.decide(session, desk.lead, number, Verdict("acknowledged"), 0, now)
    with pytest.raises(ConflictError):
        reviewing.decide(session, desk.operator, number, Verdict("disagreed"), 0, now)
    assert states(session, desk, now) == ["acknowledged"]
    assert reviewing.decide(session, desk.operator, number, Verdict("disagreed"), 1, now) == 2


def test_snoozing_ends_by_itself(session: Session, desk: Desk, now: datetime, number: int) -> None:
    reviewing.decide(session, desk.lead, number, Verdict("snoozed", until=now + HOUR), 0, now)
    assert states(session, desk, now) == ["snoozed"]
    assert states(session, desk, now + HOUR) == ["open"]


@pytest.mark.parametrize(
    ("field", "verdict"),
    [
        ("verdict", Verdict("ignored")),
        ("team", Verdict("team changed", team="Nowhere")),
        ("until", Verdict("snoozed")),
        ("until", Verdict("snoozed", until=datetime.fromisoformat("2020-01-01T00:00:00+00:00"))),
    ],
)
def test_half_a_verdict_is_refused(
    session: Session, desk: Desk, now: datetime, number: int, field: str, verdict: Verdict
) -> None:
    with pytest.raises(InvalidError) as refused:
        reviewing.decide(session, desk.lead, number, verdict, 0, now)
    assert refused.value.field == field
    assert states(session, desk, now) == ["open"]


def test_a_verdict_holds_for_later_predictions_until_one_is_graver(
    session: Session, desk: Desk, now: datetime, reference: str
) -> None:
    first = predict(session, reference, now, "unsure", 0.5)
    reviewing.decide(session, desk.lead, first, Verdict("disagreed"), 0, now)
    predict(session, reference, now + HOUR, "unsure", 0.52)
    assert states(session, desk, now + HOUR) == ["disagreed"]
    graver = predict(session, reference, now + 2 * HOUR, "escalate", 0.9)
    assert states(session, desk, now + 2 * HOUR) == ["open"]
    assert reviewing.item(session, desk.lead, graver, now).number == 0


def test_a_solved_ticket_is_off_the_list_and_its_prediction_expired(
    session: Session, desk: Desk, now: datetime, reference: str, number: int
) -> None:
    ticketing.resolve(session, desk.front, reference, "Paid.", now)
    assert states(session, desk, now) == []
    assert reviewing.item(session, desk.lead, number, now).state == "expired"


def test_private_tickets_are_reviewed_by_those_who_may_see_them(
    session: Session, desk: Desk, now: datetime, reference: str, number: int
) -> None:
    ticketing.escalate(session, desk.front, reference, Handoff("functional", "Vault", "Money."), now)
    assert len(reviewing.predicted(session, desk.vault, now)) == 1
    assert reviewing.predicted(session, desk.front, now) == ()
    with pytest.raises(NotFoundError):
        reviewing.decide(session, desk.front, number, Verdict("disagreed"), 0, now)
    with pytest.raises(NotAllowedError):
        reviewing.predicted(session, desk.alma, now)
