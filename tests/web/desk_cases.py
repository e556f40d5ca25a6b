"""Cases on the desk for tests of its pages. Invariant: a prediction is written as the worker writes it, and nothing else is made up."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape

from fastapi.testclient import TestClient
from sqlalchemy import select

from kb.models import Account, Prediction, Ticket
from kb.services import ticketing
from kb.services.ticketing import NewTicket
from kb.viewers import Viewer
from web.desk import Desk

READER = ("Pairing a reader", "The reader will not pair with the till: the light never blinks blue.")
REFUND = ("Refund please", "How do I refund a card payment to the customer's card?")


def opened(desk: Desk, subject: str = READER[0], body: str = READER[1], who: str = "bert") -> str:
    """A ticket of that person; its reference."""
    with desk.writing() as session:
        account = session.scalars(select(Account).where(Account.email == f"{who}@example.com")).one()
        viewer = Viewer(account.role, account.id, account.name, account.email, account.team_id)
        reference = ticketing.open_ticket(session, viewer, NewTicket(subject, body), datetime.now(UTC))
        session.commit()
    return reference


def predicted(
    desk: Desk, reference: str, decision: str = "escalate", probability: float = 0.8, team: str = "Vault"
) -> int:
    """What a model would have said of a ticket; the prediction's number."""
    with desk.writing() as session:
        ticket = session.scalars(select(Ticket).where(Ticket.reference == reference)).one()
        row = Prediction(
            ticket_id=ticket.id, model_version="m-1", probability=probability, threshold=0.5, decision=decision,
            reasons=[{"text": "mentions a chargeback", "weight": 0.4}, {"text": "is short", "weight": -0.2}],
            teams=[{"team": team, "probability": 0.7}, {"team": "Front", "probability": 0.2}],
            team_set=[team, "Front"], features={}, created_at=datetime.now(UTC),
        )  # fmt: skip
        session.add(row)
        session.commit()
        return int(row.id)


def stored(desk: Desk, reference: str) -> Ticket:
    """The ticket as the database has it now."""
    with desk.reading() as session:
        return session.scalars(select(Ticket).where(Ticket.reference == reference)).one()


def text_of(html: str) -> str:
    """The words of a page, without its markup."""
    main = html.split("<main", 1)[-1]
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main)))


def reply_fields(client: TestClient, reference: str) -> dict[str, str]:
    """What the reply's form holds before anything is typed."""
    html = client.get(f"/desk/tickets/{reference}").text
    seen = re.search(r'name="seen" value="(\d+)"', html)
    assert seen
    return {"seen": seen[1]}
