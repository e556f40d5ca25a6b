from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.errors import InvalidError, NotAllowedError
from kb.models import AuditEntry
from kb.records import COMPLIANCE, ArticleRecord
from kb.services import attaching, editing, histories, reading, shelving, submissions
from kb.services.importing import import_article
from kb.services.publishing import Text
from kb.services.shelving import Shelving
from kb.viewers import SYSTEM, Viewer
from tests.kb.desk_of_people import Desk

DAY = timedelta(days=1)
PUBLIC = Shelving("public")
GOVERNED = Shelving("public", governance=COMPLIANCE)
FREED = Shelving("public", governance="experience based")
LICENCES = ("candidate", "contributor", "publisher", "coach")


@pytest.fixture
def slug(session: Session, desk: Desk, now: datetime) -> str:
    return editing.write(session, desk.front, Text("Waiver of fees", "", "Ask twice.", "markdown"), now)


def publish(session: Session, viewer: Viewer, slug: str, shelving_: Shelving, now: datetime) -> None:
    held = editing.editable(session, viewer, slug).version
    shelving.publish_newest(session, viewer, slug, held, shelving_, now)


def rewritten(session: Session, viewer: Viewer, slug: str, body: str, now: datetime) -> int:
    held = editing.editable(session, viewer, slug).version
    return editing.save(session, viewer, slug, Text("Waiver of fees", "", body, "markdown"), held, now)


def governance(session: Session, desk: Desk, slug: str) -> str:
    return editing.editable(session, desk.lead, slug).governance


def licensed(desk: Desk, licence: str) -> Viewer:
    return Viewer("agent", desk.vault.account_id, "Vault", desk.vault.email, desk.vault.team_id, licence)


def test_publishing_leaves_the_governance_unless_it_is_told(
    session: Session, desk: Desk, now: datetime, slug: str
) -> None:
    publish(session, desk.front, slug, PUBLIC, now)
    assert governance(session, desk, slug) == "experience based"
    publish(session, desk.lead, slug, GOVERNED, now)
    publish(session, desk.lead, slug, PUBLIC, now)
    assert governance(session, desk, slug) == COMPLIANCE
    assert session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()[-1].details["governance"] == COMPLIANCE
    publish(session, desk.lead, slug, FREED, now)
    publish(session, desk.front, slug, FREED, now)
    assert governance(session, desk, slug) == "experience based"
    with pytest.raises(InvalidError, match="experience based, compliance based") as refused:
        publish(session, desk.lead, slug, Shelving("public", governance="the board"), now)
    assert refused.value.field == "governance"


@pytest.mark.parametrize("licence", LICENCES)
def test_a_compliance_based_text_is_published_by_who_validates_alone(
    session: Session, desk: Desk, now: datetime, slug: str, licence: str
) -> None:
    publish(session, desk.lead, slug, GOVERNED, now)
    viewer = licensed(desk, licence)
    held = rewritten(session, viewer, slug, "Ask once.", now)
    if licence in ("publisher", "coach"):
        shelving.publish_newest(session, viewer, slug, held, PUBLIC, now)
        assert "Ask once" in reading.article(session, desk.alma, slug).html
        return
    # For nobody at all, for the desk neither, and not by letting it go first.
    for wanted in (PUBLIC, Shelving("internal"), Shelving("internal", governance="experience based")):
        with pytest.raises(NotAllowedError, match="Submit it for review"):
            shelving.publish_newest(session, viewer, slug, held, wanted, now)
    with pytest.raises(NotAllowedError, match="Submit it for review"):
        histories.schedule(session, viewer, slug, held, PUBLIC, now + DAY, now)
    assert "Ask twice" in reading.article(session, desk.alma, slug).html
    number = submissions.submit(session, viewer, slug, held, PUBLIC, now)
    submissions.approve(session, desk.lead, number, now)
    assert "Ask once" in reading.article(session, desk.alma, slug).html
    assert governance(session, desk, slug) == COMPLIANCE


@pytest.mark.parametrize("licence", LICENCES)
def test_only_who_may_publish_under_it_changes_the_governance(
    session: Session, desk: Desk, now: datetime, slug: str, licence: str
) -> None:
    internal = Shelving("internal", governance=COMPLIANCE)
    if licence in ("publisher", "coach"):
        publish(session, licensed(desk, licence), slug, internal, now)
        assert governance(session, desk, slug) == COMPLIANCE
        return
    with pytest.raises(NotAllowedError, match="may change how an article is governed"):
        publish(session, licensed(desk, licence), slug, internal, now)
    assert governance(session, desk, slug) == "experience based"


@pytest.mark.parametrize(("who", "came_out"), [("front", 0), ("lead", 1)])
def test_what_was_scheduled_before_it_was_compliance_based_comes_out_only_for_who_may(
    session: Session, desk: Desk, now: datetime, slug: str, who: str, came_out: int
) -> None:
    viewer = desk.everybody[who]
    histories.schedule(session, viewer, slug, editing.editable(session, viewer, slug).version, PUBLIC, now + DAY, now)
    publish(session, desk.lead, slug, Shelving("internal", governance=COMPLIANCE), now)
    assert histories.publish_due(session, SYSTEM, now + DAY) == came_out
    held = editing.editable(session, desk.lead, slug)
    assert (held.audience, held.confidence) == ("public" if came_out else "internal", "validated")
    assert not histories.is_due(session, now + DAY)


def test_an_import_governs_and_is_silent_where_its_file_is(session: Session, desk: Desk, now: datetime) -> None:
    import_article(session, ArticleRecord("fees", "Fees", "Ask twice.", governance=COMPLIANCE), now)
    import_article(session, ArticleRecord("fees", "Fees", "Ask three times."), now)
    assert governance(session, desk, "fees") == COMPLIANCE
    with pytest.raises(NotAllowedError, match="Submit it for review"):
        publish(session, desk.front, "fees", PUBLIC, now)


def test_files_of_a_compliance_based_article_are_changed_by_those_who_publish_it(
    session: Session, desk: Desk, now: datetime, slug: str
) -> None:
    publish(session, desk.lead, slug, GOVERNED, now)
    attaching.attach(session, desk.front, slug, "fees.txt", b"Ten.", now)
    for forbidden in (
        lambda: attaching.attach(session, desk.front, slug, "fees.txt", b"None.", now),
        lambda: attaching.detach(session, desk.front, slug, "fees.txt", now),
    ):
        with pytest.raises(NotAllowedError, match="compliance based"):
            forbidden()
    assert attaching.fetch(session, desk.alma, slug, "fees.txt").content == b"Ten."
    attaching.attach(session, desk.lead, slug, "fees.txt", b"Nine.", now)
    attaching.detach(session, desk.lead, slug, "fees.txt", now)
    assert attaching.files(session, desk.alma, slug) == ()
