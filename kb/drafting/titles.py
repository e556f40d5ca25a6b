"""A title as customers say it. Invariant: pure; always the redacted words of somebody who asked."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from kb.drafting.thread import QUESTION, Thread
from kb.drafting.wording import is_chatter
from kb.sentences import sentences

LONGEST: Final = 120
FEWEST_WORDS: Final = 3
EMPTY = re.compile(
    r"^(?:(?:re|fwd?|aw|wg|urgent|help|question|problem|issue|support|ticket)(?:[\s:!.#\d-]+|$))+", re.IGNORECASE
)
WORD = re.compile(r"[^\W\d_]{3,}")
SHOUTED: Final = 0.7


def title_of(thread: Thread, others: Sequence[str] = ()) -> str:
    """Of the ticket's own subject and those of similar tickets the one that shares most with all of them.

    A subject that says nothing ("Help!!!") gives way to the first sentence of the question.
    """
    own = _clean(thread.subject.redacted) or _opening(thread)
    choices = [own, *(_clean(other) for other in others)]
    telling = [choice for choice in choices if len(WORD.findall(choice)) >= FEWEST_WORDS] or [own]
    shared = Counter(word for choice in telling for word in set(_words(choice)))
    return max(telling, key=lambda choice: (_centrality(choice, shared), choice == own)) or "Untitled"


def _centrality(title: str, shared: Counter[str]) -> float:
    words = set(_words(title))
    return sum(shared[word] for word in words) / math.sqrt(len(words) + 4) if words else 0.0


def _words(title: str) -> list[str]:
    return [word.casefold() for word in WORD.findall(title)]


def _clean(subject: str) -> str:
    """Without "Re:" and "URGENT", without shouting, not longer than a title may be."""
    text = " ".join(EMPTY.sub("", " ".join(subject.split())).split()).strip(" .!-:")
    letters = [letter for letter in text if letter.isalpha()]
    if letters and sum(letter.isupper() for letter in letters) > SHOUTED * len(letters) and len(letters) > 12:
        text = text.lower()
    cut = text if len(text) <= LONGEST else text[:LONGEST].rsplit(" ", 1)[0] + " …"
    return cut[:1].upper() + cut[1:]


def _opening(thread: Thread) -> str:
    text = thread.text_of(QUESTION)
    said = (text[start:end] for start, end in sentences(text))
    return _clean(next((sentence for sentence in said if not is_chatter(sentence)), ""))
