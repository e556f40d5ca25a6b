"""The model card. Invariant: says nothing that training did not find; every figure names the tickets it was measured on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

METHOD: Final = (
    "Whether: logistic regression on words, pairs of words, pieces of words, ticket attributes and the sentence "
    "embedding; boosted trees on attributes, how often tickets with such attributes escalated, numbers, calendar, "
    "manner and gist; the most similar past tickets; and the rates of the likely teams. Where and which level: one "
    "linear support vector line a class, with and without rare classes weighing alike; the most similar past tickets, "
    "by votes and by the nearest of each class; the requester's past; boosted trees on attributes and numbers; a "
    "small neural network on the gist; and, where teams have levels, the lines of the levels, on which a rare team "
    "leans. Weights that are never negative blend and calibrate them; sets by split conformal prediction with 90 % "
    "coverage. Blending, calibration, sets and threshold come from tickets that the judging models had not seen. Of "
    "dated tickets the later count more."
)
UNSEEN_LATER: Final = "the later half of the tickets, slice by slice, each judged by a model of all earlier ones"
UNSEEN_OTHERS: Final = "all tickets in five parts, each judged by a model of the other four, copies of a text together"
LIMITS: Final = (
    "It knows what there was at the moment of a prediction and nothing after.",
    "Words, attribute values and teams that are new since training are unknown to it.",
    "A team seen only once is never proposed.",
    "Figures describe this desk's tickets up to the last date above; later ones may differ.",
)


@dataclass(frozen=True, slots=True)
class Card:
    """What a version learned from, how good it is, and its limits."""

    version: str
    created_at: str
    examples: int
    first: str
    last: str
    trained: tuple[str, ...]
    skipped: Mapping[str, str]
    figures: Mapping[str, float]
    """Named "escalation AUC", "team top 3", …"""
    intervals: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """95 % bootstrap bounds of the same names."""
    measured_on: str = UNSEEN_OTHERS
    candidates: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Log loss of each model that was tried."""
    features: Mapping[str, int] = field(default_factory=dict)
    attributes: tuple[str, ...] = ()
    threshold: str = ""
    method: str = METHOD
    limits: tuple[str, ...] = LIMITS


def readable(card: Card) -> str:
    """The card as Markdown."""
    dates = f", written {card.first} to {card.last}" if card.first else ""
    parts = [
        f"# Model {card.version}",
        f"Trained {card.created_at} on {card.examples} tickets{dates}: {', '.join(card.trained)}.",
        card.method,
        card.threshold,
        f"## Figures\n\nMeasured on {card.measured_on}. In brackets: 95 % intervals.",
        _table(("figure", "value", "interval"), [_figure(card, name) for name in card.figures]),
        "## Candidates\n\nLog loss on the same tickets, each alone. Of each kind the best was taken and the kinds were blended."
        if card.candidates
        else "",
        _table(
            ("model", "log loss"),
            [(f"{task}: {n}", f"{v:.4f}") for task, one in card.candidates.items() for n, v in one.items()],
        ),
        "## Features",
        _table(("block", "columns"), [(name, str(count)) for name, count in card.features.items()]),
        f"Attributes: {', '.join(card.attributes) or 'none that differ between tickets'}.",
        "## Not trained",
        "\n".join(f"- {name}: {reason}" for name, reason in card.skipped.items()) or "Nothing was left out.",
        "## Limits",
        "\n".join(f"- {limit}" for limit in card.limits),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _figure(card: Card, name: str) -> tuple[str, str, str]:
    low, high = card.intervals.get(name, (None, None))
    return name, f"{card.figures[name]:.4g}", "" if low is None else f"[{low:.4g}, {high:.4g}]"


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    if not rows:
        return ""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
