"""Rows out of foreign files, one at a time.

Invariant: a file is never held whole in memory, a row that cannot be read becomes a `RowError` with its line, and a
file that cannot be read at all becomes one `SourceError` that says how to mend it.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final

from kb.errors import DeflectError

LONGEST_ROW: Final = 20_000_000
csv.field_size_limit(LONGEST_ROW)
Told = Callable[[int, int], None]
"""Called with bytes read and bytes in all."""


class SourceError(DeflectError):
    """A file cannot be read; the message is one line and says what to do."""

    code = "source"


@dataclass(frozen=True, slots=True)
class Row:
    """One row as the file gives it."""

    line: int
    values: dict[str, Any] = field(repr=False)
    source: str = ""


@dataclass(frozen=True, slots=True)
class RowError:
    """One row that cannot be taken; `reason` never quotes more than a few characters of it."""

    line: int
    reason: str
    source: str = ""


def read_rows(path: Path, told: Told | None = None) -> Iterator[Row | RowError]:
    """Rows of a JSONL or CSV file, gzipped or not; the kind is told by the name, else by the first character.

    Raises:
        SourceError: the file is missing, empty, not readable, not UTF-8 or no such format.
    """
    size = _size(path)
    with _opened(path) as (raw, stream):
        lines = _lines(stream, path, raw, (lambda done: told(done, size)) if told else None)
        try:
            first = next(lines, None)
            if first is None:
                raise SourceError(f"{path}: the file is empty. Check that the export finished.")
            rest = _again(first, lines)
            yield from (_json_rows(rest) if _is_json(path, first) else _csv_rows(rest, path))
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise SourceError(f"{path}: not a whole gzip file. Copy it again, or gunzip it first.") from error


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError as error:
        raise SourceError(f"{path}: there is no such file. Check the path.") from error
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror}). Check its permissions.") from error


class _opened:  # noqa: N801 - used like a function, as contextlib's own are
    """The raw file, for its position, and the stream of its bytes."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> tuple[BinaryIO, io.BufferedIOBase]:
        try:
            self.raw = self.path.open("rb")
            magic = self.raw.read(2)
        except OSError as error:
            raise SourceError(f"{self.path}: cannot be read ({error.strerror}). Check its permissions.") from error
        self.raw.seek(0)
        if magic == b"\x1f\x8b":
            return self.raw, gzip.GzipFile(fileobj=self.raw)
        if self.path.suffix == ".gz":
            self.raw.close()
            raise SourceError(f"{self.path}: is named .gz but is not gzipped. Rename it or compress it.")
        return self.raw, self.raw  # type: ignore[return-value] # BufferedReader is both

    def __exit__(self, *_: object) -> None:
        self.raw.close()


def _lines(stream: io.BufferedIOBase, path: Path, raw: BinaryIO, told: Callable[[int], None] | None) -> Iterator[str]:
    """Lines with their ending. A line longer than a row may be comes out empty but for a mark."""
    number = 0
    while chunk := stream.readline(LONGEST_ROW):
        number += 1
        if len(chunk) == LONGEST_ROW and not chunk.endswith(b"\n"):
            while (more := stream.readline(LONGEST_ROW)) and not more.endswith(b"\n"):
                pass
            yield TOO_LONG
            continue
        if told and number % 200 == 0:
            told(raw.tell())
        try:
            yield chunk.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise SourceError(
                f"{path}: line {number} is not UTF-8 (byte {chunk[error.start]:#04x}). "
                "Convert it first, for example: iconv -f WINDOWS-1252 -t UTF-8"
            ) from error


TOO_LONG: Final = "\x00too long\n"


def _again(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _is_json(path: Path, first: str) -> bool:
    name = path.name.removesuffix(".gz").lower()
    if name.endswith((".jsonl", ".ndjson", ".json")):
        return True
    return not name.endswith((".csv", ".tsv", ".txt")) and first.lstrip().startswith("{")


def _json_rows(lines: Iterator[str]) -> Iterator[Row | RowError]:
    for number, text in enumerate(lines, 1):
        if text == TOO_LONG:
            yield RowError(number, f"is longer than {LONGEST_ROW // 1_000_000} MB")
        elif text.strip():
            yield _json_row(number, text)


def _json_row(number: int, text: str) -> Row | RowError:
    try:
        values = json.loads(text, parse_constant=_no_constant, parse_float=_finite)
    except json.JSONDecodeError as error:
        return RowError(number, f"is not JSON: {error.msg} at column {error.colno}. One object a line is expected")
    except (ValueError, RecursionError) as error:
        return RowError(number, f"is not usable JSON: {error}")
    if not isinstance(values, dict):
        return RowError(number, "is not a JSON object. One object a line is expected")
    return Row(number, values)


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number")


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"{text[:20]} is too large a number")
    return value


def _csv_rows(lines: Iterator[str], path: Path) -> Iterator[Row | RowError]:
    header_line = next(lines)
    delimiter = max(",;\t", key=header_line.count)
    reader = csv.reader(_again(header_line, lines), delimiter=delimiter, strict=True)
    header: list[str] = []
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield RowError(reader.line_num, f"is not CSV: {error}")
            continue
        if cells is None:
            return
        if not header:
            header = _header(cells, path)
        elif len(cells) == len(header):
            yield Row(reader.line_num, dict(zip(header, cells, strict=True)))
        elif cells and any(cells):
            yield RowError(reader.line_num, f"has {len(cells)} cells, the header has {len(header)}")


def _header(cells: list[str], path: Path) -> list[str]:
    names = [cell.strip() for cell in cells]
    double = {name for name in names if names.count(name) > 1}
    if double:
        raise SourceError(f"{path}: the header names {', '.join(sorted(double))} twice. Rename one of them.")
    return names
