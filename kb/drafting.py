"""From a resolved ticket to the draft of an article, in the structure of KCS v6.

Invariant: pure, and extractive: every sentence of a draft stands in something a person wrote, already redacted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from kb.redaction import RedactedText

MISSING: Final = "_Nothing in the ticket says this. Please add it._"
CHATTER = re.compile(
    r"^(?:(?:hi|hello|hey|dear|good (?:morning|afternoon|evening))\b[^.!?]{0,60}"
    r"|(?:many |kind |best |warm )?(?:thanks|thank you|regards|wishes|cheers|sincerely|best)\b[^.!?]{0,60}"
    r"|(?:sorry|apologies)\b[^.!?]{0,60}"
    r"|(?:any (?:update|news)|let (?:me|us) know|please advise)\b[^.!?]{0,60})[\s,.!?]*$",
    re.IGNORECASE,
)
CAUSE = re.compile(
    r"\b(?:because|caused by|due to|the (?:cause|reason) (?:is|was)|turned out|root cause)\b", re.IGNORECASE
)
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=\S)")
STEP = re.compile(r"^\s*(?:\d+[.)]|[-*\u2022])\s+")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What people wrote, redacted: the question, the public replies in order, and how it was summed up."""

    subject: RedactedText
    body: RedactedText
    replies: Sequence[RedactedText]
    """Of agents, in the order of the thread, the one that solved it last."""
    resolution: RedactedText
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DraftText:
    """An article before anybody has looked at it; `body` is Markdown."""

    title: str
    summary: str
    body: str


def draft(evidence: Evidence) -> DraftText:
    """Issue, environment, resolution, cause. What no message says is asked for, not made up."""
    told = [_kept(reply.redacted) for reply in evidence.replies]
    solved = _kept(evidence.resolution.redacted)
    issue = _kept(evidence.body.redacted) or evidence.subject.redacted
    causes = list(dict.fromkeys(s for text in (*told, solved) for s in _sentences(text) if CAUSE.search(s)))
    resolution = "\n\n".join(part for part in dict.fromkeys((*told[-1:], solved)) if part)
    environment = "\n".join(f"- {name.capitalize()}: {value}" for name, value in evidence.environment.items() if value)
    parts = (
        ("Issue", issue),
        ("Environment", environment),
        ("Resolution", _stepped(resolution)),
        ("Cause", " ".join(causes)),
    )
    title = " ".join(evidence.subject.redacted.split())[:200] or "Untitled"
    summary = next(iter(_sentences(solved or resolution)), "")[:300]
    return DraftText(title, summary, "\n\n".join(f"## {name}\n\n{text or MISSING}" for name, text in parts))


def _kept(text: str) -> str:
    """Without greetings, thanks and signatures; paragraphs and steps stay as they were written."""
    lines = [line.rstrip() for line in text.strip().splitlines()]
    kept = [
        line if STEP.match(line) else " ".join(s for s in _sentences(line) if not CHATTER.match(s)) for line in lines
    ]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def _sentences(text: str) -> list[str]:
    return [part.strip() for line in text.splitlines() for part in SENTENCE.split(line) if part.strip()]


def _stepped(text: str) -> str:
    """Numbered steps where the text has steps, in whatever way they were marked."""
    return "\n".join(_numbered(text.splitlines()))


def _numbered(lines: Iterable[str]) -> Iterable[str]:
    number = 0
    for line in lines:
        if STEP.match(line):
            number += 1
            yield f"{number}. {STEP.sub('', line)}"
        else:
            number = 0 if line.strip() else number
            yield line
