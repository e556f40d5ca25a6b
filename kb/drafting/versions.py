"""Systems and versions that a thread names. Invariant: each is written as it stands there, and told once, in its fullest form.

Dates, telephone numbers and the numbers of drivers and libraries look like versions and are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from kb.drafting.lines import Line
from kb.drafting.thread import QUESTION, Thread

NUMBER: Final = r"\d+(?:\.\d+)*(?: ?esr\b|b\d+\b)?(?! (?:times|years|months|weeks|days|hours|minutes|seconds)\b)"
LINUX: Final = (
    r"[XKL]ubuntu|Ubuntu(?: MATE)?|Linux Mint|Mint(?= \d)|Debian|Fedora|openSUSE|Arch Linux|Manjaro|Pop!_OS|Zorin OS|RHEL|CentOS|Rocky Linux"
    r"|Kali|elementary OS|Linux Lite|MX Linux|Gentoo"
)
MAC: Final = (
    r"Tahoe|Sequoia|Sonoma|Ventura|Monterey|Big Sur|Catalina|Mojave|High Sierra|Sierra|El Capitan|Yosemite|Mavericks"
)
PLATFORM = re.compile(
    r"(?<![\w.])(?:Win(?:dows)?[ -]?(?:1[01]|[78](?:\.1)?|XP|Vista|2000|Server \d{4})(?: ?/ ?(?:7|8|10|11))?"
    r"(?:,? (?:Pro|Home|Enterprise|Professional)\b)?(?:,? (?:version )?\(?2[0-9]H[12]\)?)?"
    rf"|(?:{MAC}) v?1\d(?:\.\d+)*|(?:mac ?OS(?: X)?|OS ?X)(?: (?:{MAC}))?(?: v?\d+(?:\.\d+)*)?|10\.1\d(?:\.\d+)? (?:{MAC})"
    rf"|(?:{LINUX})(?: \d+(?:\.\d+)*(?: LTS\b)?)?|Linux"
    r"|(?:Android|i(?:Pad)?OS) \d+(?:\.\d+)*)(?!\w|-\w|\.\d)",
    re.IGNORECASE,
)
VERSION = re.compile(rf"\b(?:version|vers?\.?|v\.?|release)[ :]{{0,2}}{NUMBER}(?![\w-]|\.\d)", re.IGNORECASE)
ALONE = re.compile(
    r"(?<![.\w/\\:-])(?!\d{3}\.\d{3}\.\d{4}\b)\d{1,4}\.\d{1,5}\.\d{1,5}(?:\.\d{1,5})?(?: ?esr\b|b\d+\b|-\d+)?(?![\w@]|\.\d)"
)
DATE = re.compile(r"(?:[0-3]?\d\.[01]?\d\.(?:19|20)\d\d|(?:19|20)\d\d\.[01]?\d\.[0-3]?\d)")
ELSE_BEFORE = re.compile(
    r"(?:driver\w*|firmware|directx|d3d\w*|webgl\w*|opengl|mesa|lib\w*|nss|nspr|zlib|feature experience pack|bios|kernel|phone|tel|cell|mobile)"
    r"[^.\n]{0,20}\Z",
    re.IGNORECASE,
)
DRIVER = re.compile(r"[23]\d\.\d{1,2}\.\d{1,5}\.\d{4,5}")
DUMP = re.compile(r"\b(?:Build ID|Application Basics|Troubleshooting Information|User Agent|Adapter|DirectWrite)\b")
"""A page of everything that is installed, pasted whole."""
BITS = re.compile(r"[-\u2011 ]?bit", re.IGNORECASE)
SAID = re.compile(r"^(?:version|vers?\.?|v\.?|release)[ :]{0,2}(?=\d)")
MOST: Final = 40
"""Facts of one thread."""
SHORTENED: Final = 7
"""Letters of a product's name beyond which people write it shorter."""
MOST_ALONE: Final = 4
"""Of bare numbers in one message; more are a list of everything that is installed."""


def environment(thread: Thread) -> Iterator[Line]:
    """Facts of the ticket, then the systems and versions that its requester named."""
    for name, value in thread.environment.items():
        if value:
            yield Line(f"{name.capitalize()}: {value}", QUESTION, 0, 0, step=True)
    found = [fact for number, text in _texts(thread) for fact in _facts(thread, number, text)]
    facts: dict[str, Line] = {}
    for line in found:
        facts.setdefault(_key(line.text, thread.environment.get("product", "")), line)
    known = [key for key in facts if key][:MOST]
    yield from (facts[key] for key in known if not any(_holds(other, key) for other in known if other != key))


def _texts(thread: Thread) -> list[tuple[int, str]]:
    """The subject has no place of its own among the turns."""
    said = [(turn.number, turn.said.redacted) for turn in thread.turns if turn.speaker == "requester"]
    return [(QUESTION, thread.body.redacted), *said, (-1, thread.subject.redacted)]


def _facts(thread: Thread, number: int, text: str) -> list[Line]:
    product = thread.environment.get("product", "")
    found = [*PLATFORM.finditer(text), *VERSION.finditer(text)]
    found += _called(product).finditer(text) if product else []
    alone = [match for match in ALONE.finditer(text) if not DATE.fullmatch(match[0])]
    alone = [match for match in alone if not ELSE_BEFORE.search(text[max(0, match.start() - 40) : match.start()])]
    alone = [] if DUMP.search(text) else [match for match in alone if not DRIVER.fullmatch(match[0])]
    found += alone if len(alone) <= MOST_ALONE else []
    kept = [match for match in _widest(found) if not BITS.match(text, match.end())]
    return [_line(match, number) for match in kept]


def _line(match: re.Match[str], number: int) -> Line:
    """A number with a point in it needs no "version" before it."""
    said = SAID.match(match[0].casefold())
    start = match.start() + (said.end() if said and "." in match[0][said.end() :] else 0)
    place = (QUESTION, 0, 0) if number < 0 else (number, start, match.end())
    return Line(match.string[start : match.end()], *place, step=True)


def _called(product: str) -> re.Pattern[str]:
    """The product with its number, also shortened to its first letters as people do ("TB 128")."""
    said = r"(?:version |vers?\.? ?|v\.? ?)?"
    return re.compile(
        rf"\b{_names(product)} ?(?:{said}(?!(?:19|20)\d\d\b(?!\.)){NUMBER}|[a-z]+ {said}\d+\.{NUMBER})(?!\w|-\w|\.\d)",
        re.IGNORECASE,
    )


def _names(product: str) -> str:
    first, last = re.escape(product[:1].upper()), re.escape(product[-4:])
    short = rf"|(?-i:{first}[A-Z])|{first}-?{last}" if len(product) > SHORTENED else ""
    return f"(?:{re.escape(product)}{short})"


def _widest(found: Sequence[re.Match[str]]) -> list[re.Match[str]]:
    """In reading order, and none inside another."""
    kept: list[re.Match[str]] = []
    for match in sorted(found, key=lambda one: (one.start(), -one.end())):
        if not kept or match.start() >= kept[-1].end():
            kept.append(match)
    return kept


def _key(text: str, product: str) -> str:
    """What makes two of them one fact."""
    called = re.compile(rf"^{_names(product)}\b[ ,]*", re.IGNORECASE) if product else None
    key = SAID.sub("", (called.sub("", text) if called else text).casefold()).strip()
    key = re.sub(r"^win(?:dows)?[ -]?(?=[\dxvs])", "windows ", key)
    return re.sub(r"[ ()]+", " ", key.replace(" esr", "esr")).strip()


def _holds(longer: str, key: str) -> bool:
    """Whether `longer` says all of it: "128.3.1esr" and "windows 10 pro" say "128.3.1" and "windows 10"."""
    after = r"(?:\.|\b)" if key.isdigit() else r"(?:esr)?(?![\w.])"
    return re.search(rf"(?<![\w.]){re.escape(key)}{after}", longer) is not None
