"""Articles as a folder of Markdown with front matter, which `deflect import articles` reads back.

Invariant: a document is written whole or not at all, nothing outside the folder is touched, and the body is written as
it is kept, in whatever format.
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import yaml  # type: ignore[import-untyped] # ships neither types nor stubs

from kb.records import ArticleRecord

FILES: Final = "files"
SUFFIX: Final = ".md"


def write_article(folder: Path, record: ArticleRecord) -> Path:
    """One document; its files go below ``files``. Where it was written."""
    body = record.body
    for file in record.files:
        path = folder / FILES / record.slug / file.name
        _write(path, file.content)
        up = "../" * record.slug.count("/")
        body = body.replace(f"/files/{record.slug}/{file.name}", f"{up}{FILES}/{record.slug}/{file.name}")
    head = yaml.safe_dump(_head(record), allow_unicode=True, sort_keys=False, width=1000)
    path = folder / f"{record.slug}{SUFFIX}"
    _write(path, f"---\n{head}---\n\n{body}".encode())
    return path


def _head(record: ArticleRecord) -> dict[str, Any]:
    """Front matter; what is empty is left out, and a value that YAML would read as something else is quoted by it."""
    values: dict[str, Any] = {
        "slug": record.slug, "title": record.title, "summary": record.summary, "product": list(record.products),
        "topic": list(record.topics), "audience": record.audience, "team": record.team,
        "updated_at": record.updated_at, "url": record.url, "locale": record.locale, "body_format": record.body_format,
        "confidence": record.confidence, "governance": record.governance, "review_by": record.review_by,
        "owner": record.owner, "written_at": record.written_at, "first_published_at": record.first_published_at,
    }  # fmt: skip
    return {name: _plain(value) for name, value in values.items() if value}


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a record holds
    return value.isoformat() if isinstance(value, datetime) else value


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        aside.write_bytes(content)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
