"""Which column feeds which field. Invariant: a name nobody knows is an error that suggests the right one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from web.connectors.source import SourceError


def parse_mapping(pairs: Iterable[str], fields: Sequence[str]) -> dict[str, str]:
    """``FIELD=COLUMN`` pairs as field → column.

    Raises:
        SourceError: a pair has no ``=``, names a field that does not exist, or a field twice.
    """
    mapping: dict[str, str] = {}
    for pair in pairs:
        name, equals, column = pair.partition("=")
        if not equals or not name or not column:
            raise SourceError(f"--map {pair}: write FIELD=COLUMN, for example --map subject=title")
        if name not in fields:
            raise SourceError(f"--map {pair}: there is no field “{name}”. {_nearest(name, fields)}")
        if mapping.get(name, column) != column:
            raise SourceError(f"--map {pair}: “{name}” is mapped to “{mapping[name]}” already. Keep one of them.")
        mapping[name] = column
    return mapping


def check_columns(columns: Iterable[str], mapping: Mapping[str, str], attributes: Sequence[str]) -> None:
    """Raise a `SourceError` that lists what there is, if a named column is missing."""
    present = list(columns)
    for column in [*mapping.values(), *attributes]:
        if column not in present:
            raise SourceError(
                f"There is no column “{column}”. {_nearest(column, present)} The file has: {', '.join(present[:30])}"
            )


def mapped(values: Mapping[str, Any], mapping: Mapping[str, str], fields: Sequence[str]) -> dict[str, Any]:
    """The row under our names: a mapped field takes its column, any other the column of its own name."""
    taken = set(mapping.values())
    plain = {name: values[name] for name in fields if name in values and name not in taken}
    return plain | {name: values.get(column) for name, column in mapping.items()}


def _nearest(name: str, names: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, names, n=1)
    return f"Did you mean “{close[0]}”?" if close else f"Known: {', '.join(list(names)[:30])}."
