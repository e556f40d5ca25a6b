"""History learned again as of a past day, and whether what was learned may serve.

Invariant: champion and challenger are judged on tickets that neither had learned from; what cannot be compared is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from classifier import coldstart, gate, leaks
from classifier.beside import Beside
from classifier.coldstart import ColdModel
from classifier.contract import (
    Comparison,
    Example,
    NothingToTrainError,
    Pathway,
    Prediction,
    Progress,
    TicketFeatures,
)
from classifier.history import History, mark, marks
from classifier.machine import has_memory
from classifier.pipeline import Model
from classifier.reading import Known
from classifier.training import Trained, train

PARTS: Final = ("escalation", "team", "level")
MANY: Final = 1_000
"""Tickets from which on learning as of the past day is worth a process of its own."""
MEMORY: Final = 500_000_000
MEMORY_A_TICKET: Final = 100_000
"""Bytes that both together take beyond what is held already: 4 GB for 40,000 long tickets were measured."""

AnyModel = Model | ColdModel


@dataclass(frozen=True, slots=True)
class Champion:
    """What serves now. `model` is None where its files cannot be used any more."""

    version: str
    model: AnyModel | None
    history: History
    trained: tuple[str, ...]
    examples: int


@dataclass(slots=True)
class Challenge:
    """What a training run found."""

    model: AnyModel
    found: Trained | None
    """None for a cold start."""
    history: History
    trained: tuple[str, ...]
    skipped: Mapping[str, str]
    examples: int
    held: tuple[str, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    curve: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Material:
    """What there is to learn from."""

    examples: Sequence[Example]
    pathways: Sequence[Pathway] = ()
    trusted: Sequence[str] = ()


def challenge(material: Material, champion: Champion | None, progress: Progress | None = None) -> Challenge:
    """Learn as of a past day, compare on the later tickets, then learn from everything.

    Raises:
        NothingToTrainError: there are labels for no question, and too few teams that say what is theirs.
    """
    examples = material.examples
    day = gate.split(examples, _learned_until(champion, examples))
    earlier, later = ([examples[n] for n in rows.tolist()] for rows in (day.earlier, day.later))
    suspects = leaks.find(earlier, later, material.trusted)
    earlier, later = ([leaks.without(e, suspects.features) for e in some] for some in (earlier, later))
    everything = [leaks.without(example, suspects.features) for example in examples]
    when = f"as of {day.moment:%Y-%m-%d}" if day.moment else "on one part"
    known = Known.of([example.ticket for example in examples])
    with Beside(
        _said,
        lambda: (earlier, material.pathways, known[day.earlier], [e.ticket for e in later]),
        worth=len(examples) >= MANY and has_memory(MEMORY + MEMORY_A_TICKET * len(examples)),
    ) as then:
        made = _learned(everything, material.pathways, progress, known)
        if made is None:
            raise NothingToTrainError(_nothing(everything))
        judged = then.result(_named(progress, f"training {when}"))
    comparison = _compared(champion, later, judged, len(earlier))
    made.history = History(
        marks(e.ticket for e in everything),
        {mark(e.ticket): said for e, said in zip(later, judged, strict=False)},
        comparison,
    )
    made.left_out, made.warnings = suspects.features, _warned(suspects.words)
    made.held = _held(champion, made, comparison)
    return made


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a model of a past day would have said of later tickets."""

    earlier: tuple[Example, ...]
    later: tuple[Example, ...]
    predictions: tuple[Prediction, ...]
    left_out: Mapping[str, str]


def rehearse(material: Material, progress: Progress | None = None) -> Rehearsal:
    """Learn as of a past day and predict what came later; nothing is stored.

    Raises:
        NothingToTrainError: what was known then is not enough.
    """
    day = gate.split(material.examples)
    earlier, later = ([material.examples[n] for n in rows.tolist()] for rows in (day.earlier, day.later))
    suspects = leaks.find(earlier, later, material.trusted).features
    earlier, later = ([leaks.without(e, suspects) for e in some] for some in (earlier, later))
    then = _learned(earlier, material.pathways, progress)
    if then is None or not later:
        raise NothingToTrainError("There are too few labelled tickets to learn from some and judge by others.")
    said = then.model.predict([example.ticket for example in later], "rehearsal")
    return Rehearsal(tuple(earlier), tuple(later), said, suspects)


def _said(
    examples: Sequence[Example],
    pathways: Sequence[Pathway],
    known: Known,
    later: Sequence[TicketFeatures],
    progress: Progress | None = None,
) -> tuple[Prediction, ...]:
    """Of later tickets, by a model of the earlier examples; none where nothing can be learned of these."""
    then = _learned(examples, pathways, progress, known)
    return then.model.predict(later, "") if then else ()


def _learned(
    examples: Sequence[Example], pathways: Sequence[Pathway], progress: Progress | None, known: Known | None = None
) -> Challenge | None:
    """The better of what labels alone and what the teams' words with few labels can say; None where neither can."""
    skipped: dict[str, str] = {}
    try:
        found = train(examples, progress, known)
    except NothingToTrainError as error:
        found, skipped = None, {"models from labels": str(error).rstrip(".")}
    labelled = sum(bool(e.outcome.team) or e.outcome.escalated is not None for e in examples)
    cold = _cold(examples, pathways) if labelled < coldstart.FEW else None
    if cold and (found is None or _colder_is_better(cold, found)):
        trained = ("escalation", "team") if cold.whether else ("team",)
        if not cold.whether:
            skipped["escalation"] = "there are too few labels; until then it is called “not available”"
        return Challenge(cold, None, History(), trained, skipped, len(examples), curve=cold.curve)
    if found is None:
        return None
    return Challenge(found.model, found, History(), tuple(found.trained), found.skipped, len(examples))


def _cold(examples: Sequence[Example], pathways: Sequence[Pathway]) -> ColdModel | None:
    try:
        return coldstart.fit(examples, pathways)
    except NothingToTrainError:
        return None


def _colder_is_better(cold: ColdModel, found: Trained) -> bool:
    """Whether the teams' words name the team more often, on labelled tickets left out of what judges them."""
    named = found.figures.get("team", {}).get("accuracy")
    if named is None:
        return "escalation" not in found.trained or cold.whether is not None
    return coldstart.accuracy(cold) > named.value and (cold.whether is not None or "escalation" not in found.trained)


def _learned_until(champion: Champion | None, examples: Sequence[Example]) -> datetime | None:
    """When the last ticket was written that the champion learned from."""
    if champion is None:
        return None
    learned = champion.history.learned
    return max(
        (e.ticket.created_at for e in examples if e.ticket.created_at and mark(e.ticket) in learned), default=None
    )


def _compared(
    champion: Champion | None, later: Sequence[Example], judged: Sequence[Prediction], known: int
) -> Comparison | None:
    """On tickets that came after the champion only where its challenger knew (`known` tickets) at least as much."""
    if champion is None or champion.model is None or not judged:
        return None
    model = champion.model
    tickets = [example.ticket for example in later]
    history = champion.history
    before = history.honest(tickets, lambda some: model.predict(some, champion.version))
    fair = known >= len(history.learned)
    rows = [row for row in sorted(before) if fair or mark(tickets[row]) in history.judged]
    said = [(before[row], judged[row], later[row].outcome) for row in rows]
    return gate.compare(champion.version, said, [tickets[row].created_at for row in rows])


def _held(champion: Champion | None, made: Challenge, comparison: Comparison | None) -> tuple[str, ...]:
    """Why the champion goes on, in words; empty where the challenger may serve."""
    if champion is None or champion.model is None:
        return ()
    lost = [part for part in PARTS if part in champion.trained and part not in made.trained]
    held = [f"it no longer answers {part}, which {champion.version} does" for part in lost]
    if comparison is None and made.examples < champion.examples:
        held.append("too few later tickets to compare on, and it learned from fewer tickets than what serves")
    worse = comparison.worse if comparison else ()
    if comparison:
        dates = f" written {comparison.first} to {comparison.last}" if comparison.first else ""
        held += [f"{one}, on {comparison.tickets} tickets{dates} that neither had learned from" for one in worse]
    return tuple(held)


def _warned(words: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(
        f"The word “{word}” looks as if it was written afterwards: {problem}." for word, problem in words.items()
    )


def _nothing(examples: Sequence[Example]) -> str:
    try:
        train(examples)
    except NothingToTrainError as error:
        return f"{error} Teams with a description or criteria would help until there are."
    return "There is nothing to learn from."


def _named(progress: Progress | None, name: str) -> Progress | None:
    if progress is None:
        return None
    return lambda step, done, total: progress(name if step == "training" else step, done, total)
