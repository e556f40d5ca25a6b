from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine as Records
from sqlalchemy import select
from sqlalchemy.orm import Session

from classifier.series import interrupted
from kb import database
from kb.errors import NotAllowedError, NotFoundError
from kb.markup import sections
from kb.models import Article, Escalation, Message, Question, Suggestion, Ticket
from kb.services import (
    attaching,
    drifting,
    editing,
    feedback,
    health,
    learning,
    ledger,
    merging,
    reading,
    shelving,
    ticketing,
)
from kb.services.indexing import DatabaseSource
from kb.services.publishing import Text
from kb.services.ticketing import Handoff, NewTicket
from kb.viewers import Viewer
from search.engine import Engine
from tests.kb.desk_of_people import Desk, article, solved
from tests.kb.test_attaching import picture

DAY = timedelta(days=1)


def part(session: Session, desk: Desk, slug: str, name: str, now: datetime) -> health.Part:
    return next(one for one in health.health(session, desk.front, slug, now).parts if one.name == name)


@pytest.fixture
def sound(session: Session, desk: Desk, now: datetime) -> str:
    text = Text(
        "Blank labels", "Turn the ribbon.", "## Do\n\nTurn it. See [ribbons](ribbons) and [below](#do).", "markdown"
    )
    article(session, now, "ribbons")
    slug = editing.write(session, desk.lead, text, now)
    version = editing.editable(session, desk.lead, slug).version
    shelving.publish_newest(session, desk.lead, slug, version, shelving.Shelving("public"), now)
    return slug


def test_a_sound_article_loses_nothing_and_the_score_is_what_the_parts_leave(
    session: Session, desk: Desk, now: datetime, sound: str
) -> None:
    found = health.health(session, desk.front, sound, now)
    assert (found.score, found.worst) == (100, None)
    assert {one.name for one in found.parts} == {
        "age",
        "votes",
        "outdated",
        "use",
        "after reading",
        "reading",
        "links",
        "standard",
    }
    for voter in "abcdefgh":
        reading.vote(session, desk.alma, sound, voter, now, helpful=False, reason="outdated")
    found = health.health(session, desk.front, sound, now)
    assert found.score == max(0, 100 - sum(one.lost for one in found.parts)) < 60
    assert found.worst is not None
    assert (found.worst.name, found.worst.act) == ("outdated", "update")
    assert "8 times" in found.worst.said
    with pytest.raises(NotAllowedError):
        health.health(session, desk.alma, sound, now)


def test_age_counts_against_how_often_its_topics_change(
    session: Session, desk: Desk, now: datetime, sound: str
) -> None:
    assert part(session, desk, sound, "age", now + 300 * DAY).lost == 0
    assert part(session, desk, sound, "age", now + 800 * DAY).lost == 12
    held = session.scalars(select(Article).where(Article.slug == sound)).one()
    held.topics = ["Labels"]
    for days in range(0, 700, 100):
        editing.save(
            session, desk.lead, sound, Text("Blank labels", "S", f"Text {days}.", "markdown"),
            editing.editable(session, desk.lead, sound).version, now + days * DAY,
        )  # fmt: skip
    held.updated_at = now
    session.flush()
    assert part(session, desk, sound, "age", now + 300 * DAY).lost == 20


def test_links_that_lead_nowhere_are_named(session: Session, desk: Desk, now: datetime, sound: str) -> None:
    held = editing.editable(session, desk.lead, sound)
    body = f"{held.body} [gone](no-such-page) [place](#nowhere) [out](https://example.com/x) [there](../ribbons.md#section-do)"
    version = editing.save(
        session, desk.lead, sound, Text(held.title, held.summary, body, "markdown"), held.version, now
    )
    shelving.publish_newest(session, desk.lead, sound, version, shelving.Shelving("public"), now)
    found = part(session, desk, sound, "links", now)
    assert (found.lost, found.act) == (16, "mend links")
    assert found.said == "2 links lead nowhere: no-such-page, #nowhere."


def test_addresses_of_the_desk_and_its_files_are_looked_up(session: Session, desk: Desk, now: datetime) -> None:
    article(session, now, "ribbons")
    article(session, now, "old-ribbons")
    attaching.attach(session, desk.lead, "ribbons", "ribbon.png", picture(), now)
    merging.merge(session, desk.lead, "ribbons", "old-ribbons", now)
    body = (
        "[a](/articles/ribbons#section-what-to-do) [b](/articles/old-ribbons) [c](/articles/gone) [d](/prices) "
        '![e](/files/ribbons/ribbon.png) ![f](/files/ribbons/lost.png) <a href="/articles/%72ibbons">g</a>'
    )
    article(session, now, "linking", body=body)
    found = part(session, desk, "linking", "links", now)
    assert found.said == "2 links lead nowhere: /articles/gone, /files/ribbons/lost.png."
    assert (found.lost, found.act) == (16, "mend links")


def test_being_shown_first_and_followed_by_a_ticket_counts(
    session: Session, desk: Desk, now: datetime, sound: str
) -> None:
    number = session.scalars(select(Article.id).where(Article.slug == sound)).one()
    for place in range(10):
        reference = ticketing.open_ticket(session, desk.alma, NewTicket(f"Ticket {place}", "Still blank."), now)
        ticket = session.scalars(select(Ticket).where(Ticket.reference == reference)).one()
        question = Question(
            surface="form",
            redacted="blank",
            answered=True,
            at=now,
            key=f"k{place}",
            ticket_id=ticket.id if place < 8 else None,
        )
        session.add(question)
        session.flush()
        session.add(
            Suggestion(question_id=question.id, rank=1, article_id=number, score=1.0, verdict="" if place else "solved")
        )
    session.flush()
    found = part(session, desk, sound, "use", now)
    assert (found.lost, found.act) == (20, "retitle")
    assert found.said == "Shown first 10 times; it solved 1, and 8 wrote a ticket all the same."


def test_what_people_did_after_reading_it_counts_and_what_agents_read_does_not(
    session: Session, desk: Desk, now: datetime, sound: str
) -> None:
    number = session.scalars(select(Article.id).where(Article.slug == sound)).one()
    reference = ticketing.open_ticket(session, desk.alma, NewTicket("Blank", "Still blank."), now)
    ticket = session.scalars(select(Ticket).where(Ticket.reference == reference)).one()
    for place in range(12):
        surface = "agent" if place >= 10 else "help centre"
        asker = ticket.id if place < 6 or place >= 10 else None
        question = Question(surface=surface, redacted="blank", answered=True, at=now, key=f"k{place}", ticket_id=asker)
        session.add(question)
        session.flush()
        session.add(Suggestion(question_id=question.id, rank=2, article_id=number, score=1.0))
    session.flush()
    for place in range(4):
        feedback.read(session, desk.front, f"k{place}", sound, now)
    assert part(session, desk, sound, "after reading", now).said == "Opened from a search 4 times: too few to tell."
    for place in range(12):
        feedback.read(session, desk.front, f"k{place}", sound, now)
        assert not feedback.is_unread(session, desk.front, f"k{place}", sound)
    feedback.verdict(session, desk.front, "k9", 2, "solved", now)
    found = part(session, desk, sound, "after reading", now)
    assert (found.lost, found.act) == (12, "rewrite")
    assert found.said == "Opened from a search 10 times; 1 said that it solved it, and 6 wrote a ticket after reading."
    assert part(session, desk, sound, "use", now).lost == 0
    ticketing.link(session, desk.front, reference, sound, now)
    assert part(session, desk, sound, "after reading", now).lost == 0, "the ticket was answered by it"


def test_long_sentences_and_missing_sections_are_said() -> None:
    long = "Word " + " ".join(["word"] * 39) + "."
    assert health.reading(sections(f"{long} {long} {long}", "text")).lost == 8
    assert health.reading(sections("Turn it. Wait. Print.", "text")).lost == 0
    bare = health.standard("Blank", "", sections("Turn it.", "text"), from_ticket=True)
    assert bare.said == "It lacks a title of more than one word, a summary, the section Issue, the section Resolution."
    assert bare.lost == 15


def test_the_poorest_come_first_and_only_for_those_who_may_read(
    session: Session, desk: Desk, now: datetime, sound: str
) -> None:
    article(session, now, "vaulted", audience="team", team="Vault", body="Go to [nowhere](nowhere).")
    assert health.worst(session, desk.vault, now)[0].slug == "vaulted"
    assert "vaulted" not in {one.slug for one in health.worst(session, desk.front, now)}
    with pytest.raises(NotFoundError):
        health.health(session, desk.front, "vaulted", now)


@pytest.mark.parametrize(
    ("left", "right", "kind"),
    [
        ("Hold the button for 10 seconds.", "Hold the button for 30 seconds.", "another number"),
        ("Restart the till.", "Do not restart the till.", "one says not"),
        ("Hold it for 10 seconds.", "Hold it for 10 s.", ""),
        ("Hold the button.", "Hold the button for 30 seconds.", ""),
    ],
)
def test_two_sentences_disagree_in_a_number_or_a_not(left: str, right: str, kind: str) -> None:
    assert drifting.differs(left, right) == kind


def test_articles_that_say_the_opposite_are_found(
    session: Session, records: Records, engine: Engine, desk: Desk, now: datetime
) -> None:
    article(
        session,
        now,
        "reset-reader",
        body="## Reset\n\nHold the power button of the reader for 10 seconds until it beeps.",
    )
    article(
        session,
        now,
        "reader-frozen",
        body="## Frozen\n\nHold the power button of the reader for 30 seconds until it beeps.",
    )
    article(session, now, "payouts", body="## Payouts\n\nA payout takes 3 days from the close of business.")
    session.commit()
    engine.index(DatabaseSource(lambda: database.reading(records)))
    found = drifting.parted(session, engine, desk.front, "reset-reader", now).contradictions
    assert [(one.slug, one.kind) for one in found] == [("reader-frozen", "another number")]
    assert drifting.parted(session, engine, desk.front, "payouts", now).contradictions == ()


def test_answers_that_moved_away_are_noticed_with_the_words_they_share(
    session: Session, records: Records, engine: Engine, desk: Desk, now: datetime
) -> None:
    article(
        session, now, "blank", body="## Do\n\nTurn the ribbon of the label printer so that the dull side faces down."
    )
    for number in range(20):
        solved(session, now - (40 - number) * DAY, f"t{number}", articles=("blank",))
    session.flush()
    for ticket in session.scalars(select(Ticket)).all():
        late = int(ticket.reference[1:]) >= 10
        words = (
            "Install firmware seven from the office and restart the workstation"
            if late
            else "Turn the ribbon, dull side down"
        )
        session.add(Message(ticket_id=ticket.id, author_kind="agent", body=f"{words} please.", created_at=now))
    session.commit()
    engine.index(DatabaseSource(lambda: database.reading(records)))
    found = drifting.parted(session, engine, desk.front, "blank", now).drift
    assert found.moved
    assert found.before > found.lately
    assert {"firmware", "workstation"} <= set(found.words)
    article(session, now, "quiet")
    assert not drifting.parted(session, engine, desk.front, "quiet", now).drift.moved


def test_the_ledger_counts_what_people_said_and_estimates_the_rest_apart(
    session: Session, records: Records, engine: Engine, desk: Desk, now: datetime
) -> None:
    words = ("Labels come out blank", "The label printer prints blank labels", "Blank labels again from the printer")
    for week in range(30):
        for copy in range(4 if week < 20 else 1):
            at = now - timedelta(weeks=30 - week) + copy * DAY
            solved(session, at, f"t{week}-{copy}", articles=())
            ticket = session.scalars(select(Ticket).where(Ticket.reference == f"t{week}-{copy}")).one()
            ticket.subject, ticket.body = words[copy % 3], f"{words[copy % 3]} since this morning."
            ticket.text_hash = f"{week}-{copy}"
    published = now - timedelta(weeks=10)
    slug = editing.write(
        session, desk.front, Text("Labels come out blank", "Blank labels", "Turn the ribbon.", "markdown"),
        published - timedelta(weeks=8),
    )  # fmt: skip
    version = editing.editable(session, desk.lead, slug).version
    shelving.publish_newest(session, desk.lead, slug, version, shelving.Shelving("public"), published)
    ticketing.link(session, desk.front, "t29-0", slug, now)
    session.commit()
    engine.index(DatabaseSource(lambda: database.reading(records)))
    found = ledger.entry(session, engine, interrupted, desk.front, slug, now)
    assert found is not None
    assert (found.linked, found.confirmed, found.contributors) == (1, 0, (("Front", 1),))
    assert found.published_at == published, "it lay as a draft for eight weeks"
    assert (sum(found.before), sum(found.after)) == (80, 10)
    assert found.change is not None
    assert found.change.high < 0.6
    assert "fewer tickets like it a week" in found.said
    assert f"About {found.change.spared:.0f} did not come, between {found.change.spared_low:.0f} and" in found.said
    assert ledger.entry(session, engine, lambda *_: None, desk.front, slug, now + DAY).said.endswith("came.")  # type: ignore[union-attr]


def test_an_escalation_shows_what_it_became(session: Session, desk: Desk, engine: Engine, now: datetime) -> None:
    def became(viewer: Viewer, page: int = 1) -> tuple[ledger.Became, ...]:
        return ledger.became(session, engine, interrupted, viewer, now + DAY, page)[0]

    reference = ticketing.open_ticket(session, desk.alma, NewTicket("Blank labels", "All of them."), now)
    for team, why in (("Front", "Theirs, I think."), ("Vault", "Out of ideas.")):
        ticketing.escalate(session, desk.lead, reference, Handoff("functional", team, why), now)
    ticketing.reply(session, desk.vault, reference, "Turn the ribbon.", now)
    ticketing.resolve(session, desk.vault, reference, "Ribbon turned.", now)
    slug = learning.draft(session, desk.vault, reference, now)
    assert became(desk.vault) == ()
    shelving.publish_newest(
        session, desk.lead, slug, editing.editable(session, desk.lead, slug).version, shelving.Shelving("public"), now
    )
    assert became(desk.front) == (), "the ticket is a private team's"
    (row,) = became(desk.vault)
    assert (row.reference, row.slug, row.linked) == (reference, slug, 1)
    assert row.said == "0 weeks before and 0 after: too little to tell whether fewer tickets came."
    assert became(desk.vault, 2) == ()
    assert session.scalars(select(Escalation.state)).all() == ["closed", "closed"]


def test_who_wrote_sees_what_it_gave_back(session: Session, desk: Desk, now: datetime) -> None:
    text = Text("Blank labels", "Turn the ribbon.", "Turn it.", "markdown")
    slug = editing.write(session, desk.front, text, now)
    assert ledger.yours(session, desk.front) == (), "nothing of theirs is out yet"
    version = editing.editable(session, desk.lead, slug).version
    shelving.publish_newest(session, desk.lead, slug, version, shelving.Shelving("team", "Vault"), now)
    reference = ticketing.open_ticket(session, desk.alma, NewTicket("Blank labels", "All of them."), now)
    ticketing.link(session, desk.lead, reference, slug, now)
    assert ledger.yours(session, desk.front) == (), "it is another team's now"
    session.scalars(select(Article)).one().audience = "internal"
    session.flush()
    (mine,) = ledger.yours(session, desk.front)
    assert (mine.slug, mine.linked, mine.confirmed, mine.solved_before_a_ticket) == (slug, 1, 0, 0)
    assert ledger.yours(session, desk.vault) == ()
    with pytest.raises(NotAllowedError):
        ledger.yours(session, desk.alma)
