"""Whom a requester belongs to. Invariant: nobody is asked: it is what the desk brought in with their last ticket."""

from __future__ import annotations

from sqlalchemy.orm import Session

from kb.models import Ticket
from kb.queries import tickets as tickets_q
from kb.records import ACCOUNTS


def fill(session: Session, ticket: Ticket) -> None:
    """Let a new ticket belong where its requester's last one did that says it."""
    last = tickets_q.last_with_account(session, ticket.requester)
    if last is not None:
        ticket.account = last.account
        ticket.attributes = {name: value for name, value in last.attributes.items() if name.casefold() in ACCOUNTS}
