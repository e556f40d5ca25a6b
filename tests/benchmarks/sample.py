"""The demo desk as files, for whoever brings none. Invariant: what is asked came after what was solved."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from web.demo import desk
from web.demo.records import DemoTicket

NOW: Final = datetime(2026, 11, 24, tzinfo=UTC)
ASKED: Final = 0.2
"""Share of the solved tickets, the latest, that is asked."""


def demo_files(folder: Path, count: int = 1600) -> Namespace:
    """Articles, later questions, their judgments and earlier solved tickets, under the names of the options."""
    articles = [
        {"slug": a.slug, "title": a.title, "summary": a.summary, "body": a.body, "products": a.products}
        for a in desk.articles(NOW)
        if a.audience == "public"
    ]
    known = {article["slug"] for article in articles}
    linked = [t for t in desk.tickets(NOW, count=count) if t.status == "resolved" and known & set(t.linked)]
    first = round(len(linked) * (1 - ASKED))
    judged = "".join(f"{t.reference}\t{slug}\n" for t in linked[first:] for slug in t.linked if slug in known)
    judgments = folder / "judgments.tsv"
    judgments.write_text(f"query_id\tslug\n{judged}", encoding="utf-8")
    return Namespace(
        articles=_written(folder / "articles.jsonl", articles),
        questions=_written(folder / "questions.jsonl", (_row(ticket) for ticket in linked[first:])),
        solved=_written(folder / "solved.jsonl", (_row(t) | {"articles": t.linked} for t in linked[:first])),
        judgments=judgments, where="", map_article=["product=products"], map_question=[],
    )  # fmt: skip


def _row(ticket: DemoTicket) -> dict[str, Any]:
    return {
        "id": ticket.reference, "subject": ticket.subject, "body": ticket.body,
        "created_at": ticket.created_at.isoformat(),
    }  # fmt: skip


def _written(path: Path, rows: Iterable[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path
