"""Decides which tickets are handed up. Invariant: only the issue, signs in the text and chance decide, never the date."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from web.demo.material_reader import Issue, signals
from web.demo.records import EscalationKind
from web.demo.roster import LEADS

SHARPNESS = 3.2
"""How firmly the signs decide; measured so that words and a linear model reach an AUC of about .9."""
RELUCTANCE = 0.14
"""Log-odds by which a desk keeps what it can; sets the overall rate near one in six."""
CHANCE_NOISE = 0.2
"""Standard deviation, in log-odds, of what no text shows: a busy agent, a kind customer, a good day."""


@dataclass(frozen=True, slots=True)
class Route:
    """How a ticket is handed up: the teams in order, with the frontline left out."""

    kind: EscalationKind
    teams: tuple[str, ...]


def draw_signs(rng: Random, issue: Issue) -> tuple[str, ...]:
    """The signs that this ticket's text will carry; at most three."""
    fitting = [
        name
        for name, sign in signals().items()
        if rng.random() < (sign.rate if name in issue.pathway.signals else sign.anywhere)
    ]
    return tuple(rng.sample(fitting, k=min(3, len(fitting))))


def log_odds(issue: Issue, signs: Sequence[str]) -> float:
    """Log-odds that a ticket with these signs is handed up."""
    chance = issue.pathway.chance
    return math.log(chance / (1 - chance)) + sum(signals()[sign].weight for sign in signs)


def is_escalated(rng: Random, issue: Issue, signs: Sequence[str]) -> bool:
    """Whether this ticket is handed up."""
    odds = SHARPNESS * (log_odds(issue, signs) - RELUCTANCE + rng.gauss(0, CHANCE_NOISE))
    return rng.random() < 1 / (1 + math.exp(-odds))


def route(rng: Random, issue: Issue, signs: Sequence[str]) -> Route:
    """By which way, and of which kind."""
    stated = [each for sign in signs if (each := signals()[sign].kind) and each != "functional"]
    kind: EscalationKind = issue.pathway.kind
    if stated and rng.random() < 0.75:
        kind = rng.choice(stated)
    if kind == "hierarchic" or (kind == "customer-requested" and rng.random() < 0.6):
        # A lead decides and then has the work done by those who can.
        return Route(kind, (LEADS, issue.pathway.to) if issue.expert and issue.pathway.to != LEADS else (LEADS,))
    if issue.pathway.via and rng.random() < 0.6:
        return Route(kind, (issue.pathway.via, issue.pathway.to))
    return Route(kind, (issue.pathway.to,))
