"""A made-up desk: tickets whose words decide, with some noise, whether they escalate and where to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from classifier.contract import Example, Outcome, TicketFeatures

START = datetime(2025, 3, 1, 8, tzinfo=UTC)
EASY = [
    "password forgotten",
    "printer has no paper",
    "screen is too dark",
    "mouse does not move",
    "where is the canteen menu",
]
HARD = {
    "Network": ["vpn tunnel drops", "wireless roaming fails", "firewall blocks the branch"],
    "Billing": ["invoice shows wrong tax", "refund missing from ledger", "payment run aborted"],
    "Storage": ["backup job aborted", "disk array degraded", "snapshot cannot be restored"],
}
FILLER = [
    "since this morning",
    "please have a look",
    "second time this week",
    "on my laptop",
    "for the whole floor",
    "thanks",
]


@dataclass(frozen=True)
class Text:
    """Made-up text that holds nothing personal."""

    redacted: str


def ticket(number: int = 0, subject: str = "", body: str = "", **attributes: str) -> TicketFeatures:
    return TicketFeatures(f"T{number}", Text(subject), Text(body), attributes)


def examples(count: int = 240, *, seed: int = 1, dated: bool = False, noise: float = 0.08) -> list[Example]:
    chance = np.random.default_rng(seed)
    found = []
    for number in range(count):
        hard = bool(chance.random() < 0.45)
        team = str(chance.choice(sorted(HARD))) if hard else "Service desk"
        what = str(chance.choice(HARD[team] if hard else EASY))
        body = " ".join(map(str, chance.permutation(FILLER)[: chance.integers(1, 5)])) + f" room {number}"
        escalated = hard != bool(chance.random() < noise)
        made = ticket(
            number, what, body,
            product="Portal" if chance.random() < (0.8 if hard else 0.3) else "Desk",
            requester=f"user-{number % 40}", channel="mail",
        )  # fmt: skip
        made = replace(made, created_at=START + timedelta(hours=number)) if dated else made
        found.append(Example(made, Outcome(escalated, team, "L2" if hard else "L1")))
    return found


def with_embeddings(some: list[Example], *, dimensions: int = 8) -> list[Example]:
    """Vectors that know, vaguely, whether a ticket escalates."""
    chance = np.random.default_rng(0)
    found = []
    for example in some:
        vector = chance.normal(size=dimensions).astype(np.float32)
        vector[0] += 2.0 if example.outcome.escalated else -2.0
        found.append(Example(replace(example.ticket, embedding=vector / np.linalg.norm(vector)), example.outcome))
    return found
