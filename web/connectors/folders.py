"""A folder of Markdown, HTML and text files as rows. Invariant: nothing outside the folder is ever read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import frontmatter
import yaml  # type: ignore[import-untyped] # ships neither types nor stubs
from bs4 import BeautifulSoup
from frontmatter.default_handlers import YAMLHandler

from kb.fields import LONGEST_BODY
from kb.markup import table_of_contents
from kb.records import slugify
from web.connectors.beside import with_files
from web.connectors.row import Row, RowError
from web.connectors.source import SourceError, Told

SUFFIXES: Final = {".md": "markdown", ".markdown": "markdown", ".html": "html", ".htm": "html", ".txt": "text"}
HEADING = re.compile(r"\s*#\s+(\S[^\n]{0,300})(?:\n|$)")
TITLE_READ: Final = 50_000
"""Characters in which a document's title is looked for."""
PLURALS: Final = {"products": "product", "topics": "topic", "updated": "updated_at", "date": "updated_at"}
"""What people write in front matter, and what the fields are called."""


def read_folder(
    folder: Path, told: Told | None = None, dropped: Counter[str] | None = None
) -> Iterator[Row | RowError]:
    """A row a document, in the order of their paths; hidden files are left out, links that lead outside refused.

    Pictures and files beside a document come with it; those that are not there are counted in `dropped`.

    Raises:
        SourceError: the folder holds no document.
    """
    root = folder.resolve()
    found = sorted(
        p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file() and not _hidden(p, folder)
    )
    if not found:
        raise SourceError(f"{folder}: holds no Markdown, HTML or text file. Check the path.")
    slugs = _slugs(found, folder)
    for number, path in enumerate(found, 1):
        name = path.relative_to(folder).as_posix()
        if not path.resolve().is_relative_to(root):
            yield RowError(1, "is a link that leads outside the folder", name)
        elif path.stat().st_size > LONGEST_BODY:
            yield RowError(1, f"is larger than {LONGEST_BODY // 1_000_000} MB", name)
        else:
            yield with_files(_document(path, name, slugs[path]), path, root, Counter() if dropped is None else dropped)
        if told:
            told(number, len(found))


def _hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def _slugs(found: list[Path], folder: Path) -> dict[Path, str]:
    """The file's name; where several files share it, the folders above are part of it."""
    names = {path: slugify(path.stem) for path in found}
    shared = {name for name, count in Counter(names.values()).items() if count > 1}
    whole = {path: slugify(path.relative_to(folder).with_suffix("").as_posix()) for path in found}
    return {path: whole[path] if name in shared else name for path, name in names.items()}


def _document(path: Path, name: str, slug: str) -> Row | RowError:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        return RowError(1, f"is not UTF-8 (byte {error.object[error.start]:#04x} at offset {error.start:,})", name)
    except OSError as error:
        return RowError(1, f"cannot be read ({error.strerror})", name)
    body_format = SUFFIXES[path.suffix.lower()]
    try:
        values = _html(text) if body_format == "html" else _fronted(text, body_format)
    except (yaml.YAMLError, RecursionError, ValueError):
        return RowError(1, "its front matter is not YAML", name)
    return Row(1, {"slug": slug, "body_format": body_format} | values, name)


class _Plain(YAMLHandler):
    """Leaves every value the text it is: a title "2024" or "No" stays one."""

    def load(self, fm: str, **_: object) -> Any:  # noqa: ANN401 - whatever YAML holds
        return super().load(fm, Loader=yaml.BaseLoader)


def _fronted(text: str, body_format: str) -> dict[str, Any]:
    metadata, body = frontmatter.parse(text, handler=_Plain())
    values: dict[str, Any] = {str(key): value for key, value in metadata.items()}
    for written, field in PLURALS.items():
        if written in values:
            values.setdefault(field, values.pop(written))
    if body_format == "markdown" and not values.get("title"):
        values.pop("title", None)
        heading = HEADING.match(body)
        if heading:
            values["title"] = heading[1].strip().rstrip("#").strip()
            body = body[heading.end() :]
        else:
            titles = [words for _, words, _ in table_of_contents(body[:TITLE_READ], body_format)]
            values |= {"title": titles[0]} if titles else {}
    return values | {"body": body}


def _html(text: str) -> dict[str, Any]:
    tree = BeautifulSoup(text, "lxml")
    named = tree.find("h1") or tree.find("title")
    title = " ".join(named.get_text(" ").split()) if named else ""
    if tree.h1 is not None:
        tree.h1.decompose()
    body = tree.find("main") or tree.find("article") or tree.body
    return {"body": body.decode_contents() if body else text} | ({"title": title} if title else {})
