"""Rows out of foreign files, one at a time.

Invariant: a file is never held whole in memory, a row that cannot be read becomes a `RowError` with its line, and a
file that cannot be read at all becomes one `SourceError` that says how to mend it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from web.connectors import csv_rows, json_rows
from web.connectors.row import Row, RowError
from web.connectors.source import SourceError, Told, opened

__all__ = ["Row", "RowError", "SourceError", "Told", "read_rows"]

LINE_NAMES: Final = (".jsonl", ".ndjson")
JSON_NAMES: Final = (*LINE_NAMES, ".json")
CSV_NAMES: Final = (".csv", ".tsv")


def read_rows(path: Path, told: Told | None = None) -> Iterator[Row | RowError]:
    """Rows of a JSONL, JSON or CSV file, gzipped or not; the kind is told by the name, else by the first character.

    Raises:
        SourceError: the file is missing, empty, not readable, not UTF-8 or no such format.
    """
    with opened(path, told) as source:
        beginning = source.beginning()
        named_json = source.name.endswith(JSON_NAMES)
        if source.name.endswith(CSV_NAMES) or not (named_json or beginning.startswith(("{", "["))):
            yield from csv_rows.rows(source.lines(), path)
        elif json_rows.is_lines(beginning) or (source.name.endswith(LINE_NAMES) and not beginning.startswith("[")):
            yield from json_rows.lines(source.lines())
        else:
            yield from json_rows.values(source.blocks())
