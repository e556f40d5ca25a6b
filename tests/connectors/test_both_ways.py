from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb import database
from kb.errors import UnavailableError
from kb.migrations import migrate
from kb.models import Team
from kb.records import ArticleFile, ArticleRecord
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
        "https://help.example.com/1", (ArticleFile("cover.png", picture()),),
    ),
    ArticleRecord("html-one", "2024", "<h2>Do</h2><p>Turn &amp; wait.</p>", "", "html", updated_at=MOMENT),
    ArticleRecord("text-one", "No", "Plain words.\n\nAnd more.", "", "text", audience="internal", updated_at=MOMENT),
    ArticleRecord("team-one", "For the vault", "## Do\n\nCount.", "", "markdown", audience="team", team="Vault", updated_at=MOMENT),
)  # fmt: skip


@pytest.fixture
def stocked(session: Session, now: datetime) -> Session:
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
        assert pushed.push(record) == "created"
        assert pushed.push(record) == "unchanged"
        assert pushed.push(changed) == "updated"
        (number,) = there.pages
        assert there.pages[number]["version"] == 2
        assert "Turn it twice." in there.pages[number]["storage"]
        there.conflicts.add(number)
        assert pushed.push(record) == "conflict"
        assert "Turn it twice." in there.pages[number]["storage"]


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
