"""What a language model may do to a draft: say it better, and nothing else.

Invariant: pure; it is told redacted text only, and of what it writes only sentences stay whose facts stand in one
sentence of the source.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from kb.redaction import RedactedText
from kb.sentences import sentences

INSTRUCTIONS: Final = (
    "Rewrite this help article so that it is easy to read. Keep every fact, name, number and step exactly as it is, keep "
    "the Markdown headings and their order, write short sentences and imperative steps, and add nothing that is not in "
    "the text. Text in square brackets such as [email] stays as it is. Answer with the article only."
)
WORD = re.compile(r"[^\W_]+")
NUMBER = re.compile(r"\d")
NEGATION: Final = frozenset({"not", "no", "never", "without", "cannot", "don", "doesn", "isn", "won", "t"})
FUNCTION: Final = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "but",
        "by",
        "can",
        "do",
        "does",
        "for",
        "from",
        "has",
        "have",
        "how",
        "i",
        "if",
        "in",
        "is",
        "it",
        "its",
        "may",
        "must",
        "of",
        "on",
        "or",
        "our",
        "should",
        "so",
        "than",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "this",
        "to",
        "up",
        "was",
        "we",
        "were",
        "what",
        "when",
        "where",
        "which",
        "while",
        "will",
        "with",
        "you",
        "your",
        "please",
        "also",
        "now",
        "here",
        "first",
        "next",
        "after",
        "before",
        "again",
    ]
)
LEAST_SHARED: Final = 0.7
"""Share of a sentence's telling words that must stand in its source, by their stems."""
STEM: Final = 5
HEADING = re.compile(r"^\s*#{1,6}\s+(.+?)\s*$")
MARKS = re.compile(r"^\s*(?:[-*+]|\d{1,3}[.)])\s+|[*_`]")


class LanguageModel(Protocol):
    """Whatever rewrites text. It is outside, so it may fail."""

    def rewrite(self, instructions: str, text: RedactedText) -> str:
        """The text in other words.

        Raises:
            UnavailableError: it cannot be reached, or answered nothing usable.
        """
        ...


@dataclass(frozen=True, slots=True)
class Rephrased:
    """What stays of what it wrote; `struck` are the sentences that no source bears out."""

    body: str
    struck: tuple[str, ...]


def checked(written: str, source: str) -> Rephrased:
    """Strike out every sentence of `written` that cannot be traced to one sentence of `source`; both are Markdown.

    Headings stay only where the source has them.
    """
    told = [MARKS.sub("", source[start:end]) for start, end in sentences(source)]
    headings = {match[1].casefold() for line in source.splitlines() if (match := HEADING.match(line))}
    kept: list[str] = []
    struck: list[str] = []
    for line in written.strip().splitlines():
        heading = HEADING.match(line)
        if heading is not None:
            (kept if heading[1].casefold() in headings else struck).append(line.rstrip())
            continue
        pieces = [line[start:end] for start, end in sentences(line)]
        true = [piece for piece in pieces if traceable(MARKS.sub("", piece), told)]
        struck += [piece for piece in pieces if piece not in true]
        if true or not pieces:
            kept.append(" ".join(true))
    return Rephrased(re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip(), tuple(struck))


def traceable(sentence: str, told: Sequence[str]) -> bool:
    """Whether one of the `told` sentences bears it out: its numbers all, its negation too, and most of its telling words."""
    words = _words(sentence)
    return any(_bears_out(words, _words(other)) for other in told)


def _bears_out(words: list[str], source: list[str]) -> bool:
    there = set(source)
    if any(word not in there for word in words if NUMBER.search(word)):
        return False
    if bool(NEGATION & set(words)) != bool(NEGATION & there):
        return False
    telling = [word for word in words if word not in FUNCTION | NEGATION]
    stems = {word[:STEM] for word in source}
    return not telling or sum(word[:STEM] in stems for word in telling) >= LEAST_SHARED * len(telling)


def _words(text: str) -> list[str]:
    return [word.casefold() for word in WORD.findall(text)]
