"""Synonyms: a lead keeps them, rephrased searches propose them. Invariant: nothing stands for anything undecided."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from kb.errors import ConflictError, InvalidError, NotFoundError
from kb.models import SynonymGroup
from kb.queries import synonyms as synonyms_q
from kb.redaction import RedactedText, redact
from kb.services import audit
from kb.services.gaps import SMALL
from kb.synonyms import also, plain, replaced
from kb.viewers import Viewer, require

MOST_WORDS: Final = 20
LONGEST: Final = 60
"""Letters of a word or phrase."""
DAYS: Final = 180
LOOKED_AT: Final = 5000
"""Rephrased searches that are looked at, newest first."""
LEAST_PEOPLE: Final = 2
"""People who must have rephrased alike before that is proposed."""


@dataclass(frozen=True, slots=True)
class Synonyms:
    """Words that mean the same."""

    id: int
    words: tuple[str, ...]
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Proposal:
    """Words that people put in each other's place until they found something."""

    words: tuple[str, str]
    people: int
    """How many; a search of somebody who was not signed in counts as one person's."""
    times: int
    """How often, by all of them together."""


def listed(session: Session, viewer: Viewer) -> tuple[Synonyms, ...]:
    """What serves now."""
    require(viewer, "lead")
    return tuple(_shown(group) for group in synonyms_q.groups(session, declined=False))


def declined(session: Session, viewer: Viewer) -> tuple[Synonyms, ...]:
    """What is not to be proposed again, the latest decision first."""
    require(viewer, "lead")
    return tuple(_shown(group) for group in reversed(synonyms_q.groups(session, declined=True)))


def proposals(session: Session, viewer: Viewer, now: datetime) -> tuple[Proposal, ...]:
    """What rephrased searches suggest and nobody has decided on, most people first. Their words were redacted."""
    require(viewer, "lead")
    decided = [
        {plain(word) for word in group.words}
        for declined in (False, True)
        for group in synonyms_q.groups(session, declined=declined)
    ]
    people: dict[tuple[str, str], set[str]] = defaultdict(set)
    times: dict[tuple[str, str], set[int]] = defaultdict(set)
    for before, after, account, question in synonyms_q.rephrased(session, now - timedelta(days=DAYS), LOOKED_AT):
        pair = replaced(before, after, SMALL)
        if pair and not any(set(pair) <= words for words in decided):
            left, right = sorted(pair)
            people[left, right].add(f"account {account}" if account else f"question {question}")
            # By the question that came first: a page that is loaded again asks the second one again.
            times[left, right].add(question)
    found = [Proposal(pair, len(who), len(times[pair])) for pair, who in people.items() if len(who) >= LEAST_PEOPLE]
    return tuple(sorted(found, key=lambda proposal: (-proposal.people, proposal.words)))


def save(
    session: Session,
    viewer: Viewer,
    words: Sequence[str],
    now: datetime,
    number: int | None = None,
    *,
    seen: datetime | None = None,
) -> Synonyms:
    """Let words stand for each other; `number` changes a group. Groups that share a word become one.

    Raises:
        ConflictError: the group was changed since `seen`.
        InvalidError: fewer than two different words, too many, or one too long.
        NotFoundError: there is no such group.
    """
    require(viewer, "lead")
    group = _group(session, number) if number is not None else SynonymGroup(words=[], updated_at=now)
    if seen is not None and group.updated_at != seen:
        raise ConflictError("Somebody has changed these synonyms meanwhile. Look again.")
    chosen = {plain(word): " ".join(word.split()) for word in words if plain(word)}
    for other in synonyms_q.groups(session, declined=False):
        if other is not group and chosen.keys() & {plain(word) for word in other.words}:
            chosen = {plain(word): word for word in other.words} | chosen
            session.delete(other)
    _check(chosen)
    for other in synonyms_q.groups(session, declined=True):
        if {plain(word) for word in other.words} <= chosen.keys():
            session.delete(other)
    group.words, group.declined, group.by_id, group.updated_at = list(chosen.values()), False, viewer.account_id, now
    session.add(group)
    session.flush()
    audit.record(session, viewer, "synonyms saved", f"synonyms:{group.id}", now, words=len(group.words))
    return _shown(group)


def decline(session: Session, viewer: Viewer, words: Sequence[str], now: datetime) -> None:
    """Do not propose those words for each other again.

    Raises:
        InvalidError: as `save`.
    """
    require(viewer, "lead")
    chosen = {plain(word): " ".join(word.split()) for word in words if plain(word)}
    _check(chosen)
    group = SynonymGroup(words=list(chosen.values()), declined=True, by_id=viewer.account_id, updated_at=now)
    session.add(group)
    session.flush()
    audit.record(session, viewer, "synonyms declined", f"synonyms:{group.id}", now, words=len(chosen))


def decide(session: Session, viewer: Viewer, words: Sequence[str], now: datetime, *, accept: bool) -> None:
    """Accept a proposal, or do not hear it again.

    Raises:
        ConflictError: nobody proposes those words, or somebody decided on them meanwhile.
    """
    pair = {plain(word) for word in words}
    if not any({plain(word) for word in one.words} == pair for one in proposals(session, viewer, now)):
        raise ConflictError("These words are not proposed any more. Look again.")
    if accept:
        save(session, viewer, words, now)
    else:
        decline(session, viewer, words, now)


def remove(session: Session, viewer: Viewer, number: int, now: datetime) -> None:
    """Let those words stand for each other no longer.

    Raises:
        NotFoundError: there is no such group.
    """
    require(viewer, "lead")
    session.delete(_group(session, number))
    audit.record(session, viewer, "synonyms removed", f"synonyms:{number}", now)


def reconsider(session: Session, viewer: Viewer, number: int, now: datetime) -> None:
    """Take a refusal back: those words may be proposed again.

    Raises:
        NotFoundError: nothing of that number was declined.
    """
    require(viewer, "lead")
    found = synonyms_q.group(session, number)
    if found is None or not found.declined:
        raise NotFoundError("No such proposal was declined.")
    session.delete(found)
    audit.record(session, viewer, "synonyms reconsidered", f"synonyms:{number}", now)


def also_said(session: Session, text: str) -> tuple[RedactedText, ...]:
    """What else to look for beside `text`."""
    return tuple(redact(phrase) for phrase in also(text, synonyms_q.serving_words(session)))


def _group(session: Session, number: int) -> SynonymGroup:
    found = synonyms_q.group(session, number)
    if found is None or found.declined:
        raise NotFoundError("There are no such synonyms.")
    return found


def _check(chosen: dict[str, str]) -> None:
    if len(chosen) < 2:
        raise InvalidError("Name at least two different words that mean the same.", field="words")
    if len(chosen) > MOST_WORDS:
        raise InvalidError(f"Name at most {MOST_WORDS} words.", field="words")
    if any(len(word) > LONGEST for word in chosen.values()):
        raise InvalidError(f"A word or phrase may have {LONGEST} letters at most.", field="words")


def _shown(group: SynonymGroup) -> Synonyms:
    return Synonyms(group.id, tuple(group.words), group.updated_at)
