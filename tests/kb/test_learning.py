from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from kb.models import Article, Escalation, Link, Message
from kb.redaction import RedactedText
from kb.services import editing, learning, reading, shelving, ticketing
from kb.services.editing import Marked
from kb.services.publishing import Text
from kb.services.shelving import Shelving
from kb.services.ticketing import Handoff, NewTicket
from tests.kb.desk_of_people import Desk

STEPS = "Hi Alma,\n\nThe export was blocked because the ledger was closed.\n\n- Open the ledger\n- Press export\n\nKind regards"


@pytest.fixture
def reference(session: Session, desk: Desk, now: datetime) -> str:
    made = ticketing.open_ticket(
        session, desk.alma,
        NewTicket("Export stays empty", "Hello,\n\nThe export has no rows. Write to alma.private@example.org.\n\nThanks!", product="Ledger"),
        now,
    )  # fmt: skip
    ticketing.escalate(session, desk.front, made, Handoff("functional", "Vault", "Not in my tools."), now)
    ticketing.reply(session, desk.vault, made, "He shouts. Internal only.", now, internal=True)
    ticketing.reply(session, desk.vault, made, STEPS, now)
    ticketing.resolve(session, desk.vault, made, "Ledger opened, export came.", now)
    return made


def test_a_draft_comes_from_peoples_own_words_redacted_and_in_order(
    session: Session, desk: Desk, now: datetime, reference: str
) -> None:
    assert [row.reference for row in learning.resolved_escalations(session, desk.vault)] == [reference]
    assert learning.resolved_escalations(session, desk.front) == ()
    slug = learning.draft(session, desk.vault, reference, now)
    held = editing.editable(session, desk.vault, slug)
    assert held.title == "Export stays empty"
    headings = ("## Issue", "## Environment", "## Resolution", "## Cause")
    assert [held.body.index(heading) for heading in headings] == sorted(held.body.index(h) for h in headings)
    assert "The export has no rows. Write to [email]." in held.body
    assert "1. Open the ledger\n2. Press export" in held.body
    assert "because the ledger was closed" in held.body.split("## Cause")[1]
    for taken_out in ("alma.private", "shouts", "Hi Alma", "Kind regards", "Thanks"):
        assert taken_out not in held.body
    assert (held.audience, held.confidence, held.from_ticket) == ("internal", "work in progress", reference)
    assert session.scalars(select(Escalation.article_id)).all() == [session.scalars(select(Article.id)).one()]
    assert learning.resolved_escalations(session, desk.vault) == ()


def test_a_ticket_gives_one_draft_only_once_it_is_solved(
    session: Session, desk: Desk, now: datetime, reference: str
) -> None:
    assert learning.draft(session, desk.vault, reference, now) == learning.draft(session, desk.lead, reference, now)
    open_one = ticketing.open_ticket(session, desk.bert, NewTicket("Open", "Still."), now)
    with pytest.raises(ConflictError):
        learning.draft(session, desk.front, open_one, now)
    with pytest.raises(NotFoundError):
        learning.draft(session, desk.front, reference, now)


def test_a_draft_is_not_read_by_anybody_until_it_is_published_for_them(
    session: Session, desk: Desk, now: datetime, reference: str
) -> None:
    slug = learning.draft(session, desk.vault, reference, now)
    for viewer in desk.everybody.values():
        with pytest.raises(NotFoundError):
            reading.article(session, viewer, slug)
    version = editing.editable(session, desk.lead, slug).version
    shelving.publish_newest(session, desk.lead, slug, version, Shelving("public"), now)
    assert reading.article(session, desk.alma, slug).confidence == "validated"
    assert session.scalars(select(Link.kind)).all() == ["linked"]
    assert editing.drafts(session, desk.lead) == ()


def test_an_agents_article_is_found_but_not_validated(
    session: Session, desk: Desk, now: datetime, reference: str
) -> None:
    slug = learning.draft(session, desk.vault, reference, now)
    version = editing.editable(session, desk.vault, slug).version
    with pytest.raises(NotAllowedError):
        shelving.publish_newest(session, desk.vault, slug, version, Shelving("team", "Front"), now)
    with pytest.raises(InvalidError):
        shelving.publish_newest(session, desk.vault, slug, version, Shelving("team"), now)
    shelving.publish_newest(session, desk.vault, slug, version, Shelving("team", "Vault"), now)
    assert reading.article(session, desk.vault, slug).confidence == "not validated"
    with pytest.raises(NotFoundError):
        reading.article(session, desk.front, slug)


def test_the_second_save_of_the_same_version_is_refused(
    session: Session, desk: Desk, now: datetime, reference: str
) -> None:
    slug = learning.draft(session, desk.vault, reference, now)
    version = editing.editable(session, desk.vault, slug).version
    first = editing.save(session, desk.vault, slug, Text("One", "", "mine", "markdown"), version, now)
    with pytest.raises(ConflictError):
        editing.save(session, desk.lead, slug, Text("Two", "", "other", "markdown"), version, now)
    held = editing.editable(session, desk.lead, slug)
    assert (held.title, held.body, held.version) == ("One", "mine", first)
    assert first > version


def test_a_saved_text_is_not_shown_before_it_is_published(session: Session, desk: Desk, now: datetime) -> None:
    slug = editing.write(session, desk.lead, Text("How to export", "", "old", "markdown"), now)
    version = editing.editable(session, desk.lead, slug).version
    shelving.publish_newest(session, desk.lead, slug, version, Shelving("public"), now)
    version = editing.editable(session, desk.lead, slug).version
    later = now + timedelta(days=3)
    version = editing.save(session, desk.lead, slug, Text("How to export", "", "new", "markdown"), version, later)
    shown = reading.article(session, desk.alma, slug)
    assert "old" in shown.html
    assert shown.updated_at == now, "readers see when what they read was changed"
    held = editing.editable(session, desk.lead, slug)
    assert (held.published_body, held.body) == ("old", "new")
    assert [(row.slug, row.updated_at) for row in editing.drafts(session, desk.front)] == [(slug, later)]
    shelving.publish_newest(session, desk.lead, slug, version, Shelving("public"), later)
    shown = reading.article(session, desk.alma, slug)
    assert "new" in shown.html
    assert shown.updated_at == later


def test_personal_data_in_a_draft_is_marked_and_counted(session: Session, desk: Desk, now: datetime) -> None:
    text = Text("Call them", "", "Write to carla.private@example.org today.", "markdown")
    slug = editing.write(session, desk.front, text, now)
    assert Marked("carla.private@example.org", "email") in editing.editable(session, desk.front, slug).marked
    assert [row.flagged for row in editing.drafts(session, desk.front)] == [1]


def test_slugs_of_one_title_differ_and_customers_write_nothing(session: Session, desk: Desk, now: datetime) -> None:
    text = Text("Same title", "", "words", "markdown")
    slugs = [editing.write(session, desk.front, text, now) for _ in range(3)]
    assert slugs == ["same-title", "same-title-2", "same-title-3"]
    with pytest.raises(NotAllowedError):
        editing.write(session, desk.alma, text, now)
    with pytest.raises(InvalidError):
        editing.write(session, desk.front, Text(" ", "", "words", "markdown"), now)


class Writer:
    """A language model that answers what it is told to, and keeps what it was asked."""

    def __init__(self, answer: str) -> None:
        self.answer, self.asked = answer, ""

    def rewrite(self, instructions: str, text: RedactedText) -> str:
        self.asked = text.redacted
        return self.answer if instructions else ""


def test_a_language_model_rephrases_only_what_is_there_and_hears_no_personal_data(
    session: Session, desk: Desk, now: datetime
) -> None:
    text = Text("Ribbon", "", "Turn the ribbon. Write to carla.private@example.org.", "markdown")
    slug = editing.write(session, desk.front, text, now)
    version = editing.editable(session, desk.front, slug).version
    writer = Writer("Please turn the ribbon. Buy a new printer. Write to [email].")
    found = editing.rephrase(session, desk.front, writer, slug, version, now)
    assert "carla" not in writer.asked
    assert found.struck == ("Buy a new printer.",)
    assert editing.editable(session, desk.front, slug).body == "Please turn the ribbon. Write to [email]."
    with pytest.raises(ConflictError):
        editing.rephrase(session, desk.front, writer, slug, version, now)
    version = editing.editable(session, desk.front, slug).version
    with pytest.raises(ConflictError, match="traced"):
        editing.rephrase(session, desk.front, Writer("Buy a new printer."), slug, version, now)


def test_a_person_says_which_message_solved_it(session: Session, desk: Desk, now: datetime, reference: str) -> None:
    ticketing.reply(session, desk.vault, reference, "Sorry, wrong ticket. Restart the kettle.", now)
    ticketing.resolve(session, desk.vault, reference, "Ledger opened, export came.", now)
    messages = {message.body: message.id for message in session.scalars(select(Message))}
    with pytest.raises(NotFoundError):
        learning.mark_solution(session, desk.vault, reference, messages["He shouts. Internal only."], now)
    learning.mark_solution(session, desk.vault, reference, messages[STEPS], now)
    held = editing.editable(session, desk.vault, learning.draft(session, desk.vault, reference, now))
    assert "Open the ledger" in held.body
    assert "kettle" not in held.body
    assert {source.message for source in held.sources if source.text == "Press export"} == {messages[STEPS]}
