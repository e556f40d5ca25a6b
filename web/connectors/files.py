"""Articles and tickets out of files. Invariant: every row comes out, as a record or as the reason why not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from kb.fields import RecordError
from kb.records import (
    ARTICLE_FIELDS,
    FORMATS,
    KEPT_FIELDS,
    TICKET_FIELDS,
    ArticleRecord,
    TicketRecord,
    article_record,
    ticket_record,
)
from web.connectors.folders import read_folder
from web.connectors.foreign import is_foreign, read_foreign
from web.connectors.mapping import check_columns, mapped
from web.connectors.row import Row, RowError
from web.connectors.rows import JSON_NAMES, read_rows
from web.connectors.source import SourceError, Told

COLUMNS_READ: Final = 100
"""Rows in which a column is looked for, where a row may leave one out."""


def read_articles(
    path: Path,
    mapping: Mapping[str, str],
    body_format: str | None = None,
    told: Told | None = None,
    dropped: Counter[str] | None = None,
) -> Iterator[tuple[int, ArticleRecord] | RowError]:
    """(line, article) or the reason why a row is none.

    JSONL, CSV, a folder, a Confluence space export, or a help centre of Zendesk or Freshdesk; gz allowed. What has no
    counterpart here is counted in `dropped` by name.

    Raises:
        SourceError: the file or folder cannot be read at all, or lacks a mapped column.
    """
    if body_format is not None and body_format not in FORMATS:
        raise SourceError(f"--body-format {body_format}: choose one of {', '.join(FORMATS)}")
    dropped = Counter() if dropped is None else dropped
    if path.is_dir():
        rows = read_folder(path, told, dropped)
    else:
        rows = read_foreign(path, dropped, told) if is_foreign(path) else read_rows(path, told)
    for row in _checked(rows, mapping, (), path):
        if isinstance(row, RowError):
            yield row
            continue
        if body_format:
            row.values["body_format"] = body_format
        yield from records(iter([row]), mapping)


def records(
    rows: Iterator[Row | RowError], mapping: Mapping[str, str] | None = None
) -> Iterator[tuple[int, ArticleRecord] | RowError]:
    """Rows of any origin as articles."""
    for row in rows:
        if isinstance(row, RowError):
            yield row
            continue
        try:
            yield row.line, article_record(mapped(row.values, mapping or {}, (*ARTICLE_FIELDS, *KEPT_FIELDS)))
        except RecordError as error:
            yield RowError(row.line, str(error), row.source)


def read_tickets(
    path: Path,
    mapping: Mapping[str, str],
    attributes: Sequence[str] = (),
    told: Told | None = None,
    fields: Sequence[str] = TICKET_FIELDS,
) -> Iterator[tuple[int, TicketRecord] | RowError]:
    """(line, ticket) or the reason why a row is none. JSONL or CSV; gz allowed. Nothing but `fields` is read.

    Raises:
        SourceError: the file cannot be read at all, or lacks a mapped column.
    """
    if path.is_dir():
        raise SourceError(f"{path}: is a folder; tickets are read from a JSONL or CSV file.")
    for row in _checked(read_rows(path, told), mapping, attributes, path):
        if isinstance(row, RowError):
            yield row
            continue
        try:
            values = mapped(row.values, mapping, fields)
            yield row.line, ticket_record(values, {name: row.values.get(name) for name in attributes})
        except RecordError as error:
            yield RowError(row.line, str(error), row.source)


def _checked(
    rows: Iterator[Row | RowError], mapping: Mapping[str, str], attributes: Sequence[str], path: Path
) -> Iterator[Row | RowError]:
    """The columns are checked once: on the first rows together where a row may leave some out."""
    sparse = path.is_dir() or path.name.lower().removesuffix(".gz").endswith(JSON_NAMES)
    held: list[Row | RowError] = []
    for row in rows:
        held.append(row)
        if len(held) >= (COLUMNS_READ if sparse else 1):
            break
    columns = {name: None for row in held if isinstance(row, Row) for name in row.values}
    if columns:
        check_columns(columns, mapping, attributes)
    yield from held
    yield from rows
