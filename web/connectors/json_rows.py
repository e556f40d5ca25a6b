"""Rows out of JSON, one object a line or one list of objects.

Invariant: numbers that JSON does not know (NaN, Infinity, 1e999) are errors, so nothing downstream has to fear them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from web.connectors.row import LONGEST_ROW, Row, RowError, too_long
from web.connectors.source import TOO_LONG

BETWEEN = re.compile(r"[\s,\[]*")


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number")


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"{text[:20]} is too large a number")
    return value


DECODER: Final = json.JSONDecoder(parse_constant=_no_constant, parse_float=_finite)


def is_lines(beginning: str) -> bool:
    """Whether the first line is an object by itself, so that a broken line need not spoil the next one."""
    first, newline, _ = beginning.partition("\n")
    return first.startswith("{") and (not newline or isinstance(_object(1, first), Row))


def lines(text: Iterator[str]) -> Iterator[Row | RowError]:
    """An object a line; empty lines are passed over."""
    for number, line in enumerate(text, 1):
        if line == TOO_LONG:
            yield too_long(number)
        elif line.strip():
            yield _object(number, line)


def _object(number: int, text: str) -> Row | RowError:
    try:
        return _row(number, DECODER.decode(text))
    except json.JSONDecodeError as error:
        return RowError(number, f"is not JSON: {error.msg} at column {error.colno}. One object a line is expected")
    except (ValueError, RecursionError) as error:
        return RowError(number, f"is not usable JSON: {str(error)[:100]}")


def _row(number: int, values: Any) -> Row | RowError:  # noqa: ANN401 - whatever JSON holds
    return Row(number, values) if isinstance(values, dict) else RowError(number, "is not a JSON object")


def values(blocks: Iterator[str]) -> Iterator[Row | RowError]:
    """The objects of a list, or objects one after another however they are laid out."""
    text, at, number, more = "", 0, 1, True
    while True:
        begin = _start(text, at)
        number += text.count("\n", at, begin)
        at = begin
        if text[at : at + 1] == "]" or (at == len(text) and not more):
            return
        try:
            found, end = DECODER.raw_decode(text, at)
        except json.JSONDecodeError as error:
            if more and len(text) - at < LONGEST_ROW:
                more, text, at = *_longer(text[at:], blocks), 0
                continue
            yield too_long(number) if more else _given_up(number + text.count("\n", at, error.pos), error.msg)
            return
        except (ValueError, RecursionError) as error:
            yield _given_up(number, str(error)[:100])
            return
        yield _row(number, found) if end - at <= LONGEST_ROW else too_long(number)
        number += text.count("\n", at, end)
        at = end


def _start(text: str, at: int) -> int:
    """Where the next value begins; the bracket that opens the list is passed over."""
    match = BETWEEN.match(text, at)
    return match.end() if match else at


def _longer(text: str, blocks: Iterator[str]) -> tuple[bool, str]:
    """Whether there was more, and the text with at least as much again, so that a long object is tried few times."""
    parts, wanted = [text], max(len(text), 1)
    for block in blocks:
        parts.append(block)
        wanted -= len(block)
        if wanted <= 0:
            return True, "".join(parts)
    return False, "".join(parts)


def _given_up(number: int, reason: str) -> RowError:
    return RowError(number, f"is not usable JSON: {reason}. Nothing after it can be read")
