"""Exports of other systems, made by hand after their documentation."""

from __future__ import annotations

import json
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from kb.records import ArticleRecord
from tests.kb.test_attaching import SVG, picture
from web.connectors.archives import LARGEST_ALL, archive
from web.connectors.files import read_articles
from web.connectors.row import RowError
from web.connectors.source import SourceError
from web.connectors.storage_format import convert

PAGE = """<object class="Page" package="com.atlassian.confluence.pages">
<id name="id">{id}</id><property name="title"><![CDATA[{title}]]></property>
<property name="contentStatus"><![CDATA[{status}]]></property>{more}
<property name="lastModificationDate">2026-03-02 10:00:00.000</property></object>
<object class="BodyContent" package="com.atlassian.confluence.core"><id name="id">9{id}</id>
<property name="body"><![CDATA[{body}]]></property>
<property name="content" class="Page"><id name="id">{id}</id></property></object>"""
FILE = """<object class="Attachment" package="com.atlassian.confluence.pages"><id name="id">{id}</id>
<property name="title"><![CDATA[{name}]]></property><property name="version">2</property>
<property name="containerContent" class="Page"><id name="id">{page}</id></property></object>"""
LABEL = """<object class="Labelling"><property name="name"><![CDATA[printing]]></property>
<property name="content" class="Page"><id name="id">1</id></property></object>"""
BODY = """<h2>What to do</h2><p>Open the cover, see <ac:link><ri:page ri:content-title="Ribbon types" /><ac:link-body>the
types</ac:link-body></ac:link>, <ac:link><ri:page ri:content-title="Elsewhere" /></ac:link> or
<ac:link><ri:user ri:userkey="k1" /></ac:link>.</p><ac:image ac:alt="Cover"><ri:attachment ri:filename="the cover.png" /></ac:image>
<ac:image><ri:attachment ri:filename="gone.png" /></ac:image><ac:image><ri:url ri:value="https://x.example/y.png" /></ac:image>
<ac:structured-macro ac:name="warning"><ac:rich-text-body><p>The head is hot.</p></ac:rich-text-body></ac:structured-macro>
<ac:structured-macro ac:name="jira"><ac:parameter ac:name="key">A-1</ac:parameter></ac:structured-macro>"""


def zipped(path: Path, entries: dict[str, bytes | str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in entries.items():
            made.writestr(name, content)
    return path


def read(path: Path) -> tuple[dict[str, ArticleRecord], Counter[str]]:
    dropped: Counter[str] = Counter()
    rows = list(read_articles(path, {}, dropped=dropped))
    assert not [row for row in rows if isinstance(row, RowError)]
    return {row[1].slug: row[1] for row in rows if not isinstance(row, RowError)}, dropped


def space(tmp_path: Path) -> Path:
    objects = [
        PAGE.format(id=1, title="Labels are blank", status="current", body=BODY, more=""),
        PAGE.format(id=2, title="Ribbon types", status="current", body="<p>Two.</p>", more=""),
        PAGE.format(id=3, title="A draft", status="draft", body="<p>no</p>", more=""),
        PAGE.format(
            id=4, title="Labels are blank", status="current", body="<p>old</p>",
            more='<property name="originalVersion" class="Page"><id name="id">1</id></property>',
        ),
        FILE.format(id=7, name="the cover.png", page=1), FILE.format(id=8, name="evil.png", page=1),
        LABEL,
    ]  # fmt: skip
    xml = (
        f'<?xml version="1.0" encoding="UTF-8"?><hibernate-generic datetime="x">{"".join(objects)}</hibernate-generic>'
    )
    files: dict[str, bytes | str] = {"attachments/1/7/2": picture(), "attachments/1/8/2": SVG}
    return zipped(tmp_path / "space.zip", {"entities.xml": xml, **files})


def test_a_confluence_space_comes_with_its_pictures_links_and_what_was_left_out(tmp_path: Path) -> None:
    articles, dropped = read(space(tmp_path))
    assert set(articles) == {"labels-are-blank", "ribbon-types"}
    blank = articles["labels-are-blank"]
    assert (blank.topics, blank.body_format, blank.updated_at and blank.updated_at.year) == (
        ("printing",),
        "html",
        2026,
    )
    assert '<a href="ribbon-types">the types</a>' in " ".join(blank.body.split())
    assert 'src="/files/labels-are-blank/the-cover.png"' in blank.body
    assert [(file.name, file.content) for file in blank.files] == [("the-cover.png", picture())]
    assert "<strong>Warning: </strong>" in blank.body
    assert "ac:" not in blank.body
    assert "ri:" not in blank.body
    assert dropped == {
        "page that is a draft, deleted or an older version": 2, "link to a person or a space": 1, "macro jira": 1,
        "picture from elsewhere": 1, "link to a page that is not in the export": 1, "picture that is not there": 1,
        "file that is no picture, PDF or plain text, or is too large": 1,
    }  # fmt: skip


def test_an_html_export_is_read_page_by_page(tmp_path: Path) -> None:
    page = (
        '<html><head><title>Space : Labels</title></head><body><h1 id="title-text">Space : Labels are blank</h1>'
        '<div id="main-content"><p>See <a href="Ribbon-types_2.html#x">types</a>.</p><img src="attachments/1/7.png?v=2">'
        '<img src="https://x.example/y.png"></div></body></html>'
    )
    other = page.replace("Labels are blank", "Ribbon types").replace("attachments/1/7.png", "gone.png")
    path = zipped(tmp_path / "html.zip", {
        "SP/index.html": "<html></html>", "SP/Labels-are-blank_1.html": page, "SP/Ribbon-types_2.html": other,
        "SP/attachments/1/7.png": picture(),
    })  # fmt: skip
    articles, dropped = read(path)
    assert articles["labels-are-blank"].title == "Labels are blank"
    assert '<a href="ribbon-types#x">types</a>' in articles["labels-are-blank"].body
    assert 'src="/files/labels-are-blank/7.png"' in articles["labels-are-blank"].body
    assert dropped == {"picture from elsewhere": 3}


def test_zendesk_and_freshdesk_are_told_by_what_they_hold(tmp_path: Path) -> None:
    zendesk = {
        "articles": [
            {
                "id": 11, "title": "Blank labels", "body": '<p>See <a href="https://h.example/hc/en/articles/12-types">types</a></p><img src="https://h.example/x.png">',
                "section_id": 5, "draft": False, "updated_at": "2026-01-02T03:04:05Z", "html_url": "https://h.example/11",
                "label_names": ["print"], "user_segment_id": None, "locale": "en-us",
            },
            {"id": 12, "title": "Types", "body": "<p>Two.</p>", "section_id": 5, "draft": False, "user_segment_id": 9},
            {"id": 13, "title": "Draft", "body": "", "draft": True},
        ],
        "sections": [{"id": 5, "name": "Printing", "category_id": 6}], "categories": [{"id": 6, "name": "Till"}],
    }  # fmt: skip
    path = tmp_path / "articles.json"
    path.write_text(json.dumps(zendesk), encoding="utf-8")
    articles, dropped = read(path)
    blank = articles["blank-labels"]
    assert (blank.topics, blank.products, blank.url) == (("Printing", "print"), ("Till",), "https://h.example/11")
    assert blank.locale == "en-us"
    assert '<a href="types">types</a>' in blank.body
    assert (blank.audience, articles["types"].audience) == ("public", "internal")
    assert dropped == {"draft": 1, "picture from elsewhere": 1}
    freshdesk = [
        {
            "id": 1,
            "title": "Blank labels",
            "description": "<p>Turn it.</p>",
            "folder_id": 3,
            "status": 2,
            "tags": ["print"],
        },
        {"id": 2, "title": "Draft", "description": "", "folder_id": 3, "status": 1, "tags": []},
    ]
    path.write_text(json.dumps(freshdesk), encoding="utf-8")
    articles, dropped = read(path)
    assert articles["blank-labels"].topics == ("print",)
    assert dropped == {"draft": 1}


def test_pictures_beside_a_markdown_document_come_with_it_and_none_from_outside(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    (folder / "img").mkdir(parents=True)
    (folder / "img" / "a b.png").write_bytes(picture())
    (tmp_path / "secret.pdf").write_text("%PDF- secret")
    (folder / "one.md").write_text(
        "# One\n\n![Cover](img/a%20b.png) [no](../secret.pdf) [two](two.md) [web](https://x.example/a.png) ![gone](no.png)"
    )
    (folder / "two.html").write_text("<h1>Two</h1><p>Words.</p><img src='img/a b.png'>")
    articles, dropped = read(folder)
    assert "![Cover](/files/one/a-b.png)" in articles["one"].body
    assert "[two](two.md)" in articles["one"].body
    assert [file.name for file in articles["one"].files] == ["a-b.png"]
    assert 'src="/files/two/a-b.png"' in articles["two"].body
    assert dropped == {"file that is not there, lies outside or is too large": 2}


@pytest.mark.parametrize("name", ["../../evil.xml", "/etc/passwd", "a/../../b", "..\\up.xml"])
def test_an_archive_that_climbs_out_is_refused(tmp_path: Path, name: str) -> None:
    path = zipped(tmp_path / "slip.zip", {"entities.xml": "<x/>", name: "x"})
    with pytest.raises(SourceError, match="outside"):
        list(read_articles(path, {}))


def test_a_link_in_an_archive_is_refused(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("entities.xml")
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as made:
        made.writestr(info, "/etc/passwd")
    with pytest.raises(SourceError, match="outside"):
        list(read_articles(tmp_path / "link.zip", {}))


def test_a_bomb_is_not_unfolded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = zipped(tmp_path / "bomb.zip", {"entities.xml": b"0" * 30_000_000})
    assert path.stat().st_size < 100_000
    with archive(path) as opened, pytest.raises(SourceError, match="unfolds"):
        opened.read("entities.xml", 1_000_000)
    monkeypatch.setattr("web.connectors.archives.LARGEST_ALL", 1_000_000)
    with pytest.raises(SourceError, match="unfolds"):
        list(read_articles(path, {}))
    assert LARGEST_ALL > 1_000_000


@pytest.mark.parametrize(
    ("entries", "said"),
    [({"readme.txt": "x"}, "no Confluence"), ({"entities.xml": "not xml at all"}, "not XML")],
)
def test_what_cannot_be_read_says_why(tmp_path: Path, entries: dict[str, bytes | str], said: str) -> None:
    with pytest.raises(SourceError, match=said):
        list(read_articles(zipped(tmp_path / "x.zip", entries), {}))


def test_entities_of_an_export_are_not_resolved(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hush")
    xml = (
        f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY s SYSTEM "file://{tmp_path}/secret">]><hibernate-generic>'
        + PAGE.format(id=1, title="One", status="current", body="<p>b</p>", more="").replace(
            "<![CDATA[One]]>", "One&s;"
        )
        + "</hibernate-generic>"
    )
    articles, _ = read(zipped(tmp_path / "xxe.zip", {"entities.xml": xml}))
    assert all("hush" not in article.title + article.body for article in articles.values())


@pytest.mark.parametrize(
    ("storage", "html"),
    [
        ('<ac:structured-macro ac:name="code"><ac:plain-text-body><![CDATA[a < b]]></ac:plain-text-body></ac:structured-macro>', "<pre>a &lt; b</pre>"),
        ('<ac:structured-macro ac:name="expand"><ac:parameter ac:name="title">More</ac:parameter><ac:rich-text-body><p>x</p></ac:rich-text-body></ac:structured-macro>', "<h4>More</h4><p>x</p>"),
        ('<ac:structured-macro ac:name="toc" /><p>x</p>', "<p>x</p>"),
        ('<ac:task-list><ac:task><ac:task-id>1</ac:task-id><ac:task-status>complete</ac:task-status><ac:task-body>done</ac:task-body></ac:task></ac:task-list>', "<p>\u2611 done</p>"),
        ("<p>plain &amp; simple &nbsp;x</p>", "<p>plain &amp; simple \xa0x</p>"),
    ],
)  # fmt: skip
def test_the_storage_format_becomes_what_it_shows(storage: str, html: str) -> None:
    assert convert(storage).html == html
