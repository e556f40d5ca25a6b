from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import Engine as Records
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import database
from kb.errors import ConflictError, InvalidError, NotFoundError
from kb.models import Escalation, Link, Revision
from kb.services import editing, learning, merging, nearest, ticketing
from kb.services.indexing import DatabaseSource
from kb.services.publishing import Text, amended
from kb.services.ticketing import Handoff, NewTicket
from search.engine import Engine
from tests.kb.desk_of_people import Desk, article

RIBBON = "## Resolution\n\nOpen the cover of the label printer and turn the ribbon so that its dull side faces down."
WIFI = "## Resolution\n\nRestart the router, wait three minutes, and choose the network again on the till."


@pytest.fixture
def library(session: Session, records: Records, engine: Engine, desk: Desk, now: datetime) -> Desk:
    article(session, now, "label-printer-blank", body=RIBBON)
    article(session, now, "wifi-is-gone", body=WIFI)
    article(session, now, "ribbon-secrets", body=RIBBON, audience="team", team="Vault")
    session.commit()
    engine.index(DatabaseSource(lambda: database.reading(records)))
    return desk


def solved(session: Session, desk: Desk, now: datetime, answer: str) -> str:
    asked = NewTicket("Label printer prints blank", "The label printer only gives blank labels since this morning.")
    reference = ticketing.open_ticket(session, desk.alma, asked, now)
    ticketing.escalate(session, desk.front, reference, Handoff("functional", "Vault", "Out of ideas."), now)
    ticketing.move(session, desk.lead, reference, "Front", now)
    ticketing.reply(session, desk.front, reference, answer, now)
    ticketing.resolve(session, desk.front, reference, "Labels are black again.", now)
    return reference


def test_the_article_that_says_it_is_first_and_what_it_lacks_is_named(
    session: Session, engine: Engine, library: Desk, now: datetime
) -> None:
    answer = "Open the cover of the label printer and turn the ribbon, dull side down. Then calibrate it with the green button."
    reference = solved(session, library, now, answer)
    found = nearest.before_drafting(session, engine, library.front, reference, now)
    assert found.nearest[0].slug == "label-printer-blank"
    assert "ribbon-secrets" not in {near.slug for near in found.nearest}
    assert any("calibrate" in line for line in found.nearest[0].differs)
    assert not any("turn the ribbon" in line for line in found.nearest[0].differs)
    assert found.advice == "improve"
    assert found.message is not None


def test_an_article_that_the_thread_links_to_comes_first(
    session: Session, engine: Engine, library: Desk, now: datetime
) -> None:
    reference = solved(session, library, now, "See https://help.example.com/en/wifi-is-gone#router and tell me.")
    found = nearest.before_drafting(session, engine, library.front, reference, now)
    assert (found.nearest[0].slug, found.nearest[0].named) == ("wifi-is-gone", True)


def test_a_thread_that_links_to_a_merged_article_means_the_one_that_stayed(
    session: Session, engine: Engine, library: Desk, now: datetime
) -> None:
    article(session, now, "no-signal", body=WIFI)
    merging.merge(session, library.lead, "wifi-is-gone", "no-signal", now)
    reference = solved(session, library, now, "See https://help.example.com/en/no-signal and tell me.")
    found = nearest.before_drafting(session, engine, library.front, reference, now)
    assert (found.nearest[0].slug, found.nearest[0].named) == ("wifi-is-gone", True)


def test_improving_adds_what_is_new_and_waits_for_a_person(
    session: Session, engine: Engine, library: Desk, now: datetime
) -> None:
    reference = solved(session, library, now, "Calibrate it with the green button at the back, held for ten seconds.")
    nearest.improve(session, engine, library.front, reference, "label-printer-blank", now)
    held = editing.editable(session, library.front, "label-printer-blank")
    assert held.published_body == RIBBON
    assert held.body.startswith(RIBBON)
    assert "held for ten seconds" in held.body
    assert [row.slug for row in editing.drafts(session, library.front)] == ["label-printer-blank"]
    assert len(session.scalars(select(Link)).all()) == 1
    assert session.scalars(select(Escalation.article_id)).one() is not None


def test_linking_says_that_the_escalation_has_become_that_article(
    session: Session, engine: Engine, library: Desk, now: datetime
) -> None:
    reference = solved(session, library, now, "Turn the ribbon.")
    with pytest.raises(InvalidError):
        nearest.link(session, library.front, reference, "ribbon-secrets", now)
    nearest.link(session, library.front, reference, "label-printer-blank", now)
    assert learning.resolved_escalations(session, library.front) == ()
    with pytest.raises(NotFoundError):
        nearest.improve(session, engine, library.front, reference, "not-there", now)


def test_an_open_ticket_gives_nothing_yet(session: Session, engine: Engine, library: Desk, now: datetime) -> None:
    reference = ticketing.open_ticket(session, library.alma, NewTicket("Open", "Still."), now)
    with pytest.raises(ConflictError):
        nearest.before_drafting(session, engine, library.front, reference, now)


@pytest.mark.parametrize(
    ("body", "body_format", "expected"),
    [
        ("## Cause\n\nOld.\n\n## More\n\nEnd.", "markdown", "## Cause\n\nOld.\n\nNew <b>.\n\n## More\n\nEnd."),
        ("Words.", "markdown", "Words.\n\n## Cause\n\nNew <b>."),
        ("Words.", "text", "Words.\n\nCause\n\nNew <b>."),
        (
            "<h2>Cause</h2><p>Old.</p><h2>More</h2>",
            "html",
            "<h2>Cause</h2><p>Old.</p>\n\n<p>New &lt;b&gt;.</p>\n\n<h2>More</h2>",
        ),
    ],
)
def test_a_sentence_goes_to_the_end_of_its_section(body: str, body_format: str, expected: str) -> None:
    revision = Revision(title="T", summary="S", body=body, body_format=body_format)
    assert amended(revision, [("Cause", "New <b>.")]) == Text("T", "S", expected, body_format)
