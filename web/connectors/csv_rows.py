"""Rows out of CSV. Invariant: a row has exactly the header's cells, or it is an error with the line it begins on."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from web.connectors.row import LONGEST_ROW, Row, RowError, too_long
from web.connectors.source import TOO_LONG, SourceError

csv.field_size_limit(LONGEST_ROW)
QUOTED = re.compile(r'"[^"]*"')


def rows(lines: Iterator[str], path: Path) -> Iterator[Row | RowError]:
    """The first line names the columns; commas, semicolons or tabs part the cells.

    Raises:
        SourceError: the header names a column twice, or is longer than a row may be.
    """
    first = next((line for line in lines if line.strip()), "")
    reader = csv.reader(_again(first, lines), delimiter=_delimiter(first), strict=True)
    header = _header(reader, path)
    while True:
        begins = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield RowError(begins, f"is not CSV: {error}")
            continue
        if cells is None:
            return
        if cells == [TOO_LONG.rstrip("\n")]:
            yield too_long(begins)
        elif len(cells) == len(header):
            yield Row(begins, dict(zip(header, cells, strict=True)))
        elif any(cells):
            yield RowError(begins, f"has {len(cells)} cells, the header has {len(header)}")


def _again(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _delimiter(header: str) -> str:
    return max(",;\t", key=QUOTED.sub("", header).count)


def _header(reader: Iterator[list[str]], path: Path) -> list[str]:
    try:
        names = [cell.strip() for cell in next(reader)]
    except (csv.Error, StopIteration) as error:
        raise SourceError(f"{path}: the first line is no CSV header. Name the columns there.") from error
    if names == [TOO_LONG.strip()] or not any(names):
        raise SourceError(f"{path}: the first line is no CSV header. Name the columns there.")
    double = {name for name in names if names.count(name) > 1}
    if double:
        raise SourceError(f"{path}: the header names {', '.join(sorted(double))[:200]} twice. Rename one of them.")
    return names
