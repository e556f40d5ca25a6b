"""A title as customers say it. Invariant: pure; always the redacted words of somebody who asked."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Final

from kb.drafting.thread import QUESTION, Thread
from kb.drafting.wording import address_length, is_chatter, is_question
from kb.sentences import sentences

LONGEST: Final = 120
FEWEST_WORDS: Final = 3
EMPTY = re.compile(
    r"^(?:(?:re|fwd?|aw|wg|urgent|help|question|problem|issue|support|ticket)(?:[\s:!.#\d-]+|$))+", re.IGNORECASE
)
WORD = re.compile(r"[^\W\d_]{3,}")
SHOUTED: Final = 0.7
FEWEST_TELLING: Final = 2
ALIKE: Final = 0.8
LATER: Final = 0.4
SOLVED = re.compile(r"^[\[(]\s*(?:re)?solved\s*[\])][\s:-]*|[\s:-]*[\[(]\s*(?:re)?solved\s*[\])]\s*$", re.IGNORECASE)
"""What people write into a subject afterwards."""
LINKS = re.compile(
    r"^(?:(?:but|and|so|now|also|then|well|however|actually|basically|unfortunately|if so|if not|in short|anyway|my (?:question|problem|issue) is(?: that)?|the (?:problem|issue) is(?: that)?)\b[,: ]+)+",
    re.IGNORECASE,
)
"""What joins a sentence to the one before."""
READ: Final = 8
"""Sentences of a question that are looked at; what is wrong is said early."""
SAYS_LITTLE = re.compile(
    r"(?:e?mails?|messages?|inbox|box|help|please|need\w*|problems?|issues?|questions?|errors?|troubles?|broken|working|works?|not|doesn|does|can|cannot|won"
    r"|don|isn|with|and|the|for|from|has|have|had|about|some|any|this|that|accounts?|settings?|set|setup|set-?up|new|old|different|strange|weird|again"
    r"|support|urgent|update|updates|upgrade|version|app|program|software|computer|laptop|question|how|use|using|get|all|more|your|our|its|is|are|was|in|on"
    r"|my|to|of|me|it)",
    re.IGNORECASE,
)
"""Words of which a title of nothing else says little."""
TROUBLE = re.compile(
    r"\b(?:can(?:'t|\u2019t|not)|won(?:'t|\u2019t)|do(?:es)?n(?:'t|\u2019t)|do(?:es)? not|unable|fail\w*|error|disappear\w*|missing|lost|gone|no longer|stopp?\w*|stuck"
    r"|crash\w*|freez\w*|slow|wrong|refus\w*|reject\w*|blocked|keeps?|never|nothing|empty|blank|delet\w*|suddenly|too (?:small|large|big|many)|instead)\b",
    re.IGNORECASE,
)
ASKS_HOW = re.compile(r"\b(?:how|where|what|which|is there|can i|why|is it possible)\b", re.IGNORECASE)
ASKS_HELP = re.compile(
    r"\b(?:help|suggestions?|ideas?|advice|anybody|anyone|solve|fix (?:this|it)|only one)\b", re.IGNORECASE
)
BACKGROUND = re.compile(
    r"(?:this|that|it|these|those|they|he|she|there|i(?:'m| am|'ve| have)? (?:us\w+|runn\w+|been|a |an |on |currently|recently|just|hav\w+|had)|running|using|my (?:system|computer|os)|windows|since|win \d)\b",
    re.IGNORECASE,
)
"""What a sentence begins with that tells of the system rather than of the trouble."""


def title_of(thread: Thread, others: Sequence[str] = ()) -> str:
    """Of the ticket's own subject and those of similar tickets the one that shares most with all of them.

    A subject that says nothing ("Help!!!", "E-mail problem") gives way to a similar ticket's that does, or to the sentence of
    the question that says best what is wrong.
    """
    own = _clean(thread.subject.redacted)
    similar = [_clean(other) for other in others]
    if is_vague(own, thread):
        own = _opening(thread, own) or own
    choices = [own, *(other for other in similar if not is_vague(other, thread))]
    telling = [choice for choice in choices if len(WORD.findall(choice)) >= FEWEST_WORDS] or [own]
    shared = Counter(word for choice in telling for word in set(_words(choice)))
    return max(telling, key=lambda choice: (_centrality(choice, shared), choice == own)) or "Untitled"


def is_vague(title: str, thread: Thread) -> bool:
    """Whether fewer than two of its words say more than that something is wrong with the product."""
    product = set(_words(thread.environment.get("product", "")))
    telling = {
        word
        for word in _words(title)
        if word not in product and not SAYS_LITTLE.fullmatch(word) and not _alike(word, product)
    }
    complains = bool(TROUBLE.search(title)) and len(title.split()) > FEWEST_TELLING
    return len(telling) < FEWEST_TELLING and not complains and not title.rstrip().endswith("?")


def _alike(word: str, product: set[str]) -> bool:
    """A product's name is often misspelt in a hurry."""
    return any(SequenceMatcher(None, word, name).ratio() > ALIKE for name in product)


def _centrality(title: str, shared: Counter[str]) -> float:
    words = set(_words(title))
    return sum(shared[word] for word in words) / math.sqrt(len(words) + 4) if words else 0.0


def _words(title: str) -> list[str]:
    return [word.casefold() for word in WORD.findall(title)]


def _clean(subject: str) -> str:
    """Without "Re:" and "URGENT", without shouting, not longer than a title may be."""
    text = " ".join(EMPTY.sub("", SOLVED.sub("", " ".join(subject.split()))).split()).strip(" .!-:")
    letters = [letter for letter in text if letter.isalpha()]
    if letters and sum(letter.isupper() for letter in letters) > SHOUTED * len(letters) and len(letters) > 12:
        text = text.lower()
    cut = text if len(text) <= LONGEST else text[:LONGEST].rsplit(" ", 1)[0] + " …"
    return cut[:1].upper() + cut[1:]


def _opening(thread: Thread, subject: str = "") -> str:
    """The sentence that says best what is wrong: a trouble, a question how to, and what the subject speaks of."""
    text = thread.text_of(QUESTION)
    said = [text[start:end] for start, end in sentences(text)[:READ]]
    product = set(_words(thread.environment.get("product", "")))
    about = {word for word in _words(subject) if not SAYS_LITTLE.fullmatch(word) and not _alike(word, product)}
    best: tuple[float, str] = (-1.0, "")
    for place, sentence in enumerate(said):
        bare = LINKS.sub("", sentence[address_length(sentence) :])
        if not is_chatter(sentence) and len(_words(bare)) >= FEWEST_WORDS:
            best = max(best, (_says_best(bare, about) - LATER * place, bare), key=lambda one: one[0])
    first = next((sentence for sentence in said if not is_chatter(sentence)), "")
    title = _clean(best[1] or first)
    named = subject and about and not about & set(_words(title)) and len(subject) + len(title) < LONGEST
    return f"{subject}: {title}" if named else title


def _says_best(sentence: str, about: set[str]) -> float:
    words = _words(sentence)
    score = 2.0 * bool(TROUBLE.search(sentence)) + 2.0 * (is_question(sentence) and bool(ASKS_HOW.search(sentence)))
    score += (
        1.5 * len(about & set(words)) - 2.0 * bool(BACKGROUND.match(sentence)) - 2.0 * bool(ASKS_HELP.search(sentence))
    )
    score -= sum(not SAYS_LITTLE.fullmatch(word) for word in words) < FEWEST_WORDS
    return score - 3.0 * (len(sentence) > LONGEST)
