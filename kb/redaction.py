"""Personal data taken out of text before anything is embedded, learned from, drafted from or logged.

Invariant: `redact` is the only function that makes a `RedactedText`, and neither it nor its findings hold what
was taken out.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import phonenumbers
from stdnum import iban, luhn

_MAKER: Final = object()
LONGEST_PHONE_TEXT: Final = 20_000
"""The phone matcher is slow; beyond this only the surroundings of digit groups are looked at."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found and where: offsets into the original text, never its words."""

    kind: str
    start: int
    end: int


class RedactedText:
    """Text that may be embedded, learned from and logged."""

    __slots__ = ("_findings", "_redacted")

    def __init__(self, redacted: str, findings: tuple[Finding, ...], maker: object) -> None:
        if maker is not _MAKER:
            raise TypeError("only redact() makes redacted text")
        self._redacted = redacted
        self._findings = findings

    @property
    def redacted(self) -> str:
        return self._redacted

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self._findings

    def __repr__(self) -> str:
        return f"RedactedText({len(self._redacted)} characters, {len(self._findings)} findings)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RedactedText) and other.redacted == self._redacted

    def __hash__(self) -> int:
        return hash(self._redacted)


EMAIL = re.compile(r"(?<![\w.+%-])[\w.+%-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w-])")
USERINFO = re.compile(r"(?<=://)[^\s/@:]{1,200}:[^\s/@]{1,200}(?=@)")
URL_SECRET = re.compile(
    r"(?<=[?&#;])(?:access_?token|auth|api_?key|apikey|code|key|pass|passwd|password|pwd|secret|session(?:_?id)?|sid|sig"
    r"|signature|token|id_token|refresh_token)=([^\s&#\"'<>]{4,4096})",
    re.IGNORECASE,
)
BEARER = re.compile(r"\b(?:bearer|basic)\s+([A-Za-z0-9._~+/-]{16,4096}=*)", re.IGNORECASE)
NAMED_SECRET = re.compile(
    r"\b(?:pass(?:word|wd|phrase)|pwd|secret|token|api[ _-]?key|access[ _-]?key)\s{0,3}(?:is|:|=)\s{0,3}"
    r"[\"'`]?([^\s\"'`,;<>]{6,512})",
    re.IGNORECASE,
)
KNOWN_KEY = re.compile(
    r"\b(?:(?:AKIA|ASIA)[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{30,255}|xox[abprs]-[A-Za-z0-9-]{10,255}"
    r"|sk-[A-Za-z0-9_-]{20,255}|eyJ[A-Za-z0-9_-]{10,2000}\.[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{5,2000})"
)
DIGIT_RUN = re.compile(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-])")
IBAN_LIKE = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{2,4}){3,9}\b")
IPV4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)")
IPV6 = re.compile(r"(?<![\w:.])(?:[0-9A-Fa-f]{1,4}:|::)[0-9A-Fa-f:]{2,45}(?:\.\d{1,3}){0,3}(?![\w:])")
VERSION_BEFORE = re.compile(r"(?:version|release|build|firmware|driver|v\.?|ver\.?)\s{0,2}$", re.IGNORECASE)
PHONE_HINT = re.compile(r"\+?\(?\d[\d\s().\-/]{5,25}\d")
DATE = re.compile(r"\b\d{4}[-/.]\d{1,2}[-/.]\d{1,2}\b|\b\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}\b|\b\d{1,2}:\d{2}(?::\d{2})?\b")
SURROGATE = re.compile(r"[\ud800-\udfff]")


def redact(text: str, region: str = "US") -> RedactedText:
    """`text` with each finding replaced by its kind in brackets.

    Kinds: ``email``, ``phone`` (numbers valid by the numbering plans; `region` reads those without a country code),
    ``card`` (Luhn checksum), ``iban`` (its checksum), ``ip address`` and ``secret``. Doing it twice finds nothing new.
    Lone surrogates become the replacement character, so the result is always valid UTF-8.
    """
    text = SURROGATE.sub("\ufffd", text).replace("\x00", " ")
    findings = _without_overlaps(_findings(text, region), len(text))
    parts, at = [], 0
    for finding in findings:
        parts += [text[at : finding.start], f"[{finding.kind}]"]
        at = finding.end
    return RedactedText("".join([*parts, text[at:]]), findings, _MAKER)


def segments(text: str, region: str = "US") -> tuple[tuple[str, str], ...]:
    """(text, kind) in reading order; kind is empty for what stays, so that a page can mark what was found."""
    text = SURROGATE.sub("\ufffd", text).replace("\x00", " ")
    found: list[tuple[str, str]] = []
    at = 0
    for finding in _without_overlaps(_findings(text, region), len(text)):
        found += [(text[at : finding.start], ""), (text[finding.start : finding.end], finding.kind)]
        at = finding.end
    return tuple(part for part in [*found, (text[at:], "")] if part[0])


def _findings(text: str, region: str) -> Iterator[Finding]:
    if "@" in text:
        yield from (Finding("secret", *m.span()) for m in USERINFO.finditer(text))
        yield from (Finding("email", *m.span()) for m in EMAIL.finditer(text))
    for pattern in (URL_SECRET, BEARER, NAMED_SECRET):
        yield from (Finding("secret", *m.span(1)) for m in pattern.finditer(text) if not m[1].startswith("["))
    yield from (Finding("secret", *m.span()) for m in KNOWN_KEY.finditer(text))
    if any(character.isdigit() for character in text):
        yield from _numbers(text, region)


def _numbers(text: str, region: str) -> Iterator[Finding]:
    yield from (Finding("iban", *m.span()) for m in IBAN_LIKE.finditer(text) if iban.is_valid(m[0]))
    for match in DIGIT_RUN.finditer(text):
        if luhn.is_valid(re.sub(r"[ -]", "", match[0])):
            yield Finding("card", *match.span())
    for match in IPV4.finditer(text):
        if _is_address(match[0]) and not VERSION_BEFORE.search(text, max(0, match.start() - 12), match.start()):
            yield Finding("ip address", *match.span())
    if ":" in text:
        yield from (Finding("ip address", *m.span()) for m in IPV6.finditer(text) if _is_address(m[0]))
    yield from _phones(text, region)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _phones(text: str, region: str) -> Iterator[Finding]:
    """Valid numbers near a run of digits; looking only there keeps a long text without numbers fast."""
    looked_at = 0
    # A date beside a number would otherwise read as one long number.
    text = DATE.sub(lambda date: "x" * len(date[0]), text)
    for hint in PHONE_HINT.finditer(text):
        looked_at += hint.end() - hint.start()
        if looked_at > LONGEST_PHONE_TEXT:
            return
        start = max(0, hint.start() - 2)
        for match in phonenumbers.PhoneNumberMatcher(text[start : hint.end() + 2], region):
            yield Finding("phone", start + match.start, start + match.end)


RANK = {"secret": 0, "iban": 1, "card": 2, "email": 3, "ip address": 4, "phone": 5}


def _without_overlaps(findings: Iterator[Finding], length: int) -> tuple[Finding, ...]:
    """Of findings that overlap the surer kind is kept, then the longer."""
    taken = bytearray(length)
    kept: list[Finding] = []
    for finding in sorted(findings, key=lambda f: (RANK[f.kind], f.start - f.end, f.start)):
        if 1 not in taken[finding.start : finding.end]:
            taken[finding.start : finding.end] = b"\x01" * (finding.end - finding.start)
            kept.append(finding)
    return tuple(sorted(kept, key=lambda f: f.start))
