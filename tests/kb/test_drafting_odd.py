"""Threads that nobody would write a draft from, and what comes of them all the same."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from kb.drafting import MISSING
from kb.errors import InvalidError
from kb.markup import render
from kb.models import Message, Ticket
from kb.queries import tickets as tickets_q
from kb.services import editing, learning, shelving
from kb.services.shelving import Shelving
from tests.kb.desk_of_people import Desk

HELL = (
    "<div><p>Open the <b>cover<script>alert(1)</script><p><p></div></span><img src=x onerror=alert(2)>"
    '<a href="javascript:alert(3)">here</a><style>*{display:none}</style><iframe src=//evil.example></iframe>'
)
MIXED = (
    "Bonjour,\n\nOuvrez le capot et tournez le ruban.\n\u30ab\u30d0\u30fc\u3092\u958b\u3051\u3066\u304f\u3060\u3055\u3044\u3002"
    "\u30ea\u30dc\u30f3\u3092\u56de\u3059\u3002\n\u0627\u0641\u062a\u062d \u0627\u0644\u063a\u0637\u0627\u0621.\nOpen the cover."
)


def drafted(session: Session, desk: Desk, now: datetime, body: str, *said: str) -> editing.EditView:
    """The draft of a solved thread of those messages, by turns of the desk and of who asked."""
    session.add(
        Ticket(
            reference="ODD", subject="Odd", body=body, status="resolved", resolved_at=now, created_at=now, text_hash=""
        )
    )
    session.flush()
    ticket = tickets_q.by_reference(session, "ODD")
    assert ticket is not None
    session.add_all(
        Message(ticket_id=ticket.id, author_kind="customer" if n % 2 else "agent", body=text, created_at=now)
        for n, text in enumerate(said)
    )
    session.flush()
    return editing.editable(session, desk.front, learning.draft(session, desk.front, "ODD", now))


def test_an_empty_thread_gives_a_draft_that_cannot_be_published_as_it_is(
    session: Session, desk: Desk, now: datetime
) -> None:
    held = drafted(session, desk, now, "")
    assert held.body.count(MISSING) == 2
    with pytest.raises(InvalidError, match="waits for its words"):
        shelving.publish_newest(session, desk.lead, held.slug, held.version, Shelving("public"), now)


def test_a_draft_that_speaks_of_a_picture_waits_for_it(session: Session, desk: Desk, now: datetime) -> None:
    held = drafted(session, desk, now, "The light is red.", "Press the key in the screenshot.", "That fixed it!")
    with pytest.raises(InvalidError, match="waits for its picture"):
        shelving.publish_newest(session, desk.lead, held.slug, held.version, Shelving("public"), now)


def test_a_thread_of_two_thousand_messages_is_drafted_from_what_solved_it(
    session: Session, desk: Desk, now: datetime
) -> None:
    long = [
        f"Message {n}: the light of the reader number {n} is still red, whatever is tried here." for n in range(1999)
    ]
    held = drafted(
        session, desk, now, "The light is red.", *long[:-1], "Press the reset key for nine seconds.", "That fixed it!"
    )
    assert "Press the reset key for nine seconds." in held.body
    assert "Message 7:" not in held.body
    assert len(held.body) < 3000


def test_many_languages_stay_as_they_are(session: Session, desk: Desk, now: datetime) -> None:
    held = drafted(session, desk, now, "Le voyant est rouge. \u8d64\u3044\u3067\u3059\u3002", MIXED, "It works now!")
    for words in (
        "Ouvrez le capot",
        "\u30ab\u30d0\u30fc\u3092\u958b\u3051\u3066",
        "\u0627\u0641\u062a\u062d",
        "Open the cover.",
    ):
        assert words in held.body
    assert "Bonjour" not in held.body


def test_hostile_markup_of_a_message_is_shown_as_words(session: Session, desk: Desk, now: datetime) -> None:
    held = drafted(session, desk, now, "The cover is stuck.", HELL, "It works now!")
    html = render(held.body, "markdown")
    assert "Open the" in html
    for tag in ("<script", "<img", "<style", "<iframe", "<a "):
        assert tag not in html


def test_names_of_people_in_the_thread_are_not_in_its_draft(session: Session, desk: Desk, now: datetime) -> None:
    asked = "Hello Quentin,\n\nQuentin told me to turn the ribbon, and it jams. Ottilie said it is old.\n\nKind regards\nHedwig"
    held = drafted(
        session,
        desk,
        now,
        asked,
        "Hi Hedwig, turn the ribbon as Quentin showed. -Ottilie",
        "Thanks Ottilie! It works now.",
    )
    for name in ("Quentin", "Hedwig", "Ottilie"):
        assert name not in f"{held.title}{held.body}"
    assert "Turn the ribbon as [name] showed." in held.body
