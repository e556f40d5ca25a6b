"""The draft itself, in the structure of KCS v6: issue, environment, resolution, cause.

Invariant: every line stands, word for word, in the thread, and says where; what nobody wrote is asked for, not made up.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from kb.drafting.layout import markdown
from kb.drafting.lines import Line, lines
from kb.drafting.telling import summary_of, tells
from kb.drafting.thread import QUESTION, Solution, Thread, Turn
from kb.drafting.titles import title_of
from kb.drafting.versions import environment
from kb.drafting.wording import (
    CAUSE,
    OWN,
    SHOWN,
    THANKS,
    asks_anything,
    is_question,
    is_request,
    only_success,
    points_to_a_picture,
    says_it_worked,
)
from kb.sentences import sentences

MISSING: Final = "_Nothing in the ticket says this. Please add it._"
PICTURED: Final = "_The ticket holds a picture that this speaks of. Please add it._"
NEEDED: Final = ("Issue", "Resolution")
"""Sections that an article cannot do without; the other two are left out where nobody wrote anything."""
RESOLUTION: Final = -1
"""Stands for the desk's own summing-up, which is no turn of the thread."""
ISSUE_LINES: Final = 8
CAUSE_LINES: Final = 3
FEWEST_WORDS: Final = 6
"""Of a report; "it works, thanks" helps nobody."""
DOING = re.compile(r"\w+ing\b")
"""What brought it ("Restarting the modem fixed it")."""


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
        return summary_of(self._resolution)

    @property
    def body(self) -> str:
        """Markdown; what to do is numbered, what is merely listed is not."""
        parts = [(part.name, _section(part)) for part in self.parts]
        shown = [(name, text or MISSING) for name, text in parts if text or name in NEEDED]
        return "\n\n".join(f"## {name}\n\n{text}" for name, text in shown)

    @property
    def teaches(self) -> bool:
        """Whether anybody wrote what solved it; otherwise there is nothing to learn from this ticket yet."""
        return bool(self._resolution)

    @property
    def _resolution(self) -> tuple[Line, ...]:
        return next((part.lines for part in self.parts if part.name == "Resolution"), ())

    @property
    def missing(self) -> tuple[str, ...]:
        """Sections of which the thread says nothing."""
        return tuple(part.name for part in self.parts if not part.lines)


def compose(thread: Thread, solution: Solution | None, titles: Sequence[str] = ()) -> Draft:
    """A draft from the turn that solved it; `titles` are redacted subjects of similar tickets, as customers wrote them."""
    turn = thread.turns[solution.number - 1] if solution else None
    told = [*_new_lines(thread, turn)] if turn else []
    after = [*_report(thread, turn)] if turn else []
    summed = [*lines(RESOLUTION, thread.resolution.redacted)] if thread.resolution else []
    said = _different(line for line in (*told, *after, *summed) if _helps(line))
    causes = tuple(line for line in said if _is_cause(line))[:CAUSE_LINES]
    parts = (
        Part("Issue", tuple(_issue(thread))),
        Part("Environment", tuple(environment(thread))),
        Part("Resolution", tuple(line for line in said if line not in causes) or said),
        Part("Cause", causes if len(causes) < len(said) else ()),
    )
    return Draft(title_of(thread, titles), parts, solution)


def _section(part: Part) -> str:
    """Its lines, and a word about the pictures that they speak of."""
    text = markdown(part.lines, numbered=part.name == "Resolution")
    pictured = part.name == "Resolution" and any(SHOWN.search(line.text) for line in part.lines)
    return f"{text}\n\n{PICTURED}" if pictured else text


def _helps(line: Line) -> bool:
    """Not a question back, not a request for more, not merely that it is solved or where a picture is."""
    text = line.text
    return not (is_question(text) or is_request(text) or only_success(text) or points_to_a_picture(text))


def _is_cause(line: Line) -> bool:
    """A step that gives its reason is a step, and a sentence that tells what to do belongs to what is to be done."""
    leads_on = line.text.endswith(":")
    return not line.step and not leads_on and bool(CAUSE.search(line.text)) and not tells(line.text)


def _new_lines(thread: Thread, turn: Turn) -> Iterator[Line]:
    """Without what somebody wrote earlier and this turn only repeats."""
    earlier = [_plain(thread.text_of(number)) for number in range(turn.number)]
    asked = {_plain(said) for said in _asked(thread, turn)}
    for line in lines(turn.number, turn.said.redacted):
        words = _plain(line.text)
        repeated = len(words.split()) >= FEWEST_WORDS and any(words in text for text in earlier)
        if not repeated and words not in asked:
            yield line


def _asked(thread: Thread, turn: Turn) -> Iterator[str]:
    """Sentences, however short, of who asked before a helper answers: whoever repeats them quotes."""
    for number in range(turn.number) if turn.speaker == "helper" else ():
        if number == QUESTION or thread.turns[number - 1].speaker == "requester":
            text = thread.text_of(number)
            yield from (text[start:end] for start, end in sentences(text))


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _issue(thread: Thread) -> Iterator[Line]:
    told = [one for one in lines(QUESTION, thread.body.redacted) if not _asks_for_help(one.text)]
    return iter([one for one in told if not points_to_a_picture(one.text)][:ISSUE_LINES])


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
        for line in lines(turn.number, turn.said.redacted):
            did = OWN.search(line.text) or (says_it_worked(line.text) and DOING.match(line.text))
            telling = len(line.text.split()) >= FEWEST_WORDS and not THANKS.search(line.text)
            if did and telling and not is_question(line.text):
                yield line


def _different(lines: Iterable[Line]) -> tuple[Line, ...]:
    """Without a sentence that was there already."""
    kept: dict[str, Line] = {}
    for line in lines:
        kept.setdefault(_plain(line.text), line)
    return tuple(kept.values())
