"""Passwords, tokens and keys.

Invariant: a repetition is bounded or never gives back what it took, and begins only where a word begins, so no text is
gone over again and again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from kb.sensitive.finding import Finder, Span, spans_of

USERINFO = re.compile(r"(?<=://)[^\s/\x00]{1,2000}(?=@)")
URL_SECRET = re.compile(
    r"(?<=[?&#;])(?:[\w.-]{0,20}[_.-])?(?:access_?token|auth|api_?key|key|passwd|password|pass|pwd|secret|session_?id"
    r"|session|sid|signature|sig|token|jwt|otp)=([^\s&#;\"'<>\x00]{4,}+)"
    r"|(?<=[?&#;])code=([^\s&#;\"'<>\x00]{16,}+)",
    re.IGNORECASE,
)
BEARER = re.compile(r"\b(?:bearer|basic)[ \t]{1,5}(?=[^\s\x00]{0,200}\d)([\w.~+/-]{16,}+={0,2})", re.IGNORECASE)
KNOWN_KEY = re.compile(
    r"(?<![\w-])(?:(?:AKIA|ASIA)[0-9A-Z]{16}|gh[pousr]_\w{30,}+|github_pat_\w{30,}+|glpat-[\w-]{18,}+"
    r"|xox[abeprs]-[\w-]{10,}+|[srp]k[-_](?=[\w-]{0,80}\d)[\w-]{20,}+|AIza[\w-]{35,}+|npm_\w{30,}+"
    r"|eyJ[\w-]{10,}+\.[\w-]{10,}+\.[\w-]{5,}+)"
)
NAME = (
    r"pass(?:word|wort|wd|phrase|code)?|pwd|kennwort|mot de passe|contraseña|senha|pin(?:[ -]?code)?|secret"
    r"|(?:access[ _-]?)?token|(?:api|access|private|secret|recovery|licen[cs]e|product)[ _-]?key"
    r"|(?:recovery|verification|security)[ _-]?code"
)
NAMED_SECRET = re.compile(
    rf"(?<![A-Za-z])(?=[aklmcprstv])(?:{NAME})[\"']?\s{{0,3}}(is|was|ist|lautet|es|est|:|=>|=)\s{{0,3}}([\"'`]?)([^\s\"'`,;<>\x00]{{4,}}+)"
    r"(?P<last>[\"'`]?[ \t]{0,5}(?:$|\r?\n))?",
    re.IGNORECASE,
)
STRONG = re.compile(r"\d|[!@#$%^&*_+=~]|[a-z][A-Z]")
KEY_BLOCK: Final = "-----BEGIN "
KEY_BLOCK_END = re.compile(r"-----END [A-Z ]{0,40}-----")
LONGEST_KEY_BLOCK: Final = 20_000


def key_blocks(text: str) -> Iterator[Span]:
    """Private keys in PEM form, from BEGIN to END, or as far as a key may reach where the end is missing."""
    at = text.find(KEY_BLOCK)
    while at >= 0:
        end = at + len(KEY_BLOCK)
        if "PRIVATE KEY" in text[end : end + 40]:
            closing = KEY_BLOCK_END.search(text, end, at + LONGEST_KEY_BLOCK)
            end = closing.end() if closing else min(len(text), at + LONGEST_KEY_BLOCK)
            yield at, end
        at = text.find(KEY_BLOCK, end)


def named(text: str) -> Iterator[Span]:
    """What follows "password:" and its like.

    In running text ("the password is wrong", "reset password: click here") an ordinary word is none: it must hold a
    digit or a sign, or after a colon or an equals sign be quoted or the last on its line.
    """
    for match in NAMED_SECRET.finditer(text):
        value = match[3].rstrip(".:!?)]}")
        stands_alone = match[1] in {":", "=", "=>"} and (match[2] or match["last"] is not None)
        if len(value) >= 4 and (STRONG.search(value) or stands_alone):
            yield match.start(3), match.start(3) + len(value)


def in_addresses(text: str) -> Iterator[Span]:
    """Values of parameters such as ``token`` in an address line."""
    if "=" in text:
        for match in URL_SECRET.finditer(text):
            yield match.span(match.lastindex or 0)


def user_information(text: str) -> Iterator[Span]:
    """``user:password`` before the host of an address."""
    if "://" in text and "@" in text:
        yield from spans_of(USERINFO)(text)


FINDERS: Final[tuple[Finder, ...]] = (
    key_blocks, user_information, in_addresses, spans_of(BEARER, 1), spans_of(KNOWN_KEY), named,
)  # fmt: skip
