"""The help articles, read from Markdown files. Invariant: the file name is the slug."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any, cast

import frontmatter

from web.demo.records import Audience, DemoArticle

FOLDER = Path(__file__).parent / "articles"
WRITTEN = date(2026, 9, 1)
"""The day on which the dates in the files are right; a later or earlier `now` shifts them all alike."""


@cache
def articles(now: datetime | None = None) -> tuple[DemoArticle, ...]:
    """Every article, by slug. With `now` (aware), `updated` is moved so that no article comes from the future."""
    shift = timedelta(days=(now.date() - WRITTEN).days) if now else timedelta()
    return tuple(_article(path, shift) for path in sorted(FOLDER.glob("*.md")))


def _article(path: Path, shift: timedelta) -> DemoArticle:
    post = frontmatter.loads(path.read_text(encoding="utf-8"))
    head: dict[str, Any] = post.metadata
    updated = datetime.combine(head["updated"], time(9), UTC) + shift
    return DemoArticle(
        slug=path.stem,
        title=str(head["title"]),
        summary=str(head["summary"]),
        body=str(post.content),
        products=tuple(head["products"]),
        topics=tuple(head["topics"]),
        audience=cast("Audience", head["audience"]),
        team=head.get("team"),
        updated=updated,
    )
