"""Exports of other systems, told by what they hold. Invariant: what is none of them is left to the plain readers."""

from __future__ import annotations

import gzip
import json
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from web.connectors.archives import archive
from web.connectors.confluence import is_space, read_space
from web.connectors.help_centres import is_freshdesk, is_zendesk, read_freshdesk, read_zendesk
from web.connectors.row import Row, RowError
from web.connectors.source import SourceError, Told

LARGEST_JSON: Final = 300_000_000
ZIPPED: Final = (".zip",)


def is_foreign(path: Path) -> bool:
    """Whether the file is an export that `read_foreign` knows."""
    return path.is_file() and (zipfile.is_zipfile(path) or _json(path) is not None)


def read_foreign(path: Path, dropped: Counter[str], told: Told | None = None) -> Iterator[Row | RowError]:
    """A row an article of a Confluence space, a Zendesk or a Freshdesk help centre.

    Raises:
        SourceError: a ZIP archive that is no Confluence export, or one that cannot be trusted.
    """
    if not zipfile.is_zipfile(path):
        values = _json(path)
        rows = read_zendesk(values, dropped) if isinstance(values, dict) else read_freshdesk(values or [], dropped)
    else:
        rows = _zipped(path, dropped)
    for number, row in enumerate(rows, 1):
        yield row
        if told:
            told(number, number)


def _zipped(path: Path, dropped: Counter[str]) -> Iterator[Row | RowError]:
    with archive(path) as opened:
        if not is_space(opened.names):
            raise SourceError(
                f"{path}: is a ZIP archive but no Confluence space export. Unpack it and name the folder."
            )
        yield from read_space(opened, dropped)


def _json(path: Path) -> Any:  # noqa: ANN401 - whatever it holds
    """What a help centre's export holds, None where it is none."""
    if not path.name.lower().removesuffix(".gz").endswith(".json") or path.stat().st_size > LARGEST_JSON:
        return None
    try:
        raw = gzip.decompress(path.read_bytes()) if path.name.lower().endswith(".gz") else path.read_bytes()
        values = json.loads(raw)
    except (OSError, EOFError, ValueError, RecursionError):
        # The plain reader says what is wrong with it.
        return None
    return values if is_zendesk(values) or is_freshdesk(values) else None
