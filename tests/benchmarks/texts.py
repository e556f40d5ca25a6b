"""Articles and questions for measurements, read as `deflect import` reads them. Invariant: no database is needed."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from kb.markup import detect_format
from kb.passages import cut
from kb.records import ARTICLE_FIELDS, TICKET_FIELDS
from kb.redaction import redact
from search.contract import PUBLIC, PassageDocument, Query
from web.connectors.files import read_articles, read_tickets
from web.connectors.mapping import parse_mapping
from web.connectors.row import RowError

ANYBODY = frozenset({PUBLIC})


@dataclass(frozen=True)
class Texts:
    """What was read."""

    passages: tuple[PassageDocument, ...]
    slugs: tuple[str, ...]
    """By article number, from 1."""
    questions: dict[str, Query]
    """By id."""


def arguments(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """The options that name the files."""
    parser.add_argument("--articles", type=Path, required=required)
    parser.add_argument("--questions", type=Path, required=required)
    parser.add_argument("--map-article", action="append", default=[], metavar="FIELD=COLUMN")
    parser.add_argument("--map-question", action="append", default=[], metavar="FIELD=COLUMN")


def read(given: argparse.Namespace) -> Texts:
    """The files that the options name."""
    passages: list[PassageDocument] = []
    slugs: list[str] = []
    for row in read_articles(given.articles, parse_mapping(given.map_article, ARTICLE_FIELDS)):
        if isinstance(row, RowError):
            continue
        record = row[1]
        slugs.append(record.slug)
        form = record.body_format or detect_format(record.body)
        passages += [
            PassageDocument(
                len(passages) + place, len(slugs), redact(record.title), redact(draft.heading), redact(draft.text),
                record.products, record.topics,
            )
            for place, draft in enumerate(cut(record.title, record.summary, record.body, form), start=1)
        ]  # fmt: skip
    rows = read_tickets(given.questions, parse_mapping(given.map_question, TICKET_FIELDS))
    records = [row[1] for row in rows if not isinstance(row, RowError)]
    questions = {r.id: Query(redact(r.subject), redact(r.body), r.product, r.topic, ANYBODY) for r in records}
    return Texts(tuple(passages), tuple(slugs), questions)
