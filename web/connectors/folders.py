"""A folder of Markdown, HTML and text files as rows. Invariant: nothing outside the folder is ever read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import frontmatter
import yaml
from bs4 import BeautifulSoup

from kb.records import LONGEST_BODY
from web.connectors.rows import Row, RowError, SourceError, Told

SUFFIXES: Final = {".md": "markdown", ".markdown": "markdown", ".html": "html", ".htm": "html", ".txt": "text"}
HEADING = re.compile(r"^\s*#\s+(.{1,300})$", re.MULTILINE)


def read_folder(folder: Path, told: Told | None = None) -> Iterator[Row | RowError]:
    """A row a document, in the order of their paths; hidden files and links that lead outside are left out.

    Raises:
        SourceError: the folder holds no document.
    """
    root = folder.resolve()
    found = sorted(
        p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file() and not _hidden(p, folder)
    )
    if not found:
        raise SourceError(f"{folder}: holds no Markdown, HTML or text file. Check the path.")
    for number, path in enumerate(found, 1):
        if told:
            told(number, len(found))
        name = str(path.relative_to(folder))
        if not path.resolve().is_relative_to(root):
            yield RowError(1, "is a link that leads outside the folder", name)
        elif path.stat().st_size > LONGEST_BODY:
            yield RowError(1, f"is larger than {LONGEST_BODY // 1_000_000} MB", name)
        else:
            yield _document(path, name)


def _hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def _document(path: Path, name: str) -> Row | RowError:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        return RowError(1, f"is not UTF-8 (byte {error.start})", name)
    except OSError as error:
        return RowError(1, f"cannot be read ({error.strerror})", name)
    body_format = SUFFIXES[path.suffix.lower()]
    try:
        values = _html(text) if body_format == "html" else _fronted(text)
    except yaml.YAMLError:
        return RowError(1, "its front matter is not YAML", name)
    return Row(1, {"slug": path.stem, "body_format": body_format} | values, name)


def _fronted(text: str) -> dict[str, Any]:
    document = frontmatter.loads(text)
    values = {str(key): value for key, value in document.metadata.items()}
    # The plural is what people write in front matter.
    for plural, singular in (("products", "product"), ("topics", "topic"), ("updated", "updated_at")):
        if plural in values:
            values.setdefault(singular, values.pop(plural))
    body = document.content
    heading = HEADING.search(body)
    if "title" not in values and heading:
        values["title"] = heading[1].strip()
        body = body.replace(heading[0], "", 1)
    return values | {"body": body}


def _html(text: str) -> dict[str, Any]:
    tree = BeautifulSoup(text, "lxml")
    named = tree.find("h1") or tree.find("title")
    body = tree.find("main") or tree.find("article") or tree.body
    title = " ".join(named.get_text(" ").split()) if named else None
    if tree.h1 is not None:
        tree.h1.decompose()
    return {"body": body.decode_contents() if body else text} | ({"title": title} if title else {})
