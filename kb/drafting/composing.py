"""The draft itself, in the structure of KCS v6: issue, environment, resolution, cause.

Invariant: every line stands, word for word, in the thread, and says where; what nobody wrote is asked for, not made up.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from kb.drafting.thread import QUESTION, Solution, Thread, Turn
from kb.drafting.titles import title_of
from kb.drafting.wording import (
    BULLET,
    CAUSE,
    OWN,
    THANKS,
    address_length,
    asks_anything,
    instructions,
    is_chatter,
    is_question,
    is_request,
    says_it_worked,
    signature_length,
)
from kb.redaction import RedactedText
from kb.sentences import sentences

MISSING: Final = "_Nothing in the ticket says this. Please add it._"
NEEDED: Final = ("Issue", "Resolution")
"""Sections that an article cannot do without; the other two are left out where nobody wrote anything."""
RESOLUTION: Final = -1
"""Stands for the desk's own summing-up, which is no turn of the thread."""
ISSUE_LINES: Final = 8
CAUSE_LINES: Final = 3
FEWEST_WORDS: Final = 6
"""Of a report; "it works, thanks" helps nobody."""
LONGEST_SUMMARY: Final = 300
LOG = re.compile(r"[{}<>|\\]{3,}|\b[0-9a-f]{16,}\b|^(?!https?:)\S{80,}$|(?:\S+\t){2,}")
DOING = re.compile(r"\w+ing\b")
"""What brought it ("Restarting the modem fixed it")."""
ADDRESS = re.compile(r"(https?://[^\s<>]{2,500}[^\s<>.,;:!?)\]\"'])")
VERSION = re.compile(r"^(?:version|v)\s?(?=\d)")
MARKS = re.compile(r"[*`]|\\(?=[!-/:-@\[-`{-~])|(?<!\w)_|_(?!\w)|^#+$")
"""What Markdown would take for emphasis, code, a heading, or take away."""
WORD = re.compile(r"[^\W\d_]+[,;:!?'\u2019]?(?:\s|$)|[^\W\d_]+['\u2019-][^\W\d_]+\s|[^\W\d_]+\.$")
PLATFORM = re.compile(
    r"\b(?:Windows (?:\d+|XP|Vista|Server \d+)(?:\.\d+)*|(?:mac ?OS|OS ?X)(?: \w+)?(?: [\d.]+)?|Ubuntu(?: [\d.]+)?|Linux Mint(?: [\d.]+)?"
    r"|Debian(?: \d+)?|Fedora(?: \d+)?|Android(?: \d+)?|i(?:Pad)?OS(?: [\d.]+)?|(?:version|v) ?\d+(?:\.\d+)+\w*)\b",
    re.IGNORECASE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence or step and where it stands: the turn (0: the question, -1: the summing-up) and offsets into it."""

    text: str
    turn: int
    start: int
    end: int
    step: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One section of the article."""

    name: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """An article before anybody has looked at it."""

    title: str
    parts: tuple[Part, ...]
    solution: Solution | None

    @property
    def summary(self) -> str:
        """The first thing that the resolution says to do, else the first it says."""
        lines = next((part.lines for part in self.parts if part.name == "Resolution"), ())
        telling = next((line for line in lines if line.step or instructions(line.text)), lines[0] if lines else None)
        return telling.text[:LONGEST_SUMMARY] if telling else ""

    @property
    def body(self) -> str:
        """Markdown; what to do is numbered, what is merely listed is not."""
        parts = [(part.name, _markdown(part.lines, numbered=part.name == "Resolution")) for part in self.parts]
        shown = [(name, text or MISSING) for name, text in parts if text or name in NEEDED]
        return "\n\n".join(f"## {name}\n\n{text}" for name, text in shown)

    @property
    def missing(self) -> tuple[str, ...]:
        """Sections of which the thread says nothing."""
        return tuple(part.name for part in self.parts if not part.lines)


def compose(thread: Thread, solution: Solution | None, titles: Sequence[str] = ()) -> Draft:
    """A draft from the turn that solved it; `titles` are redacted subjects of similar tickets, as customers wrote them."""
    turn = thread.turns[solution.number - 1] if solution else None
    told = _new_lines(thread, turn) if turn else []
    after = [*_report(thread, turn)] if turn else []
    summed = [*_lines(RESOLUTION, thread.resolution.redacted)] if thread.resolution else []
    resolution = [line for line in told if not is_question(line.text) and not is_request(line.text)]
    parts = (
        Part("Issue", tuple(_issue(thread))),
        Part("Environment", tuple(_environment(thread))),
        Part("Resolution", _different((*resolution, *after, *summed))),
        Part("Cause", _different(one for one in (*told, *after, *summed) if _is_cause(one))[:CAUSE_LINES]),
    )
    return Draft(title_of(thread, titles), parts, solution)


def _is_cause(line: Line) -> bool:
    """A step that gives its reason is a step."""
    return not line.step and bool(CAUSE.search(line.text))


def _new_lines(thread: Thread, turn: Turn) -> list[Line]:
    """Without what somebody wrote earlier and this turn only repeats."""
    earlier = [_plain(thread.text_of(number)) for number in range(turn.number)]
    return [line for line in _lines(turn.number, turn.said.redacted) if not _quoted(_plain(line.text), earlier)]


def _quoted(words: str, earlier: Sequence[str]) -> bool:
    return len(words.split()) >= FEWEST_WORDS and any(words in text for text in earlier)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _lines(turn: int, text: str) -> Iterator[Line]:
    """What is about the matter, in order."""
    for start, end in sentences(text):
        piece = text[start:end]
        if is_chatter(BULLET.sub("", piece)) or LOG.search(piece):
            continue
        mark = BULLET.match(piece)
        begin = start + mark.end() if mark else start
        begin += address_length(text[begin:end])
        finish = end - signature_length(text[begin:end])
        yield Line(_capital(text[begin:finish]), turn, begin, finish, step=mark is not None)


def _capital(text: str) -> str:
    """With a capital letter, unless it begins with an address, a file or a setting: those are written as they are."""
    return text[0].upper() + text[1:] if WORD.match(text) else text


def _issue(thread: Thread) -> Iterator[Line]:
    lines = [one for one in _lines(QUESTION, thread.body.redacted) if not _asks_for_help(one.text)]
    return iter(lines[:ISSUE_LINES])


def _asks_for_help(text: str) -> bool:
    return asks_anything(text) or (
        bool(
            re.search(
                r"\b(?:please|can (?:any|some)(?:one|body)|any (?:ideas|suggestions|help))\b", text, re.IGNORECASE
            )
        )
        and (is_question(text) or len(text.split()) < 8)
    )


def _report(thread: Thread, solved: Turn) -> Iterator[Line]:
    """What the requester wrote afterwards of what was done, not that it worked: that it did is why this is drafted."""
    later = [turn for turn in thread.turns[solved.number :] if turn.speaker == "requester"]
    for turn in later if solved.speaker == "helper" else ():
        for line in _lines(turn.number, turn.said.redacted):
            did = OWN.search(line.text) or (says_it_worked(line.text) and DOING.match(line.text))
            telling = len(line.text.split()) >= FEWEST_WORDS and not THANKS.search(line.text)
            if did and telling and not is_question(line.text):
                yield line


def _environment(thread: Thread) -> Iterator[Line]:
    """Facts of the ticket, then the systems and versions that its requester named."""
    for name, value in thread.environment.items():
        if value:
            yield Line(f"{name.capitalize()}: {value}", QUESTION, 0, 0, step=True)
    seen: set[str] = set()
    named = _version_of(thread.environment.get("product", ""))
    texts: list[tuple[int, RedactedText]] = [(QUESTION, thread.body)]
    texts += [(turn.number, turn.said) for turn in thread.turns if turn.speaker == "requester"]
    for number, said in texts:
        for pattern in named, PLATFORM:
            for match in pattern.finditer(said.redacted):
                # "version 12.1" and "12.1" are one fact.
                fact = VERSION.sub("", match[0].casefold())
                if not any(fact in one for one in seen):
                    seen.add(fact)
                    yield Line(match[0], number, match.start(), match.end(), step=True)


def _version_of(product: str) -> re.Pattern[str]:
    """The product with its number, or a number of three parts that stands alone as versions do."""
    called = rf"{re.escape(product)} (?:version |v)?\d+(?:\.\d+)*(?:esr|b\d+)?\b(?![-\u2011 ]?bit)|" if product else ""
    return re.compile(
        rf"\b(?:{called}(?<![.\w])\d{{1,4}}\.\d+\.\d+(?:\.\d+)?(?:esr|b\d+|-\d+)?)\b(?!\.\d)", re.IGNORECASE
    )


def _different(lines: Iterable[Line]) -> tuple[Line, ...]:
    """Without a sentence that was there already."""
    kept: dict[str, Line] = {}
    for line in lines:
        kept.setdefault(_plain(line.text), line)
    return tuple(kept.values())


def _markdown(lines: Sequence[Line], *, numbered: bool) -> str:
    """Sentences of one turn as a paragraph, steps as a list."""
    blocks: list[str] = []
    number = 0
    for before, line in zip([None, *lines], lines, strict=False):
        number = number + 1 if line.step else 0
        mark = (f"{number}. " if numbered else "- ") if line.step else ""
        joined = before is not None and before.step == line.step and (line.step or before.turn == line.turn)
        if joined:
            blocks[-1] += f"\n{mark}{_escaped(line.text)}" if line.step else f" {_escaped(line.text)}"
        else:
            blocks.append(mark + _escaped(line.text))
    return "\n\n".join(blocks)


def _escaped(text: str) -> str:
    """As it was written, not as Markdown would read it; an address becomes a link."""
    pieces = ADDRESS.split(text)
    return "".join(f"<{piece}>" if place % 2 else MARKS.sub(r"\\\g<0>", piece) for place, piece in enumerate(pieces))
