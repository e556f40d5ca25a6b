"""A file as text, gzipped or not.

Invariant: it is never held whole in memory, and whatever keeps it from being read becomes one `SourceError`, a line
that says what is wrong and how to mend it.
"""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from kb.errors import DeflectError
from web.connectors.row import LONGEST_ROW

Told = Callable[[int, int], None]
"""Called with bytes read and bytes in all; of a gzipped file the compressed ones."""
BLOCK: Final = 1 << 16
LINES_A_REPORT: Final = 200
TOO_LONG: Final = "\x00too long\n"
"""Stands for a line longer than a row may be."""
GZIP: Final = b"\x1f\x8b"
UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
OTHER_KINDS: Final = {
    b"PK\x03\x04": "is a ZIP or Excel file. Save it as CSV (UTF-8) or unpack it first.",
    b"SQLite format 3": "is a SQLite database. Export the table as CSV first.",
    b"%PDF": "is a PDF. Export the text as Markdown, HTML, CSV or JSONL first.",
}


class SourceError(DeflectError):
    """A file cannot be read; the message is one line and says what to do."""

    code = "source"


class Source:
    """An open file. Read it once, by `lines` or by `blocks`."""

    def __init__(self, path: Path, raw: BinaryIO, size: int, told: Told | None) -> None:
        self.path = path
        self._raw = raw
        self._size = size
        self._told = told
        self._stream: BinaryIO = raw
        if raw.read(2) == GZIP:
            self._stream = gzip.GzipFile(fileobj=raw)  # type: ignore[assignment] # reads bytes as any binary file does
        elif path.suffix == ".gz":
            raise SourceError(f"{path}: is named .gz but is not gzipped. Rename it or compress it.")
        raw.seek(0)

    @property
    def name(self) -> str:
        """The file's name in small letters, without ``.gz``."""
        return self.path.name.lower().removesuffix(".gz")

    def beginning(self) -> str:
        """The first characters, without blanks and mark, to tell what the file holds.

        Raises:
            SourceError: the file is empty, or no text.
        """
        start = self._stream.read(BLOCK)
        self._stream.seek(0)
        kind = next((words for mark, words in OTHER_KINDS.items() if start.startswith(mark)), None)
        if kind:
            raise SourceError(f"{self.path}: {kind}")
        if start.startswith(UTF16) or b"\x00" in start[:4]:
            raise SourceError(f"{self.path}: is UTF-16, not UTF-8. {_convert('UTF-16')}")
        text = start.decode("utf-8-sig", "replace").lstrip()
        if not text and len(start) < BLOCK:
            raise SourceError(f"{self.path}: the file is empty. Check that the export finished.")
        return text

    def lines(self) -> Iterator[str]:
        """Lines with their ending; `TOO_LONG` for one that is longer than a row may be."""
        number = offset = 0
        while chunk := self._stream.readline(LONGEST_ROW):
            number += 1
            if number % LINES_A_REPORT == 0:
                self._tell()
            if len(chunk) == LONGEST_ROW and not chunk.endswith(b"\n"):
                offset += len(chunk) + self._skip_line()
                yield TOO_LONG
                continue
            try:
                yield chunk.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                raise self._not_utf8(f"line {number}", offset + error.start, chunk[error.start]) from error
            offset += len(chunk)
        self._tell()

    def blocks(self) -> Iterator[str]:
        """The same text in blocks, for a file that may be one long line."""
        decoder = codecs.getincrementaldecoder("utf-8-sig")()
        offset = 0
        while chunk := self._stream.read(BLOCK):
            held = len(decoder.getstate()[0])
            self._tell()
            try:
                yield decoder.decode(chunk)
            except UnicodeDecodeError as error:
                bad = error.object[error.start]
                raise self._not_utf8("the text", offset - held + error.start, bad) from error
            offset += len(chunk)

    def _skip_line(self) -> int:
        skipped = 0
        while more := self._stream.readline(BLOCK):
            skipped += len(more)
            if more.endswith(b"\n"):
                break
        return skipped

    def _tell(self) -> None:
        if self._told:
            self._told(min(self._raw.tell(), self._size), self._size)

    def _not_utf8(self, where: str, offset: int, byte: int) -> SourceError:
        return SourceError(
            f"{self.path}: {where} is not UTF-8 (byte {byte:#04x} at offset {offset:,}). {_convert('WINDOWS-1252')}"
        )


def _convert(encoding: str) -> str:
    return f"Convert it first, for example: iconv -f {encoding} -t UTF-8 FILE > NEWFILE"


@contextmanager
def opened(path: Path, told: Told | None = None) -> Iterator[Source]:
    """The file, open for reading; what goes wrong inside is told as a `SourceError` too."""
    try:
        with path.open("rb") as raw:
            yield Source(path, raw, path.stat().st_size, told)
    except FileNotFoundError as error:
        raise SourceError(f"{path}: there is no such file. Check the path.") from error
    except IsADirectoryError as error:
        raise SourceError(f"{path}: is a folder. Name a file in it.") from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise SourceError(f"{path}: not a whole gzip file. Copy it again, or gunzip it first.") from error
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror}). Check its permissions.") from error
