"""Reads the hand-written material. Invariant: what cannot be read whole is refused at load, not found missing later."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

from frontmatter.default_handlers import YAMLHandler

from web.demo.records import EscalationKind

MATERIAL = Path(__file__).parent / "material"
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Pathway:
    """Where an issue goes when the frontline cannot end it, and how often that is before any sign in the text."""

    chance: float
    to: str
    kind: EscalationKind
    reason: str
    via: str | None
    signals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that goes wrong, with everything anybody says about it."""

    key: str
    product: str
    topic: str
    article: str | None
    also: str | None
    """A neighbouring article that is sometimes linked by mistake."""
    weight: float
    team: str
    impact: str
    urgency: str
    season: str
    pathway: Pathway
    openings: tuple[Pair, ...]
    """Subject and body of each wording."""
    replies: tuple[str, ...]
    followups: tuple[Pair, ...]
    """What the customer asks next, and what the agent says to it."""
    expert: str
    cause: str
    resolution: str


@dataclass(frozen=True, slots=True)
class Signal:
    """Something in a text that makes an escalation more likely, or less."""

    weight: float
    rate: float
    """How often an issue that names the sign shows it."""
    anywhere: float
    """How often any other issue does."""
    kind: EscalationKind | None
    sentences: tuple[str, ...]


def read(name: str) -> Any:  # noqa: ANN401 - YAML holds whatever the writer wrote; the callers check it
    """The content of one material file."""
    text = (MATERIAL / name).read_text(encoding="utf-8")
    return YAMLHandler().load(text)


@cache
def phrases() -> dict[str, list[str]]:
    """Slot fillers and general sentences by kind."""
    return {key: [str(line) for line in lines] for key, lines in read("phrases.yaml").items()}


@cache
def signals() -> dict[str, Signal]:
    """Signs of escalation by name."""
    return {
        name: Signal(
            weight=float(row["weight"]),
            rate=float(row["rate"]),
            anywhere=float(row.get("anywhere", row["rate"] if row["weight"] < 0 else 0)),
            kind=cast("EscalationKind | None", row.get("kind")),
            sentences=tuple(row["sentences"]),
        )
        for name, row in read("signals.yaml").items()
    }


@cache
def issues() -> tuple[Issue, ...]:
    """Every issue of every file, in file order."""
    names = sorted(path.name for path in MATERIAL.glob("issues-*.yaml"))
    return tuple(_issue(row) for name in names for row in read(name))


def _issue(row: dict[str, Any]) -> Issue:
    return Issue(
        key=row["key"],
        product=row["product"],
        topic=row["topic"],
        article=row.get("article"),
        also=row.get("also"),
        weight=float(row.get("weight", 2)),
        team=row.get("team", "Frontline"),
        impact=row.get("impact", "low"),
        urgency=row.get("urgency", "medium"),
        season=row.get("season", "flat"),
        pathway=_pathway(row["escalation"]),
        openings=tuple(_pair(text) for text in row["openings"]),
        replies=tuple(row["replies"]),
        followups=tuple(_pair(text) for text in row.get("followups", ())),
        expert=row.get("expert", "").strip(),
        cause=row.get("cause", ""),
        resolution=row["resolution"],
    )


def _pathway(row: dict[str, Any]) -> Pathway:
    return Pathway(
        chance=float(row["chance"]),
        to=row["to"],
        kind=row.get("kind", "functional"),
        reason=row["reason"],
        via=row.get("via"),
        signals=tuple(row.get("signals", ())),
    )


def _pair(text: str) -> Pair:
    """Two texts written on one line with a bar between them.

    Raises:
        ValueError: there is no bar.
    """
    first, bar, second = text.partition(" | ")
    if not bar:
        raise ValueError(f"expected two texts with ' | ' between them: {text!r}")
    return first.strip(), second.strip()
