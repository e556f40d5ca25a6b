"""A Confluence space, exported as XML or as HTML.

Invariant: only current pages come out, each with its pictures; whatever has no counterpart is counted by name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from bs4 import BeautifulSoup, Tag
from lxml import etree

from kb.records import slugify
from web.connectors.archives import Archive
from web.connectors.page_files import in_html, kept
from web.connectors.row import Row, RowError
from web.connectors.source import SourceError
from web.connectors.storage_format import convert

ENTITIES: Final = "entities.xml"
LARGEST_PICTURE: Final = 5_000_000
PAGE_NUMBER = re.compile(r"_(\d+)$")


@dataclass(slots=True)
class Space:
    """What an XML export holds, by id."""

    pages: dict[str, dict[str, str]] = field(default_factory=dict)
    bodies: dict[str, str] = field(default_factory=dict)
    """Page id → storage format."""
    labels: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, dict[str, str]] = field(default_factory=dict)
    """File id → name, page, version."""


def is_space(names: tuple[str, ...]) -> bool:
    """Whether these are the entries of a space export."""
    return ENTITIES in names or any(name.endswith("index.html") and "/" in name for name in names)


def read_space(archive: Archive, dropped: Counter[str]) -> Iterator[Row | RowError]:
    """A row a page; `dropped` counts what was left out."""
    if ENTITIES in archive.names:
        yield from _from_xml(archive, dropped)
    else:
        yield from _from_html(archive, dropped)


def _from_xml(archive: Archive, dropped: Counter[str]) -> Iterator[Row | RowError]:
    space = _entities(archive)
    titles = {page["title"]: slugify(page["title"]) for page in space.pages.values()}
    for number, page in space.pages.items():
        if page["status"] != "current":
            dropped["page that is a draft, deleted or an older version"] += 1
            continue
        converted = convert(space.bodies.get(number, ""))
        dropped.update(converted.dropped)
        slug = titles[page["title"]]
        files = kept(_files(archive, space, number, dropped), dropped)
        yield Row(1, {
            "slug": slug, "title": page["title"],
            "body": in_html(led_to_pages(converted.html, titles, dropped), slug, files, dropped),
            "body_format": "html", "topic": space.labels.get(number, []), "updated_at": page["updated"], "files": files,
        }, page["title"])  # fmt: skip


def _entities(archive: Archive) -> Space:
    """Read element by element: an export may be larger than memory is."""
    space = Space()
    parser = etree.iterparse(
        BytesIO(archive.read(ENTITIES)), tag="object", resolve_entities=False, no_network=True, huge_tree=False,
        recover=True,
    )  # fmt: skip
    try:
        for _, element in parser:
            _object(element, space)
            element.clear()
    except etree.XMLSyntaxError as error:
        raise SourceError(
            f"{archive.path}: {ENTITIES} is not XML (line {error.lineno}). Export the space again."
        ) from error
    if not space.pages:
        raise SourceError(f"{archive.path}: {ENTITIES} is not XML or holds no page. Export the space again.")
    return space


def _object(element: Any, space: Space) -> None:  # noqa: ANN401 - lxml's own element
    kind, number = element.get("class"), _text(element, "id[@name='id']")
    if kind == "Page":
        space.pages[number] = {
            "title": _text(element, "property[@name='title']"),
            "status": "old" if _text(element, "property[@name='originalVersion']/id")
            else _text(element, "property[@name='contentStatus']") or "current",
            "updated": _text(element, "property[@name='lastModificationDate']"),
        }  # fmt: skip
    elif kind == "BodyContent":
        page = _text(element, "property[@name='content']/id")
        space.bodies[page] = _text(element, "property[@name='body']")
    elif kind == "Attachment" and not _text(element, "property[@name='originalVersion']/id"):
        space.files[number] = {
            "name": _text(element, "property[@name='title']") or _text(element, "property[@name='fileName']"),
            "page": _text(element, "property[@name='containerContent']/id") or _text(element, "property[@name='content']/id"),
            "version": _text(element, "property[@name='version']") or "1",
        }  # fmt: skip
    elif kind == "Labelling":
        name = _text(element, "property[@name='label']/id") or _text(element, "property[@name='name']")
        space.labels.setdefault(_text(element, "property[@name='content']/id"), []).append(name)


def _text(element: Any, path: str) -> str:  # noqa: ANN401
    found = element.find(path)
    return "".join(found.itertext()).strip() if found is not None else ""


def _files(archive: Archive, space: Space, page: str, dropped: Counter[str]) -> dict[str, bytes]:
    """Pictures and files of a page; an export keeps them as attachments/PAGE/FILE/VERSION."""
    found: dict[str, bytes] = {}
    for number, file in space.files.items():
        name = f"attachments/{page}/{number}/{file['version']}"
        if file["page"] != page:
            continue
        if name not in archive.names:
            dropped["file that is not in the export"] += 1
            continue
        try:
            found[file["name"]] = archive.read(name, LARGEST_PICTURE)
        except SourceError:
            dropped[f"file larger than {LARGEST_PICTURE // 1_000_000} MB"] += 1
    return found


def led_to_pages(html: str, titles: dict[str, str], dropped: Counter[str]) -> str:
    """Links to pages lead to their slugs; one to a page that is not there keeps its words."""
    tree = BeautifulSoup(html, "lxml")
    for link in tree.find_all("a", href=re.compile("^page:")):
        title, _, anchor = str(link["href"])[5:].partition("#")
        if title in titles:
            link["href"] = titles[title] + (f"#{anchor}" if anchor else "")
        else:
            dropped["link to a page that is not in the export"] += 1
            link.unwrap()
    return tree.body.decode_contents() if tree.body else ""


def _from_html(archive: Archive, dropped: Counter[str]) -> Iterator[Row | RowError]:
    pages = {
        name: PAGE_NUMBER.sub("", Path(name).stem)
        for name in archive.names
        if name.endswith(".html") and Path(name).name != "index.html"
    }
    for name in pages:
        tree = BeautifulSoup(archive.read(name), "lxml")
        body = tree.find(id="main-content")
        heading = tree.find(id="title-text") or tree.find("title")
        if body is None or heading is None:
            dropped["file that is no page"] += 1
            continue
        title = " ".join(heading.get_text(" ").split())
        title = title.split(" : ", 1)[-1]
        slugs = {Path(other).name: slugify(stem.replace("-", " ")) for other, stem in pages.items()}
        slug = slugify(PAGE_NUMBER.sub("", Path(name).stem).replace("-", " "))
        files = kept(_led_files(archive, name, body, slugs, dropped), dropped)
        yield Row(1, {
            "slug": slug, "title": title, "body": in_html(body.decode_contents(), slug, files, dropped),
            "body_format": "html", "files": files,
        }, name)  # fmt: skip


def _led_files(
    archive: Archive, page: str, body: Tag, slugs: dict[str, str], dropped: Counter[str]
) -> dict[str, bytes]:
    """Pictures beside the page become its files, links to other pages lead to their slugs."""
    folder = Path(page).parent
    found: dict[str, bytes] = {}
    for image in body.find_all("img"):
        path = (folder / str(image.get("src", "")).partition("?")[0]).as_posix()
        if path in archive.names:
            found[Path(path).name] = archive.read(path, LARGEST_PICTURE)
            image["src"] = f"file:{Path(path).name}"
        else:
            dropped["picture from elsewhere"] += 1
            image.decompose()
    for link in body.find_all("a", href=True):
        target, _, anchor = str(link["href"]).partition("#")
        if target in slugs:
            link["href"] = slugs[target] + (f"#{anchor}" if anchor else "")
    return found
