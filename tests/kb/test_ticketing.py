from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from kb.models import Escalation, Link, OutboxEvent, Ticket
from kb.queries.tickets import QueueFilter
from kb.records import TicketRecord
from kb.services import seeing, ticketing
from kb.services.importing import import_ticket
from kb.services.ticketing import Handoff, NewTicket
from kb.viewers import ANONYMOUS
from tests.kb.desk_of_people import Desk, article

HANDOFF = Handoff("functional", "Vault", "Needs the payments tool; balance compared already.")


@pytest.fixture
def reference(session: Session, desk: Desk, now: datetime) -> str:
    return ticketing.open_ticket(
        session, desk.alma, NewTicket("Payout is missing", "It should have come on Monday."), now
    )


def topics(session: Session) -> list[str]:
    return list(session.scalars(select(OutboxEvent.topic).order_by(OutboxEvent.id)))


def test_a_ticket_has_a_reference_and_an_errand_for_its_prediction(session: Session, reference: str) -> None:
    assert reference.startswith("T-2026-")
    assert topics(session) == ["ticket"]


def test_an_import_may_have_taken_the_reference(session: Session, desk: Desk, now: datetime, reference: str) -> None:
    taken = reference[:-1] + str(int(reference[-1]) + 1)
    session.add(Ticket(reference=taken, subject="s", body="b", created_at=now, text_hash="x"))
    session.flush()
    session.get_one(Ticket, 2).reference = f"{reference[:-1]}{int(reference[-1]) + 2}"
    session.flush()
    another = ticketing.open_ticket(session, desk.alma, NewTicket("Two", "More."), now)
    assert another != session.get_one(Ticket, 2).reference
    assert len(set(session.scalars(select(Ticket.reference)))) == 3


@pytest.mark.parametrize(
    ("field", "new"),
    [
        ("subject", NewTicket("  ", "text", email="a@example.com")),
        ("body", NewTicket("subject", "\n", email="a@example.com")),
        ("email", NewTicket("subject", "text", email="not an address")),
        ("subject", NewTicket("x" * 301, "text", email="a@example.com")),
    ],
)
def test_what_is_wrong_with_the_form_is_named(session: Session, now: datetime, field: str, new: NewTicket) -> None:
    with pytest.raises(InvalidError) as refused:
        ticketing.open_ticket(session, ANONYMOUS, new, now)
    assert refused.value.field == field
    assert session.scalar(select(Ticket.id)) is None


def test_only_who_asked_and_the_desk_see_a_ticket(session: Session, desk: Desk, now: datetime, reference: str) -> None:
    for viewer in (desk.alma, desk.front, desk.vault, desk.lead):
        assert seeing.ticket(session, viewer, reference).reference == reference
    for viewer in (ANONYMOUS, desk.bert):
        with pytest.raises(NotFoundError):
            seeing.ticket(session, viewer, reference)
        with pytest.raises(NotFoundError):
            ticketing.reply(session, viewer, reference, "I am in", now)


def test_a_private_teams_ticket_is_for_its_members_and_leads(
    session: Session, desk: Desk, now: datetime, reference: str
) -> None:
    ticketing.escalate(session, desk.front, reference, HANDOFF, now)
    seen = {name for name, viewer in desk.everybody.items() if _sees(session, viewer, reference)}
    assert seen == {"alma", "vault", "lead", "operator"}
    rows, total = seeing.queue(session, desk.front, QueueFilter())
    assert (rows, total) == ((), 0)
    assert seeing.queue(session, desk.vault, QueueFilter())[1] == 1


def _sees(session: Session, viewer: object, reference: str) -> bool:
    try:
        seeing.ticket(session, viewer, reference)  # type: ignore[arg-type]
    except NotFoundError:
        return False
    return True


def test_a_customer_sees_neither_notes_nor_predictions_nor_internal_articles(
    session: Session, desk: Desk, now: datetime, reference: str
) -> None:
    article(session, now, "inner", audience="internal")
    ticketing.reply(session, desk.front, reference, "He is difficult.", now, internal=True)
    ticketing.reply(session, desk.front, reference, "We are looking into it.", now)
    ticketing.link(session, desk.front, reference, "inner", now)
    ticketing.escalate(session, desk.front, reference, HANDOFF, now)
    seen = seeing.ticket(session, desk.alma, reference)
    assert [turn.body for turn in seen.turns] == ["We are looking into it."]
    assert (seen.links, seen.escalations, seen.prediction, seen.level) == ((), (), None, "")
    assert len(seeing.ticket(session, desk.lead, reference).turns) == 2
    with pytest.raises(NotAllowedError):
        ticketing.reply(session, desk.alma, reference, "psst", now, internal=True)


def test_the_thread_moves_the_state(session: Session, desk: Desk, now: datetime, reference: str) -> None:
    def status() -> str:
        return seeing.ticket(session, desk.alma, reference).status

    ticketing.reply(session, desk.front, reference, "Which bank?", now)
    assert status() == "waiting"
    ticketing.reply(session, desk.alma, reference, "The one with the lion.", now)
    assert status() == "open"
    ticketing.resolve(session, desk.front, reference, "Paid out again.", now)
    assert status() == "resolved"
    ticketing.reply(session, desk.alma, reference, "Still nothing!", now)
    assert status() == "open"
    with pytest.raises(ConflictError):
        ticketing.reopen(session, desk.alma, reference, now)


def test_confirming_is_the_requesters_and_resolves_with_the_strongest_link(
    session: Session, desk: Desk, now: datetime, reference: str
) -> None:
    article(session, now, "payouts")
    with pytest.raises(NotAllowedError):
        ticketing.confirm(session, desk.front, reference, "payouts", now)
    ticketing.link(session, desk.front, reference, "payouts", now)
    ticketing.link(session, desk.front, reference, "payouts", now)
    ticketing.confirm(session, desk.alma, reference, "payouts", now)
    assert sorted(session.scalars(select(Link.kind))) == ["confirmed", "linked"]
    assert seeing.ticket(session, desk.alma, reference).status == "resolved"
    ticketing.unlink(session, desk.front, reference, "payouts", now)
    assert list(session.scalars(select(Link.kind))) == ["confirmed"]
    with pytest.raises(ConflictError):
        ticketing.unlink(session, desk.front, reference, "payouts", now)


def test_an_article_that_is_not_there_or_not_for_them_cannot_be_linked(
    session: Session, desk: Desk, now: datetime, reference: str
) -> None:
    article(session, now, "vaulted", audience="team", team="Vault")
    for slug in ("nowhere", "vaulted"):
        with pytest.raises(InvalidError) as refused:
            ticketing.link(session, desk.front, reference, slug, now)
        assert refused.value.field == "article"


def test_escalating_hands_over_and_solving_closes_it_with_a_label(
    session: Session, desk: Desk, now: datetime, reference: str
) -> None:
    ticketing.assign(session, desk.front, reference, desk.front.email, now)
    ticketing.escalate(session, desk.front, reference, HANDOFF, now)
    seen = seeing.ticket(session, desk.vault, reference)
    assert (seen.team, seen.level, seen.assignee) == ("Vault", "L3", None)
    assert (seen.escalations[0].state, seen.escalations[0].by) == ("active", "Front")
    with pytest.raises(ConflictError):
        ticketing.escalate(session, desk.vault, reference, HANDOFF, now)
    ticketing.resolve(session, desk.vault, reference, "Sent again.", now)
    assert session.scalars(select(Escalation.state)).all() == ["closed"]
    assert session.scalars(select(Ticket.escalated)).all() == [True]
    with pytest.raises(ConflictError):
        ticketing.escalate(session, desk.vault, reference, HANDOFF, now)


def test_a_ticket_that_went_no_further_is_labelled_so(
    session: Session, desk: Desk, now: datetime, reference: str
) -> None:
    ticketing.resolve(session, desk.front, reference, "Explained.", now)
    assert session.scalars(select(Ticket.escalated)).all() == [False]
    assert topics(session)[-1] == "index"


@pytest.mark.parametrize(
    ("field", "handoff"),
    [
        ("kind", Handoff("sideways", "Vault", "why")),
        ("reason", Handoff("functional", "Vault", " ")),
        ("team", Handoff("functional", "Nowhere", "why")),
    ],
)
def test_a_handoff_without_its_facts_is_refused(
    session: Session, desk: Desk, now: datetime, reference: str, field: str, handoff: Handoff
) -> None:
    with pytest.raises(InvalidError) as refused:
        ticketing.escalate(session, desk.front, reference, handoff, now)
    assert refused.value.field == field


@pytest.mark.parametrize(("approve", "state", "label"), [(True, "active", True), (False, "declined", None)])
def test_a_lead_answers_a_request_for_a_manager_once(
    session: Session, desk: Desk, now: datetime, reference: str, *, approve: bool, state: str, label: bool | None
) -> None:
    ticketing.ask_for_a_manager(session, desk.alma, reference, "Third time now.", now)
    with pytest.raises(ConflictError):
        ticketing.ask_for_a_manager(session, desk.alma, reference, "Please!", now)
    number = session.scalars(select(Escalation.id)).one()
    with pytest.raises(NotAllowedError):
        ticketing.answer_request(session, desk.front, reference, number, now, approve=approve)
    ticketing.answer_request(session, desk.lead, reference, number, now, approve=approve)
    assert session.scalars(select(Escalation.state)).all() == [state]
    assert session.scalars(select(Ticket.escalated)).all() == [label]
    with pytest.raises(ConflictError):
        ticketing.answer_request(session, desk.lead, reference, number, now, approve=approve)


def test_customers_cannot_do_the_desks_work(session: Session, desk: Desk, now: datetime, reference: str) -> None:
    for act in (
        lambda: ticketing.assign(session, desk.alma, reference, None, now),
        lambda: ticketing.move(session, desk.alma, reference, "Front", now),
        lambda: ticketing.link(session, desk.alma, reference, "x", now),
        lambda: ticketing.unlink(session, desk.alma, reference, "x", now),
        lambda: ticketing.resolve(session, desk.alma, reference, "x", now),
        lambda: ticketing.escalate(session, desk.alma, reference, HANDOFF, now),
        lambda: seeing.queue(session, desk.alma, QueueFilter()),
    ):
        with pytest.raises(NotAllowedError):
            act()


def test_the_queue_filters_and_takes_percent_and_underscore_literally(
    session: Session, desk: Desk, now: datetime, reference: str
) -> None:
    ticketing.open_ticket(session, desk.bert, NewTicket("100% off_line", "Really.", product="Till"), now)

    def found(**wanted: str) -> int:
        return seeing.queue(session, desk.front, QueueFilter(**wanted))[1]  # type: ignore[arg-type]

    assert (found(), found(product="Till"), found(text="%"), found(text="f_l"), found(text="x_l")) == (2, 1, 1, 1, 0)
    assert (found(status="resolved"), found(team="Front"), found(text=reference)) == (0, 0, 1)
    assert [row.reference for row in seeing.mine(session, desk.alma)] == [reference]


def test_a_ticket_belongs_where_its_requesters_last_one_did(session: Session, desk: Desk, now: datetime) -> None:
    for n, (name, value) in enumerate([("Company", "Miller"), ("organisation", "Smith"), ("site", "North")]):
        import_ticket(session, TicketRecord(f"I{n}", "s", "b", requester=str(desk.alma.email), attributes={name: value},
            created_at=now - timedelta(days=3 - n)), now)  # fmt: skip
    reference = ticketing.open_ticket(session, desk.alma, NewTicket("Payout is missing", "Since Monday."), now)
    made = session.scalars(select(Ticket).where(Ticket.reference == reference)).one()
    assert (made.account, made.attributes) == ("Smith", {"organisation": "Smith"})
    other = ticketing.open_ticket(session, ANONYMOUS, NewTicket("Another", "Hello.", email="new@example.com"), now)
    made = session.scalars(select(Ticket).where(Ticket.reference == other)).one()
    assert (made.account, made.attributes) == ("", {})
