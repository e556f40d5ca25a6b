"""One field of a row, as other systems write it. Invariant: what comes out can be stored and shown, or the row is refused."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any, Final

from dateutil import parser as dates

LONGEST_BODY: Final = 5_000_000
LONGEST_LINE: Final = 500
LONGEST: Final = {
    "slug": 200,
    "requester": 320,
    "owner": LONGEST_LINE,
    "level": 20,
    "locale": 35,
    "url": 2000,
    "title": LONGEST_LINE,
} | dict.fromkeys(("channel", "priority", "impact", "urgency"), 50)
"""Characters; any other short field may have 200."""
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
TURNING = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
"""Marks that turn the direction of a line, and of the page around it."""
SURROGATE = re.compile(r"[\ud800-\udfff]")
PROBES: Final = (datetime(2000, 1, 1), datetime(2001, 2, 2))  # noqa: DTZ001 - the zone is read from the text
"""What a date leaves out is filled from these: if the results differ in day, the date was not whole."""
YES = {"1", "true", "yes", "y", "t", "1.0"}
UNKNOWN = {"", "?", "-", "n/a", "na", "nan", "none", "null"}
"""What other systems write into a date or a yes-or-no that they do not know."""
NO = {"0", "false", "no", "n", "f", "0.0"}


class RecordError(Exception):
    """A row does not hold what it should; the message names the field and the reason."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.field = name
        self.reason = reason


def text(values: Mapping[str, Any], name: str) -> str:
    """A text of any length up to `LONGEST_BODY`; control characters go, lone surrogates are replaced."""
    value = values.get(name)
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, list | dict):
        raise RecordError(name, f"is a {'list' if isinstance(value, list) else 'mapping'}, not a text")
    cleaned = SURROGATE.sub("\ufffd", CONTROL.sub("", str(value)))
    if len(cleaned) > LONGEST_BODY:
        raise RecordError(name, f"has {len(cleaned):,} characters; the longest allowed is {LONGEST_BODY:,}")
    return cleaned


def line(values: Mapping[str, Any], name: str) -> str:
    """A short text on one line; a list of several is joined."""
    value = values.get(name)
    parts = value if isinstance(value, list) else [value]
    words = [word for part in parts for word in TURNING.sub("", text({name: part}, name)).split()]
    cleaned = " ".join(words)
    longest = LONGEST.get(name, 200)
    if len(cleaned) > longest:
        raise RecordError(name, f"has {len(cleaned):,} characters; the longest allowed is {longest}")
    return cleaned


def listed(values: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Several names: a JSON list, or one text with ``;`` or ``|`` between them. Order kept, repeats dropped."""
    value = values.get(name)
    if value is None:
        return ()
    parts = value if isinstance(value, list) else _split(text(values, name), name)
    named = (line({name: text({name: part}, name)}, name) for part in parts)
    return tuple(dict.fromkeys(part for part in named if part))


def _split(value: str, name: str) -> list[str]:
    if value.lstrip().startswith("["):
        # What a table makes of a list on its way through a CSV file.
        try:
            parts = json.loads(value)
        except ValueError:
            parts = None
        if isinstance(parts, list):
            return [text({name: part}, name) for part in parts]
    return re.split(r"[;|]", value)


def truth(values: Mapping[str, Any], name: str) -> bool | None:
    """0/1, true/false, yes/no; empty is unknown."""
    word = line(values, name).lower()
    if word in UNKNOWN:
        return None
    if word in YES | NO:
        return word in YES
    raise RecordError(name, f"“{word[:40]}” is neither 0 nor 1")


def instant(values: Mapping[str, Any], name: str) -> datetime | None:
    """A date in UTC; one without a zone is taken as UTC, 1/2/2026 as the second of January.

    Raises:
        RecordError: not a date, or a part of one ("May", "14:05"), which would mean another day tomorrow.
    """
    word = line(values, name)
    if word.lower() in UNKNOWN:
        return None
    try:
        moment, other = (dates.parse(word, default=probe, tzinfos=_zone) for probe in PROBES)
        if moment.date() != other.date():
            raise ValueError
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
        return moment.astimezone(UTC)
    except (ValueError, OverflowError, TypeError) as error:
        raise RecordError(name, f"“{word[:40]}” is not a date; write it like 2026-01-31 14:05+01:00") from error


def _zone(name: str | None, offset: int | None) -> tzinfo | None:
    """Zones by their distance from UTC only: letters such as IST or CST mean several."""
    if name is None and offset is None:
        return None
    if offset is None:
        raise ValueError(f"unknown zone {name}")
    return timezone(timedelta(seconds=offset))


def one_of(values: Mapping[str, Any], name: str, allowed: tuple[str, ...]) -> str | None:
    """One of those words, in whatever letters; None where it is empty."""
    word = line(values, name).lower()
    if word and word not in allowed:
        raise RecordError(name, f"“{word[:40]}” is none of {', '.join(allowed)}")
    return word or None


def if_known(values: Mapping[str, Any], name: str, allowed: tuple[str, ...]) -> str | None:
    """Other systems mean something else by these names: what is none of ours is not for us."""
    word = line(values, name).lower()
    return word if word in allowed else None


def address(values: Mapping[str, Any], name: str) -> str | None:
    """The same of people: whoever is not named by an e-mail address is nobody that could be known here."""
    value = values.get(name)
    return (
        line(values, name).casefold()
        if isinstance(value, str) and "@" in value and len(value) <= LONGEST_LINE
        else None
    )
