from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import database
from kb.errors import UnavailableError
from kb.migrations import migrate
from kb.models import Account, Team
from kb.records import ArticleFile, ArticleRecord, article_record
from kb.services.exporting import exported
from kb.services.importing import import_article
from kb.viewers import ANONYMOUS, SYSTEM
from tests.connectors.server import TOKEN, Space, space
from tests.kb.test_attaching import picture
from web.connectors.confluence_rest import Access, Confluence
from web.connectors.files import read_articles, records
from web.connectors.row import RowError
from web.connectors.writing import write_article

MOMENT = datetime(2026, 5, 6, 7, 8, 9, tzinfo=UTC)
ARTICLES = (
    ArticleRecord(
        "labels/blank", "Labels: \u201cblank\u201d #1", "## Do\n\n![Cover](/files/labels/blank/cover.png)\n\nTurn it --- twice.",
        "A summary: with a colon", "markdown", ("Till", "Printer; old"), ("Print",), "public", None, MOMENT,
        "https://help.example.com/1", "pt-BR", (ArticleFile("cover.png", picture()),),
    ),
    ArticleRecord("html-one", "2024", "<h2>Do</h2><p>Turn &amp; wait.</p>", "", "html", updated_at=MOMENT),
    ArticleRecord("text-one", "No", "Plain words.\n\nAnd more.", "", "text", audience="internal", updated_at=MOMENT),
    ArticleRecord(
        "team-one", "For the vault", "## Do\n\nCount.", "", "markdown", audience="team", team="Vault", updated_at=MOMENT,
        confidence="not validated", governance="compliance based", review_by=MOMENT.replace(year=2027),
        owner="carer@example.com", written_at=MOMENT.replace(year=2024), first_published_at=MOMENT.replace(year=2025),
    ),
)  # fmt: skip


def carer(now: datetime) -> Account:
    return Account(email="carer@example.com", name="Carer", role="agent", created_at=now)


@pytest.fixture
def stocked(session: Session, now: datetime) -> Session:
    session.add(carer(now))
    session.flush()
    for record in ARTICLES:
        import_article(session, record, now)
    return session


def test_a_folder_written_and_read_back_loses_nothing(stocked: Session, tmp_path: Path, now: datetime) -> None:
    first = list(exported(stocked, SYSTEM))
    assert {record.slug for record in first} == {record.slug for record in ARTICLES}
    for record in first:
        write_article(tmp_path / "out", record)
    other = database.connect(f"sqlite:///{tmp_path / 'other.db'}")
    migrate(other)
    dropped: Counter[str] = Counter()
    with database.writing(other) as session:
        session.add(carer(now))
        for row in read_articles(tmp_path / "out", {}, dropped=dropped):
            assert not isinstance(row, RowError)
            assert import_article(session, row[1], now) == "created"
        assert list(exported(session, SYSTEM)) == first
        assert session.scalars(select(Team.name)).all() == ["Vault"]
        for row in read_articles(tmp_path / "out", {}):
            assert not isinstance(row, RowError)
            assert import_article(session, row[1], now) == "unchanged"
    other.dispose()
    assert dropped == {}


def test_a_file_that_is_silent_leaves_standing_as_it_is_and_other_systems_words_are_not_ours(
    stocked: Session, now: datetime
) -> None:
    held = next(record for record in exported(stocked, SYSTEM) if record.slug == "team-one")
    silent = article_record({
        "slug": "team-one", "title": held.title, "body": "## Do\n\nCount twice.", "audience": "team", "team": "Vault",
        "confidence": "0.93", "governance": "IT board", "owner": {"team": "IT"},
    })  # fmt: skip
    assert import_article(stocked, silent, now) == "updated"
    again = next(record for record in exported(stocked, SYSTEM) if record.slug == "team-one")
    labels = next(record for record in exported(stocked, SYSTEM) if record.slug == "labels/blank")
    assert import_article(stocked, replace(labels, locale=None, summary="Another."), now) == "updated"
    assert "pt-BR" in {record.locale for record in exported(stocked, SYSTEM)}
    standing = ("confidence", "governance", "review_by", "owner", "written_at", "first_published_at")
    assert [getattr(again, name) for name in standing] == [getattr(held, name) for name in standing]
    assert held.owner == "carer@example.com"
    assert "twice" in again.body
    stranger = replace(held, owner="somebody@elsewhere.example")
    assert import_article(stocked, stranger, now) == "updated"
    assert next(record for record in exported(stocked, SYSTEM) if record.slug == "team-one").owner == held.owner


def test_only_what_may_be_read_leaves(stocked: Session) -> None:
    assert [record.slug for record in exported(stocked, ANONYMOUS)] == ["html-one", "labels/blank"]


@pytest.fixture
def there() -> Iterator[Space]:
    with space() as made:
        yield made


def confluence(there: Space, token: str = TOKEN) -> Confluence:
    return Confluence(Access(there.url, "HELP", token))


def test_pages_of_a_space_come_with_pictures_and_links(there: Space) -> None:
    image = '<ac:image><ri:attachment ri:filename="cover.png" /></ac:image>'
    link = '<ac:link><ri:page ri:content-title="Page 2" /></ac:link>'
    there.add("Labels", f"<p>Turn it.</p>{image}{link}", {"cover.png": picture()}, ("print",))
    for number in range(1, 4):
        there.add(f"Page {number}", "<p>Words.</p>")
    dropped: Counter[str] = Counter()
    with confluence(there) as pulled:
        rows = list(records(pulled.pull(dropped)))
    articles = {row[1].slug: row[1] for row in rows if not isinstance(row, RowError)}
    assert set(articles) == {"labels", "page-1", "page-2", "page-3"}
    labels = articles["labels"]
    assert 'src="/files/labels/cover.png"' in labels.body
    assert 'href="page-2"' in labels.body
    assert (labels.topics, [file.name for file in labels.files], dropped) == (("print",), ["cover.png"], Counter())


def test_articles_are_created_updated_and_left_alone_where_nothing_changed(there: Space) -> None:
    record = ArticleRecord("one", "One", "## Do\n\nTurn it & wait.", body_format="markdown")
    changed = ArticleRecord("one", "One", "## Do\n\nTurn it twice.", body_format="markdown")
    with confluence(there) as pushed:
        assert pushed.push(record, {}, Counter()) == "created"
        assert pushed.push(record, {}, Counter()) == "unchanged"
        assert pushed.push(changed, {}, Counter()) == "updated"
        (number,) = there.pages
        assert there.pages[number]["version"] == 2
        assert "Turn it twice." in there.pages[number]["storage"]
        there.conflicts.add(number)
        assert pushed.push(record, {}, Counter()) == "conflict"
        assert "Turn it twice." in there.pages[number]["storage"]


LINKED = ArticleRecord(
    "labels/blank", "Labels",
    "## Do\n\n![The cover](/files/labels/blank/cover.png)\n\nSee [the other](../ribbons#turn-it), [a file](/files/labels/blank/notes.txt), "
    "[its picture](/files/ribbons/ribbon.png), [elsewhere](https://example.com/x?a=1&b=2), [above](#do), [what stays](secret) and "
    "![gone](/files/labels/blank/gone.png)\n\nOne  \ntwo",
    body_format="markdown", files=(ArticleFile("cover.png", picture()), ArticleFile("notes.txt", b"Words.")),
)  # fmt: skip
TITLES = {"labels/blank": "Labels", "ribbons": "Ribbons & more"}


def test_pictures_files_and_links_lead_to_their_counterparts_and_come_back(there: Space) -> None:
    dropped: Counter[str] = Counter()
    with confluence(there) as pushed:
        assert pushed.push(LINKED, TITLES, dropped) == "created"
        assert pushed.push(ArticleRecord("ribbons", "Ribbons & more", "x"), TITLES, dropped) == "created"
        assert pushed.push(LINKED, TITLES, Counter()) == "unchanged"
    page = next(page for page in there.pages.values() if page["title"] == "Labels")
    assert page["files"] == {"cover.png": picture(), "notes.txt": b"Words."}
    storage = page["storage"]
    assert '<ac:image ac:alt="The cover"><ri:attachment ri:filename="cover.png"></ri:attachment></ac:image>' in storage
    assert '<ac:link ac:anchor="turn-it"><ri:page ri:content-title="Ribbons &amp; more"></ri:page>' in storage
    assert '<ri:attachment ri:filename="ribbon.png"><ri:page ri:content-title="Ribbons &amp; more">' in storage
    assert 'href="https://example.com/x?a=1&amp;b=2"' in storage
    assert "secret" not in storage
    assert "what stays" in storage
    etree.fromstring(f'<x xmlns:ac="ac" xmlns:ri="ri">{storage}</x>')
    assert dropped == {"link to what does not leave": 1, "picture that is not there": 1}
    with confluence(there) as pulled:
        rows = [row[1] for row in records(pulled.pull(Counter())) if not isinstance(row, RowError)]
    back = next(row for row in rows if row.title == "Labels")
    assert 'src="/files/labels/cover.png"' in back.body
    assert 'href="ribbons-more#turn-it"' in back.body
    assert {file.name: file.content for file in back.files} == page["files"]


def test_a_file_that_changed_is_its_next_version_and_one_that_did_not_stays(there: Space) -> None:
    changed = replace(LINKED, files=(LINKED.files[0], ArticleFile("notes.txt", b"Other.")))
    with confluence(there) as pushed:
        pushed.push(LINKED, TITLES, Counter())
        there.uploads.clear()
        assert pushed.push(changed, TITLES, Counter()) == "updated"
    assert there.uploads == ["notes.txt"]
    (page,) = there.pages.values()
    assert (page["files"]["notes.txt"], page["version"]) == (b"Other.", 1)


def test_a_link_that_leads_elsewhere_now_is_a_change(there: Space) -> None:
    first = ArticleRecord("one", "One", "See [it](ribbons).")
    second = ArticleRecord("one", "One", "See [it](labels/blank).")
    with confluence(there) as pushed:
        pushed.push(first, TITLES, Counter())
        assert pushed.push(second, TITLES, Counter()) == "updated"


def test_what_goes_wrong_there_is_said_in_a_line(there: Space) -> None:
    there.add("Labels", "<p>x</p>")
    with confluence(there, "wrong") as pulled, pytest.raises(UnavailableError, match="refused the token"):
        list(pulled.pull(Counter()))
    there.broken = "<html>"
    with confluence(there) as pulled, pytest.raises(UnavailableError, match="not JSON"):
        list(pulled.pull(Counter()))
    nowhere = Confluence(Access("http://127.0.0.1:9", "HELP", TOKEN))
    with nowhere as pulled, pytest.raises(UnavailableError, match="cannot be reached"):
        list(pulled.pull(Counter()))
