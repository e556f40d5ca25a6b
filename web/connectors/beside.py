"""Pictures and files that lie beside a document. Invariant: nothing outside the folder that was named is ever read."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from bs4 import BeautifulSoup

from web.connectors.page_files import in_html, in_markdown, kept
from web.connectors.row import Row, RowError

LARGEST: Final = 5_000_000
DOCUMENTS: Final = (".md", ".markdown", ".html", ".htm", ".txt")
TARGET = re.compile(r"(!?\[[^\]\n]{0,500}\]\(\s*)<?((?!https?:|mailto:|tel:|#|/|file:|data:)[^)>\s]{1,500})>?")


def with_files(row: Row | RowError, path: Path, root: Path, dropped: Counter[str]) -> Row | RowError:
    """The document's row with what its text names beside it."""
    if isinstance(row, RowError) or row.values.get("body_format") == "text":
        return row
    body, slug = str(row.values.get("body") or ""), str(row.values["slug"])
    html = row.values.get("body_format") == "html"
    named = _named_in_html(body) if html else [unquote(match[2]) for match in TARGET.finditer(body)]
    found: dict[str, bytes] = {}
    for name in dict.fromkeys(named):
        content = _read(path, root, name, dropped)
        if content is not None:
            found[name] = content
    if not found:
        return row
    files = kept(found, dropped)
    placed = (
        in_html(_led(body, found), slug, files, dropped)
        if html
        else in_markdown(_marked(body, found), slug, files, dropped)
    )
    return Row(row.line, row.values | {"body": placed, "files": files}, row.source)


def _read(path: Path, root: Path, name: str, dropped: Counter[str]) -> bytes | None:
    """A file beside the document; None for a link to another document, or to what is not there."""
    target = (path.parent / name.partition("#")[0].partition("?")[0]).resolve()
    if target.suffix.lower() in DOCUMENTS or not target.suffix:
        return None
    if not target.is_relative_to(root) or not target.is_file() or target.stat().st_size > LARGEST:
        dropped["file that is not there, lies outside or is too large"] += 1
        return None
    return target.read_bytes()


def _named_in_html(body: str) -> list[str]:
    tree = BeautifulSoup(body, "lxml")
    named = [str(e["src"]) for e in tree.find_all("img", src=True)] + [
        str(e["href"]) for e in tree.find_all("a", href=True)
    ]
    return [unquote(name) for name in named if not re.match(r"[a-z][a-z+.-]*:|[#/]", name, re.IGNORECASE)]


def _led(body: str, found: dict[str, bytes]) -> str:
    tree = BeautifulSoup(body, "lxml")
    for element in (*tree.find_all(src=True), *tree.find_all(href=True)):
        attribute = "src" if element.has_attr("src") else "href"
        name = unquote(str(element[attribute]))
        if name in found:
            element[attribute] = f"file:{Path(name).name}"
    return tree.body.decode_contents() if tree.body else ""


def _marked(body: str, found: dict[str, bytes]) -> str:
    return TARGET.sub(
        lambda match: f"{match[1]}file:{Path(unquote(match[2])).name}" if unquote(match[2]) in found else match[0], body
    )
