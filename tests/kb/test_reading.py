from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.errors import InvalidError, NotFoundError
from kb.models import ArticleVote
from kb.services import editing, reading, shelving
from kb.services.publishing import Text
from tests.kb.desk_of_people import Desk, article

PLACES = ("public-page", "internal-page", "front-page", "vault-page", "draft-page", "archived-page")
MAY = {
    "nobody": {"public-page"},
    "alma": {"public-page"},
    "front": {"public-page", "internal-page", "front-page"},
    "vault": {"public-page", "internal-page", "vault-page"},
    "lead": {"public-page", "internal-page", "front-page", "vault-page"},
    "operator": {"public-page", "internal-page", "front-page", "vault-page"},
}


@pytest.fixture
def library(session: Session, desk: Desk, now: datetime) -> Desk:
    article(session, now, "public-page")
    article(session, now, "internal-page", audience="internal")
    article(session, now, "front-page", audience="team", team="Front")
    article(session, now, "vault-page", audience="team", team="Vault")
    article(session, now, "archived-page")
    shelving.archive(
        session, desk.lead, "archived-page", editing.editable(session, desk.lead, "archived-page").version, now
    )
    assert editing.write(session, desk.lead, Text("Draft page", "", "secret words", "markdown"), now) == "draft-page"
    return desk


@pytest.mark.parametrize("who", MAY)
def test_each_reader_sees_exactly_what_is_meant_for_them(session: Session, library: Desk, who: str) -> None:
    viewer = library.everybody[who]
    seen = set()
    for slug in PLACES:
        try:
            seen.add(reading.article(session, viewer, slug).slug)
        except NotFoundError:
            continue
    assert seen == MAY[who]
    home = reading.home(session, viewer)
    assert home.articles == len(MAY[who])
    assert {card.slug for card in home.recent} == MAY[who]
    assert {card.slug for card in reading.shelf(session, viewer, topic="Money")} == MAY[who]
    shown = {card.slug for slug in MAY[who] for card in reading.article(session, viewer, slug).related}
    assert shown <= MAY[who]


def test_an_article_has_contents_whose_anchors_are_in_its_page(session: Session, library: Desk) -> None:
    found = reading.article(session, library.alma, "public-page")
    assert [each.heading for each in found.contents] == ["What to do", "If that does not help"]
    assert all(f'id="{each.anchor}"' in found.html for each in found.contents)


def test_voting_twice_changes_the_vote(session: Session, library: Desk, now: datetime) -> None:
    reading.vote(session, library.alma, "public-page", "mark", now, helpful=True)
    reading.vote(session, library.alma, "public-page", "mark", now, helpful=False, reason="outdated")
    reading.vote(session, library.alma, "public-page", "other mark", now, helpful=True)
    found = reading.article(session, library.alma, "public-page", "mark")
    assert (found.helpful, found.unhelpful, found.vote) == (1, 1, False)
    assert "mark" not in set(session.scalars(select(ArticleVote.voter)))


def test_a_vote_needs_a_voter_and_a_known_reason(session: Session, library: Desk, now: datetime) -> None:
    for voter, reason in (("", "outdated"), ("mark", "boring")):
        with pytest.raises(InvalidError):
            reading.vote(session, library.alma, "public-page", voter, now, helpful=False, reason=reason)
    with pytest.raises(NotFoundError):
        reading.vote(session, library.alma, "internal-page", "mark", now, helpful=True)


def test_an_empty_shelf_is_not_there(session: Session, library: Desk) -> None:
    with pytest.raises(NotFoundError):
        reading.shelf(session, library.alma, product="Nothing")
