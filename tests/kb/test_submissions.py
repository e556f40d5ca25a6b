from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from kb.models import Article
from kb.services import accounts, editing, histories, reading, shelving, submissions
from kb.services.publishing import Text
from kb.services.shelving import Shelving
from kb.viewers import SYSTEM, Viewer
from tests.kb.desk_of_people import Desk

DAY = timedelta(days=1)
PUBLIC = Shelving("public")


def version(session: Session, viewer: Viewer, slug: str) -> int:
    return editing.editable(session, viewer, slug).version


@pytest.fixture
def slug(session: Session, desk: Desk, now: datetime) -> str:
    return editing.write(session, desk.front, Text("Blank labels", "", "Turn the ribbon.", "markdown"), now)


@pytest.fixture
def coach(session: Session, desk: Desk, now: datetime) -> Viewer:
    accounts.set_licence(session, desk.lead, desk.vault.email, "coach", now)
    return Viewer("agent", desk.vault.account_id, "Vault", desk.vault.email, desk.vault.team_id, "coach")


def submitted(session: Session, desk: Desk, slug: str, now: datetime) -> int:
    return submissions.submit(session, desk.front, slug, version(session, desk.front, slug), PUBLIC, now)


def test_a_candidate_submits_what_they_may_not_publish(session: Session, desk: Desk, now: datetime, slug: str) -> None:
    accounts.set_licence(session, desk.lead, desk.front.email, "candidate", now)
    token, candidate = accounts.sign_in(session, desk.front.email, "kestrel-lamp-92-orbit", now, hours=1)
    assert (accounts.viewer_of(session, token, now), candidate.licence) == (candidate, "candidate")
    with pytest.raises(NotAllowedError, match="Submit it"):
        shelving.publish_newest(session, candidate, slug, version(session, candidate, slug), PUBLIC, now)
    shelving.publish_newest(session, candidate, slug, version(session, candidate, slug), Shelving("internal"), now)
    assert reading.article(session, desk.vault, slug).confidence == "not validated"


def test_an_approved_text_goes_out_validated_and_nobody_approves_their_own(
    session: Session, desk: Desk, now: datetime, slug: str, coach: Viewer
) -> None:
    number = submitted(session, desk, slug, now)
    with pytest.raises(NotAllowedError):
        submissions.approve(session, desk.front, number, now)
    (row,) = submissions.waiting(session, coach)
    assert (row.slug, row.by, row.mine, row.published_body) == (slug, "Front", False, None)
    assert submissions.approve(session, coach, number, now) == slug
    assert reading.article(session, desk.alma, slug).confidence == "validated"
    with pytest.raises(ConflictError):
        submissions.approve(session, desk.lead, number, now)
    own = editing.save(
        session, coach, slug, Text("Blank labels", "", "Two.", "markdown"), version(session, coach, slug), now
    )
    number = submissions.submit(session, coach, slug, own, PUBLIC, now)
    with pytest.raises(NotAllowedError, match="Somebody else"):
        submissions.approve(session, coach, number, now)


def test_a_returned_text_comes_back_with_the_reason(
    session: Session, desk: Desk, now: datetime, slug: str, coach: Viewer
) -> None:
    number = submitted(session, desk, slug, now)
    with pytest.raises(InvalidError):
        submissions.give_back(session, coach, number, " ", now)
    submissions.give_back(session, coach, number, "Which side of the ribbon?", now)
    (decided,) = submissions.mine(session, desk.front)
    assert (decided.state, decided.note, decided.reviewer) == ("returned", "Which side of the ribbon?", "Vault")
    assert submissions.waiting(session, coach) == ()
    with pytest.raises(ConflictError, match="already"):
        submitted(session, desk, slug, now)


def test_what_is_approved_is_the_text_that_was_submitted(
    session: Session, desk: Desk, now: datetime, slug: str, coach: Viewer
) -> None:
    number = submitted(session, desk, slug, now)
    newer = Text("Blank labels", "", "Something else.", "markdown")
    editing.save(session, desk.front, slug, newer, version(session, desk.front, slug), now)
    with pytest.raises(ConflictError, match="newer"):
        submissions.approve(session, coach, number, now)
    with pytest.raises(NotAllowedError):
        submissions.withdraw(session, coach, number, now)
    submissions.withdraw(session, desk.front, number, now)
    assert submitted(session, desk, slug, now) != number


def test_remarks_are_for_the_desk_and_can_be_settled(session: Session, desk: Desk, now: datetime, slug: str) -> None:
    number = submissions.comment(session, desk.vault, slug, "Which side?", now)
    submissions.settle(session, desk.front, slug, number, now)
    (remark,) = submissions.comments(session, desk.lead, slug)
    assert (remark.author, remark.body, remark.settled) == ("Vault", "Which side?", True)
    with pytest.raises(NotAllowedError):
        submissions.comments(session, desk.alma, slug)
    with pytest.raises(NotFoundError):
        submissions.settle(session, desk.front, slug, number + 1, now)


def test_history_shows_every_text_and_an_old_one_can_be_written_again(
    session: Session, desk: Desk, now: datetime, slug: str
) -> None:
    shelving.publish_newest(session, desk.lead, slug, version(session, desk.lead, slug), PUBLIC, now)
    changed = Text("Blank labels", "", "Wrong.", "markdown")
    editing.save(session, desk.vault, slug, changed, version(session, desk.vault, slug), now)
    assert [(v.number, v.body, v.author, v.published) for v in histories.history(session, desk.front, slug)] == [
        (2, "Wrong.", "Vault", False), (1, "Turn the ribbon.", "Front", True),
    ]  # fmt: skip
    histories.restore(session, desk.front, slug, 1, version(session, desk.front, slug), now)
    newest = histories.history(session, desk.front, slug)[0]
    assert (newest.number, newest.body, newest.note) == (3, "Turn the ribbon.", "version 1 restored")
    with pytest.raises(NotFoundError):
        histories.restore(session, desk.front, slug, 9, version(session, desk.front, slug), now)


def test_a_scheduled_text_comes_out_once_its_moment_has_come(
    session: Session, desk: Desk, now: datetime, slug: str
) -> None:
    with pytest.raises(InvalidError):
        histories.schedule(session, desk.lead, slug, version(session, desk.lead, slug), PUBLIC, now - DAY, now)
    histories.schedule(session, desk.lead, slug, version(session, desk.lead, slug), PUBLIC, now + DAY, now)
    assert histories.publish_due(session, SYSTEM, now + DAY / 2) == 0
    with pytest.raises(NotFoundError):
        reading.article(session, desk.alma, slug)
    assert histories.publish_due(session, SYSTEM, now + DAY) == 1
    assert histories.publish_due(session, SYSTEM, now + DAY) == 0
    assert "ribbon" in reading.article(session, desk.alma, slug).html
    assert histories.care(session, desk.front, slug, now).publish_at is None


def test_until_its_moment_a_scheduled_text_opens_and_closes_nothing(
    session: Session, desk: Desk, now: datetime, slug: str
) -> None:
    shelving.publish_newest(session, desk.lead, slug, version(session, desk.lead, slug), Shelving("internal"), now)
    text = Text("Blank labels", "", "What everybody may know.", "markdown")
    held = editing.save(session, desk.front, slug, text, version(session, desk.front, slug), now)
    histories.schedule(session, desk.front, slug, held, PUBLIC, now + DAY, now)
    with pytest.raises(NotFoundError):
        reading.article(session, desk.alma, slug)
    assert reading.article(session, desk.front, slug).confidence == "validated"
    histories.unschedule(session, desk.front, slug, now)
    assert editing.editable(session, desk.front, slug).audience == "internal"
    held = version(session, desk.vault, slug)
    histories.schedule(session, desk.vault, slug, held, Shelving("team", "Vault"), now + DAY, now)
    assert "ribbon" in reading.article(session, desk.front, slug).html
    histories.publish_due(session, SYSTEM, now + DAY)
    assert "everybody" in reading.article(session, desk.vault, slug).html
    assert reading.article(session, desk.vault, slug).confidence == "not validated", "as if they had published it then"
    with pytest.raises(NotFoundError):
        reading.article(session, desk.front, slug)


def test_what_was_published_meanwhile_is_not_replaced_by_an_older_text(
    session: Session, desk: Desk, now: datetime, slug: str
) -> None:
    histories.schedule(session, desk.lead, slug, version(session, desk.lead, slug), PUBLIC, now + DAY, now)
    newer = Text("Blank labels", "", "Change the ribbon.", "markdown")
    held = editing.save(session, desk.lead, slug, newer, version(session, desk.lead, slug), now)
    shelving.publish_newest(session, desk.lead, slug, held, PUBLIC, now)
    assert histories.publish_due(session, SYSTEM, now + DAY) == 0
    assert "Change" in reading.article(session, desk.alma, slug).html
    assert not histories.is_due(session, now + DAY)


def test_a_schedule_can_be_called_off(session: Session, desk: Desk, now: datetime, slug: str) -> None:
    histories.schedule(session, desk.lead, slug, version(session, desk.lead, slug), PUBLIC, now + DAY, now)
    histories.unschedule(session, desk.front, slug, now)
    assert histories.publish_due(session, SYSTEM, now + DAY) == 0


def test_an_owner_and_a_day_to_look_again(session: Session, desk: Desk, now: datetime, slug: str) -> None:
    shelving.publish_newest(session, desk.lead, slug, version(session, desk.lead, slug), PUBLIC, now)
    histories.look_after(session, desk.lead, slug, desk.front.email, now + DAY, now)
    assert histories.reviews_due(session, desk.front, now) == ()
    (due,) = histories.reviews_due(session, desk.front, now + 2 * DAY)
    assert (due.slug, due.owner) == (slug, "Front")
    assert histories.care(session, desk.front, slug, now + 2 * DAY).overdue
    for owner, day, field in (("alma@example.com", now + DAY, "owner"), (None, now - DAY, "review_by")):
        with pytest.raises(InvalidError) as refused:
            histories.look_after(session, desk.lead, slug, owner, day, now)
        assert refused.value.field == field
    assert session.scalars(select(Article.owner_id)).all() == [desk.front.account_id]


def test_a_section_that_waits_for_its_words_is_not_published(session: Session, desk: Desk, now: datetime) -> None:
    body = "## Issue\n\nBlank.\n\n## Resolution\n\n_Nothing in the ticket says this. Please add it._"
    made = editing.write(session, desk.front, Text("Blank", "", body, "markdown"), now)
    with pytest.raises(InvalidError, match="waits for its words"):
        shelving.publish_newest(session, desk.lead, made, version(session, desk.lead, made), PUBLIC, now)
