"""E-mail and IP addresses. Invariant: every search starts at a mark (``@``, a dot or a colon between digits) and looks
at a bounded number of characters around it.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from kb.sensitive.finding import Span, words_before

DOMAIN = re.compile(r"(?:@|%40)(?!\dx\.)(?:[^\W_](?:[\w-]{0,62})\.){1,20}[^\W\d_]{2,24}(?![\w-])")
LOCAL = re.compile(r"[\w.+%'-]{1,64}\Z")
OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
IPV4 = re.compile(rf"(?<![\w.])(?<![A-Za-z][-/])(?!0\.)(?:{OCTET}\.){{3}}{OCTET}(?!\w|\.\d)", re.ASCII)
IPV6 = re.compile(r"(?<![\w:.])(?:[0-9A-Fa-f]{1,4}:|::)[0-9A-Fa-f:]{1,45}(?:\.\d{1,3}){0,3}(?![\w:])")
DIGIT = re.compile(r"\d")
VERSION_BEFORE = re.compile(
    r"(?:version|\b(?:v|ver|release|build|firmware|driver|patch|since|(?:upgrad|updat|install)\w{0,5}(?:\s(?:to|from))?))"
    r"[\"']?\s{0,2}[.:=]?\s{0,2}[\"']?(?:[\d.]{1,20}-)?\Z",
    re.IGNORECASE,
)


def emails(text: str) -> Iterator[Span]:
    """Addresses with a full domain, also with the ``@`` written as ``%40`` as in an address line."""
    if "@" not in text and "%40" not in text:
        return
    end = 0
    for match in DOMAIN.finditer(text):
        local = LOCAL.search(text[max(end, match.start() - 64) : match.start()])
        name = local[0].lstrip("'.-") if local else ""
        if name:
            end = match.end()
            yield match.start() - len(name), end


def ipv6(text: str) -> Iterator[Span]:
    """IPv6 addresses, also those that end in four decimal numbers; ``a::b`` in a program is none."""
    if ":" in text:
        for match in IPV6.finditer(text):
            if DIGIT.search(match[0]) and _is_address(match[0]):
                yield match.span()


def ipv4(text: str) -> Iterator[Span]:
    """IPv4 addresses; four numbers that are called a version are none, nor is a whole network such as 10.0.0.0."""
    for match in IPV4.finditer(text):
        if not match[0].endswith(".0.0") and not is_version(text, match.start()):
            yield match.span()


def is_version(text: str, start: int) -> bool:
    """Whether the number at `start` is called a version by the words before it."""
    before = words_before(text, start)
    # Where nothing has a capital there is no letter: cheaper than the pattern, and lists of addresses are long.
    return before.upper() != before.lower() and VERSION_BEFORE.search(before) is not None


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
