"""Personal data taken out of text before anything is embedded, learned from, drafted from or logged.

Invariant: `redact` is the only function that makes a `RedactedText`, and neither it nor its findings hold what
was taken out.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import InitVar, dataclass
from functools import partial
from typing import Final

from kb.sensitive import contacts, payments, people, phones, secrets
from kb.sensitive.finding import Finder, Finding, Span, hide

_MAKER: Final = object()
KINDS: Final = ("secret", "iban", "card", "email", "ip address", "phone", "name")
"""The surer first: what one kind took, a later one no longer sees."""
ROUNDS: Final = 8
"""Taking one thing out may lay bare its neighbour, so the finders look again until they find nothing."""
APART: Final = " \t\r\n\u00a0,;\"'<>|"
PLACEHOLDER = re.compile(rf"\[(?:{'|'.join(KINDS)})\]")
UNSTORABLE = re.compile(r"[\ud800-\udfff]")
DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True, repr=False)
class RedactedText:
    """Text that may be embedded, learned from and logged."""

    redacted: str
    findings: tuple[Finding, ...]
    """In reading order; offsets into the original."""
    maker: InitVar[object] = None

    def __post_init__(self, maker: object) -> None:
        if maker is not _MAKER:
            raise TypeError("only redact() makes redacted text")

    def __repr__(self) -> str:
        return f"RedactedText({len(self.redacted)} characters, {len(self.findings)} findings)"

    __str__ = __repr__


def redact(text: str, region: str = "US", names: Collection[str] = ()) -> RedactedText:
    """`text` with each finding replaced by its kind in brackets.

    Kinds: ``email``, ``phone`` (numbers valid by the numbering plans, `region` reads those without a country code,
    or that are grouped as telephone numbers are), ``card`` (Luhn checksum), ``iban`` (its checksum), ``ip address``, ``secret``,
    and ``name`` for the people in `names` (those of a thread are known; who else is a person cannot be told by rule) and
    the owner of a folder in a path. Doing it twice finds nothing new.
    Lone surrogates become the replacement character and NUL a space, so the result is always storable UTF-8.
    """
    clean = _storable(text)
    findings = _found(clean, region, names)
    return RedactedText(
        "".join(f"[{kind}]" if kind else part for part, kind in _parts(clean, findings)), findings, _MAKER
    )


def spans(text: str, region: str = "US") -> tuple[tuple[str, str], ...]:
    """(piece, kind) in reading order; kind is empty for what stays, so that a page can mark what would be taken out.

    Holds the original words: for the eyes of those who may read them, never for an engine or a log.
    """
    clean = _storable(text)
    return tuple(_parts(clean, _found(clean, region, ())))


def _storable(text: str) -> str:
    return UNSTORABLE.sub("\ufffd", text).replace("\x00", " ")


def _parts(text: str, findings: tuple[Finding, ...]) -> Iterator[tuple[str, str]]:
    at = 0
    for finding in findings:
        if finding.start > at:
            yield text[at : finding.start], ""
        yield text[finding.start : finding.end], finding.kind
        at = finding.end
    if at < len(text):
        yield text[at:], ""


def _found(text: str, region: str, names: Collection[str]) -> tuple[Finding, ...]:
    finders = _finders(text, region)
    if names:
        finders.append(("name", partial(people.named, names=names)))
    found: list[Finding] = []
    left = hide(text, [match.span() for match in PLACEHOLDER.finditer(text)]) if "[" in text else text
    for _ in range(ROUNDS):
        freed = False
        for kind, finder in finders:
            new: list[Span] = list(finder(left))
            if new:
                found += [Finding(kind, start, end) for start, end in new]
                freed = freed or any(_touched(left, start, end) for start, end in new)
                left = hide(left, new)
        if not freed:
            break
    return tuple(sorted(found, key=lambda finding: finding.start))


def _touched(text: str, start: int, end: int) -> bool:
    """Whether what is next to it may read differently without it; after a space, a comma or a quote nothing does."""
    return bool((text[max(0, start - 1) : start] + text[end : end + 1]).strip(APART))


def _finders(text: str, region: str) -> list[tuple[str, Finder]]:
    """Those that can find anything in this text: most questions hold no digit and no ``@``."""
    finders: list[tuple[str, Finder]] = [("secret", finder) for finder in secrets.FINDERS]
    if DIGIT.search(text):
        finders += [("iban", payments.ibans), ("card", payments.cards)]
    finders += [("email", contacts.emails), ("name", people.folders)]
    if DIGIT.search(text):
        finders += [("ip address", contacts.ipv6), ("ip address", contacts.ipv4)]
        finders.append(("phone", partial(phones.phones, region=region)))
    return finders
