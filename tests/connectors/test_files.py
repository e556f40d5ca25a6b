from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kb.records import ARTICLE_FIELDS, TICKET_FIELDS, ArticleRecord, TicketRecord
from web.connectors.files import read_articles, read_tickets
from web.connectors.mapping import parse_mapping
from web.connectors.row import RowError
from web.connectors.source import SourceError


def lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def articles(path: Path, **mapping: str) -> dict[str, ArticleRecord]:
    found = list(read_articles(path, mapping))
    assert not [row for row in found if isinstance(row, RowError)]
    return {row[1].slug: row[1] for row in found if not isinstance(row, RowError)}


def test_columns_feed_fields(tmp_path: Path) -> None:
    path = lines(
        tmp_path / "a.jsonl", [{"slug": "a", "title": "A", "html": "<p>x</p>", "products": ["P"], "text": "y"}]
    )

    record = articles(path, body="html", product="products")["a"]

    assert (record.body, record.products, record.summary) == ("<p>x</p>", ("P",), "")


def test_a_column_that_feeds_another_field_no_longer_feeds_its_own(tmp_path: Path) -> None:
    path = lines(tmp_path / "t.jsonl", [{"id": "1", "title": "T", "body": "old", "text": "B", "topic": "x"}])

    (found,) = read_tickets(path, {"subject": "title", "body": "text", "product": "topic"}, ["topic"])

    assert not isinstance(found, RowError)
    line, record = found
    assert (line, record.subject, record.body, record.product, record.topic) == (1, "T", "B", "x", "")
    assert record.attributes == {"topic": "x"}


def test_good_rows_come_through_beside_bad_ones(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("id,subject,escalated\n1,one,1\n,two,0\n3,three,perhaps\n4,four\n5,five,\n", encoding="utf-8")

    found = list(read_tickets(path, {}))

    assert [row[0] if not isinstance(row, RowError) else (row.line, row.reason) for row in found] == [
        2,
        (3, "id: is missing"),
        (4, "escalated: “perhaps” is neither 0 nor 1"),
        (5, "has 2 cells, the header has 3"),
        6,
    ]
    assert [row[1].escalated for row in found if isinstance(row, tuple)] == [True, None]


@pytest.mark.parametrize("name", ["t.csv", "t.jsonl"])
def test_a_missing_column_lists_what_there_is(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("id,title\n1,x\n" if name == "t.csv" else '{"id": 1, "title": "x"}\n', encoding="utf-8")

    with pytest.raises(SourceError, match=r"no column “titel”. Did you mean “title”\? The file has: id, title"):
        list(read_tickets(path, {"subject": "titel"}))
    with pytest.raises(SourceError, match="no column “site”"):
        list(read_tickets(path, {"subject": "title"}, ["site"]))


def test_a_json_row_may_leave_a_column_out(tmp_path: Path) -> None:
    path = lines(tmp_path / "t.jsonl", [{"id": 1, "title": "x"}, {"id": 2, "title": "y", "grp": "Depot"}])

    teams = [row[1].team for row in read_tickets(path, {"subject": "title", "team": "grp"}) if isinstance(row, tuple)]

    assert teams == [None, "Depot"]


@pytest.mark.parametrize(
    ("pair", "words"),
    [
        ("body", "write FIELD=COLUMN"),
        ("=html", "write FIELD=COLUMN"),
        ("bdy=html", "Did you mean “body”?"),
        ("xyzzy=html", "Known: slug, title"),
        ("title=b", "mapped to “a” already"),
    ],
)
def test_a_wrong_mapping_says_what_was_meant(pair: str, words: str) -> None:
    with pytest.raises(SourceError) as caught:
        parse_mapping(["title=a", pair], ARTICLE_FIELDS)

    assert words in caught.value.message


def test_a_mapping_is_field_to_column() -> None:
    assert parse_mapping(["subject=a=b", "id=n", "id=n"], TICKET_FIELDS) == {"subject": "a=b", "id": "n"}


def test_a_folder_of_documents(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "hidden.md").write_text("# Hidden")
    (tmp_path / "fronted.md").write_text(
        "---\ntitle: No\nproducts: [A, B]\nupdated: 2025-05-16\naudience: internal\nslug: my/Slug\n---\n# Kept\n\nbody"
    )
    (tmp_path / "headed.markdown").write_text("\n# The *title* #\n\nbody\n\n```\n# comment\n```\n")
    (tmp_path / "setext.md").write_text("```\n# comment\n```\n\nThe title\n=========\n\nbody")
    (tmp_path / "page.html").write_text(
        "<title>T</title><body><nav>n</nav><main><h1>The <i>page</i></h1><p>x</p></main>"
    )
    (tmp_path / "plain.txt").write_text("# not a heading")
    (tmp_path / "ignored.png").write_bytes(b"\x89PNG")
    (tmp_path / "sub" / "index.md").write_text("one")
    (tmp_path / "index.md").write_text("{\nnot: json\n}\n")

    found = articles(tmp_path)

    assert {slug: record.title for slug, record in found.items()} == {
        "my/Slug": "No", "headed": "The *title*", "setext": "The title", "page": "The page", "plain": "Plain",
        "index": "Index", "sub-index": "Sub index",
    }  # fmt: skip
    fronted = found["my/Slug"]
    assert (fronted.products, fronted.audience, fronted.body) == (("A", "B"), "internal", "# Kept\n\nbody")
    assert fronted.updated_at is not None
    assert found["headed"].body.strip().startswith("body")
    assert (found["page"].body, found["page"].body_format) == ("<p>x</p>", "html")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"---\na: [\n---\nx", "front matter is not YAML"),
        (b"---\na: " + b"[" * 20_000 + b"\n---\nx", "front matter is not YAML"),
        (b"caf\xe9", "is not UTF-8 (byte 0xe9 at offset 3)"),
        (b"x" * 5_000_001, "is larger than 5 MB"),
        (b"---\ntitle: {a: b}\n---\nx", "title: is a mapping"),
        (b"---\nproduct: &a [*a]\n---\nx", "front matter is not YAML"),
        (b"---\na: &a [x,x]\nb: &b [*a,*a]\nproduct: [*b,*b]\n---\nx", "product: is a list"),
    ],
)
def test_a_bad_document_is_named_and_the_rest_is_read(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "bad.md").write_bytes(content)
    (tmp_path / "good.md").write_text("# Good")

    wrong, good = read_articles(tmp_path, {})

    assert isinstance(wrong, RowError)
    assert (wrong.source, wrong.line) == ("bad.md", 1)
    assert words in wrong.reason
    assert isinstance(good, tuple)


def test_a_link_that_leads_outside_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("# Secret")
    folder = tmp_path / "help"
    folder.mkdir()
    (folder / "inside.md").write_text("# Inside")
    (folder / "link.md").symlink_to(tmp_path / "secret.md")
    (folder / "loop").symlink_to(folder)
    (folder / "broken.md").symlink_to(folder / "nowhere.md")

    found = list(read_articles(folder, {}))

    assert [row.reason for row in found if isinstance(row, RowError)] == ["is a link that leads outside the folder"]
    assert {row[1].title for row in found if isinstance(row, tuple)} == {"Inside"}


def test_a_folder_without_documents(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="holds no Markdown"):
        list(read_articles(tmp_path, {}))
    with pytest.raises(SourceError, match="is a folder"):
        list(read_tickets(tmp_path, {}))


def test_the_format_may_be_given(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl", [{"slug": "a", "body": "<p>"}])

    (found,) = read_articles(path, {}, "text")

    assert isinstance(found, tuple)
    assert found[1].body_format == "text"
    with pytest.raises(SourceError, match="choose one of markdown, html, text"):
        list(read_articles(path, {}, "docx"))


def test_the_same_file_gives_the_same_records(tmp_path: Path) -> None:
    path = lines(tmp_path / "t.jsonl", [{"id": n, "subject": "x", "created_at": "2025-05-16"} for n in range(5)])

    def read() -> list[TicketRecord]:
        return [row[1] for row in read_tickets(path, {}) if isinstance(row, tuple)]

    assert read() == read()


def test_whom_a_requester_belongs_to_is_a_field_or_an_attribute_of_such_a_name(tmp_path: Path) -> None:
    path = lines(tmp_path / "t.jsonl", [
        {"id": "1", "subject": "s", "account": " Miller  Ltd ", "Company": "Other", "firm": "Third"},
        {"id": "2", "subject": "s", "account": {"id": 7}, "Company": "Other", "firm": ""},
    ])  # fmt: skip

    def told(mapping: dict[str, str], attributes: list[str]) -> list[tuple[str, dict[str, str]]]:
        found = [row for row in read_tickets(path, mapping, attributes) if not isinstance(row, RowError)]
        return [(record.account, dict(record.attributes)) for _, record in found]

    assert told({}, []) == [("Miller Ltd", {"account": "Miller Ltd"}), ("", {})]
    assert told({"account": "firm"}, []) == [("Third", {"account": "Third"}), ("", {})]
    assert told({}, ["Company"])[1] == ("Other", {"Company": "Other"})
