"""Features that tell the outcome too well to have been known before it.

Invariant: pure; learned on earlier tickets and judged on later ones, each feature by itself, without its text.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.metrics import roc_auc_score

from classifier.contract import Example
from classifier.counting import BETWEEN_BLANKS
from classifier.wording import normal, text_of

TOO_GOOD: Final = 0.98
"""AUC, or share of teams named right, of one feature alone; what people know beforehand does not reach that."""
TOO_GOOD_WORD: Final = 0.97
LEAST: Final = 40
LEAST_OF_A_KIND: Final = 10
LEAST_TEAMS: Final = 3
SPREAD: Final = 0.9
"""Where one team has more of the tickets than that, naming it right is no art."""


@dataclass(frozen=True, slots=True)
class Leaks:
    """What was found, by name, in words: `features` can be left out, `words` are only reported."""

    features: Mapping[str, str]
    words: Mapping[str, str]


def find(earlier: Sequence[Example], later: Sequence[Example], trusted: Sequence[str] = ()) -> Leaks:
    """Attributes, numbers and words that decide by themselves whether or where a ticket escalates."""
    found: dict[str, str] = {}
    names = sorted({name for example in later for name in example.ticket.attributes} - set(trusted))
    for name in names:
        problem = _whether_alone(earlier, later, name) or _where_alone(earlier, later, name)
        if problem:
            found[name] = problem
    numbers = sorted({name for example in later for name in example.ticket.numbers} - set(trusted))
    for name in numbers:
        area = _area([e.ticket.numbers.get(name, 0.0) for e in _told(later)], later)
        if area is not None and max(area, 1 - area) >= TOO_GOOD:
            found[name] = _escalation_words(max(area, 1 - area), later)
    return Leaks(found, _words_alone(later))


def without(example: Example, names: Mapping[str, str]) -> Example:
    """The same ticket as if those features were not given."""
    if not names:
        return example
    attributes = {name: value for name, value in example.ticket.attributes.items() if name not in names}
    numbers = {name: value for name, value in example.ticket.numbers.items() if name not in names}
    return replace(example, ticket=replace(example.ticket, attributes=attributes, numbers=numbers))


def _told(examples: Sequence[Example]) -> list[Example]:
    return [example for example in examples if example.outcome.escalated is not None]


def _area(scores: Sequence[float], later: Sequence[Example]) -> float | None:
    """AUC of a score, or None where too few outcomes are known to say anything."""
    labels = np.array([bool(example.outcome.escalated) for example in _told(later)])
    if len(labels) < LEAST or min(labels.sum(), (~labels).sum()) < LEAST_OF_A_KIND:
        return None
    return float(roc_auc_score(labels, scores))


def _whether_alone(earlier: Sequence[Example], later: Sequence[Example], name: str) -> str:
    known = _told(earlier)
    if not known:
        return ""
    base = sum(bool(example.outcome.escalated) for example in known) / len(known)
    seen: dict[str, list[bool]] = defaultdict(list)
    for example in known:
        seen[example.ticket.attributes.get(name, "")].append(bool(example.outcome.escalated))
    rates = {value: (sum(ones) + base) / (len(ones) + 1) for value, ones in seen.items()}
    area = _area([rates.get(example.ticket.attributes.get(name, ""), base) for example in _told(later)], later)
    return _escalation_words(area, later) if area is not None and area >= TOO_GOOD else ""


def _where_alone(earlier: Sequence[Example], later: Sequence[Example], name: str) -> str:
    asked = [example for example in later if example.outcome.team]
    teams = Counter(example.outcome.team for example in asked)
    if len(asked) < LEAST or len(teams) < LEAST_TEAMS or max(teams.values()) > SPREAD * len(asked):
        return ""
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for example in earlier:
        if example.outcome.team:
            votes[example.ticket.attributes.get(name, "")][example.outcome.team] += 1
    best = {value: count.most_common(1)[0][0] for value, count in votes.items()}
    right = [best.get(example.ticket.attributes.get(name, "")) == example.outcome.team for example in asked]
    share = sum(right) / len(right)
    return f"by itself it names the right team for {share:.1%} of {len(asked)} tickets" if share >= TOO_GOOD else ""


def _words_alone(later: Sequence[Example]) -> dict[str, str]:
    known = _told(later)
    if _area([0.0] * len(known), later) is None:
        return {}
    labels = np.array([bool(example.outcome.escalated) for example in known])
    counter = CountVectorizer(lowercase=False, token_pattern=BETWEEN_BLANKS, binary=True, min_df=LEAST_OF_A_KIND)
    try:
        rows = counter.fit_transform([normal(text_of(example.ticket)) for example in known])
    except ValueError:  # no word is frequent enough
        return {}
    hit = np.asarray(rows[labels].mean(axis=0)).ravel()
    miss = np.asarray(rows[~labels].mean(axis=0)).ravel()
    areas = 0.5 + np.abs(hit - miss) / 2
    names, telling = counter.get_feature_names_out(), np.flatnonzero(areas >= TOO_GOOD_WORD).tolist()
    return {str(names[n]): _escalation_words(float(areas[n]), later) for n in telling}


def _escalation_words(area: float, later: Sequence[Example]) -> str:
    return f"by itself it tells which of {len(_told(later))} tickets escalated (AUC {area:.3f})"
