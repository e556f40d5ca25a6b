"""Which message solved it. Invariant: pure; the answer says how it knows, and a person can always say otherwise."""

from __future__ import annotations

import re
from typing import Final

from kb.drafting.thread import Solution, Thread, Turn
from kb.drafting.wording import (
    FAILED,
    OWN,
    THANKS,
    instructions,
    is_question,
    is_request,
    only_success,
    says_it_worked,
    says_what_was_done,
    suffers_too,
    thanks,
)
from kb.sentences import sentences

SHORT: Final = 12
"""Words; a shorter message of the requester reports success without saying what brought it."""
OPENS_SOLVED = re.compile(r"(?:problem |issue )?(?:solved|fixed|resolved|sorted|found)(?: it| this| the \w+)?\b")
MARKED: Final = "a person marked it as the solution"
CONFIRMED: Final = "the requester wrote next that it worked"
OWN_FIX: Final = "the requester wrote what fixed it"
THANKED: Final = "the requester thanked for it"
VOTED: Final = "people found it helpful"
LAST: Final = "the last answer that says what to do"
ONLY: Final = "the last answer before the ticket was resolved"


def solution_of(thread: Thread) -> Solution | None:
    """The turn that led to the solution; None where nobody answered.

    In this order: what a person marked, what the requester confirmed, what the requester did, what others found helpful,
    what the requester thanked for, the last answer with something to do in it, the last answer.
    """
    if thread.marked is not None and 1 <= thread.marked <= len(thread.turns):
        return Solution(thread.marked, MARKED, sure=True)
    return _confirmed(thread) or _reported(thread) or _guessed(thread)


def _confirmed(thread: Thread) -> Solution | None:
    for turn in reversed(thread.turns):
        if turn.speaker != "requester" or not says_it_worked(turn.said.redacted):
            continue
        if _own_fix(turn):
            return Solution(turn.number, OWN_FIX, sure=True)
        before = _helpers(thread, turn.number)
        answering = [t for t in before if not _only_asks(t)]
        telling = [t for t in answering if instructions(t.said.redacted)] or answering or before
        if telling:
            return Solution(telling[-1].number, CONFIRMED, sure=True)
        return Solution(turn.number, OWN_FIX, sure=False)
    return None


def _reported(thread: Thread) -> Solution | None:
    """The last word of who asked, where it says what was done and neither asks, complains nor thanks."""
    own = [turn for turn in thread.turns if turn.speaker == "requester"][-1:]
    for turn in own:
        text = turn.said.redacted
        ends_well = not FAILED.search(text) and not is_question(text) and not THANKS.search(text)
        if ends_well and says_what_was_done(text):
            return Solution(turn.number, OWN_FIX, sure=False)
    return None


def _helpers(thread: Thread, before: int) -> list[Turn]:
    return [t for t in thread.turns[: before - 1] if t.speaker == "helper" and not suffers_too(t.said.redacted)]


def _thanked(thread: Thread) -> Solution | None:
    """Thanks say less than "it worked": people also thank for trying."""
    for turn in reversed(thread.turns):
        before = _helpers(thread, turn.number) if turn.speaker == "requester" and thanks(turn.said.redacted) else []
        telling = [t for t in before if instructions(t.said.redacted)] or before
        if telling:
            return Solution(telling[-1].number, THANKED, sure=False)
    return None


def _own_fix(turn: Turn) -> bool:
    """Says what was done, however briefly, and does not thank somebody for it in the first place."""
    text = turn.said.redacted
    opening = text.lstrip()[:60].lower()
    telling = [text[a:b] for a, b in sentences(text) if not only_success(text[a:b])]
    long = sum(len(sentence.split()) for sentence in telling) > SHORT
    did = says_what_was_done(text) or (long and bool(OWN.search(text) or OPENS_SOLVED.match(opening)))
    return bool(telling) and did and "thank" not in opening


def _guessed(thread: Thread) -> Solution | None:
    helpers = [turn for turn in thread.turns if turn.speaker == "helper"]
    if not helpers:
        # Nobody answered: the last word of who asked, unless it only asks again.
        own = [turn for turn in thread.turns if not _only_asks(turn)]
        return Solution(own[-1].number, OWN_FIX, sure=False) if own else None
    best = max(helpers, key=lambda turn: (turn.votes, turn.number))
    if best.votes > 0 and sum(turn.votes == best.votes for turn in helpers) == 1:
        return Solution(best.number, VOTED, sure=False)
    thanked = _thanked(thread)
    if thanked:
        return thanked
    telling = [turn for turn in helpers if instructions(turn.said.redacted) and not _only_asks(turn)]
    if telling:
        return Solution(telling[-1].number, LAST, sure=False)
    own = [turn for turn in thread.turns if turn.speaker == "requester" and not _only_asks(turn)]
    if own and all(_only_asks(turn) for turn in helpers) and not thanks(own[-1].said.redacted):
        return Solution(own[-1].number, OWN_FIX, sure=False)
    return Solution(helpers[-1].number, ONLY, sure=False)


def _only_asks(turn: Turn) -> bool:
    text = turn.said.redacted
    said = (text[a:b] for a, b in sentences(text))
    return all(is_question(one) or is_request(one) for one in said) or suffers_too(text)
