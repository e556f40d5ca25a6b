"""The escalation engine as the flows see it. Invariant: no usable model is an error by name, never a default "no"."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from classifier import coldstart
from classifier.asking import most_helpful
from classifier.card import UNSEEN_LATER, UNSEEN_OTHERS, Card
from classifier.challenge import AnyModel, Challenge, Champion, Material, challenge
from classifier.coldstart import ColdModel
from classifier.contract import (
    Change,
    Choice,
    Comparison,
    Consequence,
    Drift,
    Example,
    ModelVersion,
    NoModelError,
    Pathway,
    Prediction,
    Progress,
    PromotionConflictError,
    Seen,
    Tenth,
    TicketFeatures,
    TrainingReport,
)
from classifier.drift import watch
from classifier.history import History
from classifier.pipeline import Model
from classifier.registry import Registry

KEPT: Final = 10
COLD_METHOD: Final = (
    "A first version from the teams' own descriptions and criteria: a ticket goes to the team whose words and whose few "
    "labelled tickets are nearest to it."
)
COLD_LIMITS: Final = (
    "It has seen too few labels to be judged on later tickets.",
    "Whether a ticket escalates is said only once there are enough labels of both kinds.",
)


class Engine:
    """Everything below one folder of model versions. Nothing is read before the first prediction.

    After each training the newest `kept` versions stay stored, and always what serves and what a rollback brings back.
    """

    def __init__(self, folder: Path, *, kept: int = KEPT) -> None:
        self._registry = Registry(folder)
        self._kept = kept
        self._lock = threading.Lock()
        self._serving: tuple[str, AnyModel] | None = None

    @property
    def version(self) -> str | None:
        return self._registry.active()

    def train(
        self,
        examples: Sequence[Example],
        *,
        now: datetime,
        progress: Progress | None = None,
        pathways: Sequence[Pathway] = (),
        trusted: Sequence[str] = (),
    ) -> TrainingReport:
        started = time.monotonic()
        champion = self._champion()
        made = challenge(Material(examples, pathways, trusted), champion, progress)
        card = self._registry.save(made.model, now, lambda version: _card(version, made, examples, now), made.history)
        held = made.held
        if not held:
            try:
                self._registry.activate(card.version, champion.version if champion else "")
            except PromotionConflictError:
                held = ("another version was promoted while this one was trained",)
        self._registry.prune(self._kept)
        return TrainingReport(
            version=card.version, promoted=not held, trained=card.trained, skipped=card.skipped, figures=card.figures,
            examples=card.examples, seconds=time.monotonic() - started, held=held, left_out=made.left_out,
            warnings=made.warnings, comparison=made.history.comparison, curve=made.curve,
        )  # fmt: skip

    def drift(self, seen: Sequence[Seen]) -> Drift:
        return watch(seen)

    def most_helpful(
        self, tickets: Sequence[TicketFeatures], count: int, said: Sequence[Prediction] = ()
    ) -> tuple[str, ...]:
        return most_helpful(tickets, said or self.predict(tickets), count)

    def learning_curve(self) -> dict[int, tuple[int, int]] | None:
        model = self._loaded()[1] if self.version else None
        return coldstart.learned(model) if isinstance(model, ColdModel) else None

    def _champion(self) -> Champion | None:
        version = self.version
        if version is None:
            return None
        try:
            card, model = self.card(version), self._loaded()[1]
            history = self._registry.history(version)
        except NoModelError:
            return Champion(version, None, History(), (), 0)
        return Champion(version, model, history, tuple(card.trained), card.examples)

    def predict(self, tickets: Sequence[TicketFeatures], *, choice: Choice | None = None) -> tuple[Prediction, ...]:
        version, model = self._loaded()
        return model.predict(tickets, version, choice)

    def changes(self, ticket: TicketFeatures) -> tuple[Change, ...]:
        model = self._loaded()[1]
        return model.changes(ticket) if isinstance(model, Model) else ()

    def consequence(self, choice: Choice) -> Consequence | None:
        return self._loaded()[1].consequence(choice)

    def reliability(self) -> tuple[Tenth, ...]:
        model = self._loaded()[1]
        return model.reliability() if isinstance(model, Model) else ()

    def versions(self) -> tuple[ModelVersion, ...]:
        return self._registry.list()

    def card(self, version: str) -> Card:
        """The model card of a version.

        Raises:
            NoModelError: there is no such version.
        """
        return self._registry.card(version)

    def promote(self, version: str, *, expected: str | None = None) -> None:
        self._registry.activate(version, expected)

    def previous(self) -> str | None:
        return self._registry.previous()

    def rollback(self, *, expected: str | None = None) -> str:
        return self._registry.step_back(expected)

    def comparison(self, version: str) -> Comparison | None:
        return self._registry.history(version).comparison

    def retire(self) -> None:
        """Serve no version from now on; what is stored stays and can be promoted again."""
        self._registry.deactivate()

    def refresh(self) -> None:
        """Load the version that is active now; NoModelError where it cannot be trusted, nothing where there is none."""
        if self._registry.active() is not None:
            self._loaded()

    def _loaded(self) -> tuple[str, AnyModel]:
        """The active version, loaded once. The pointer is read each time: another process may have moved it."""
        version = self._registry.active()
        if version is None:
            raise NoModelError("No model was trained yet. Run: deflect train")
        serving = self._serving
        if serving is None or serving[0] != version:
            with self._lock:
                serving = self._serving
                if serving is None or serving[0] != version:
                    serving = self._serving = (version, self._registry.load(version))
        return serving


def _card(version: str, made: Challenge, examples: Sequence[Example], now: datetime) -> Card:
    days = sorted(example.ticket.created_at for example in examples if example.ticket.created_at)
    card = Card(
        version=version,
        created_at=now.isoformat(timespec="seconds"),
        examples=made.examples,
        first=f"{days[0]:%Y-%m-%d}" if days else "",
        last=f"{days[-1]:%Y-%m-%d}" if days else "",
        trained=made.trained,
        skipped={**made.skipped, **{f"from {name}": problem for name, problem in made.left_out.items()}},
        figures={},
    )
    return _cold_card(card, made.model) if isinstance(made.model, ColdModel) else _warm_card(card, made)


def _warm_card(card: Card, made: Challenge) -> Card:
    found, model = made.found, made.model
    if found is None or not isinstance(model, Model):
        raise TypeError("not a model learned from labels")
    named = {f"{task} {name}": one for task, figures in found.figures.items() for name, one in figures.items()}
    blocks = model.vectorizer.blocks()
    return replace(
        card,
        figures={name: one.value for name, one in named.items()},
        intervals={name: (one.low, one.high) for name, one in named.items()},
        measured_on=UNSEEN_LATER if found.by_time else UNSEEN_OTHERS,
        candidates={task: losses for task, losses in found.candidates.items() if losses},
        features={name: part.stop - part.start for name, part in blocks.items()},
        attributes=tuple(model.vectorizer.names_),
        threshold=_threshold(model),
    )


def _cold_card(card: Card, model: ColdModel) -> Card:
    labelled = int((model.team_of >= 0).sum())
    figures = {"team tickets": float(labelled), "team accuracy": coldstart.accuracy(model)} if labelled else {}
    return replace(
        card,
        figures=figures,
        measured_on="the labelled tickets, each left out of what judged it",
        candidates={},
        features={"words": len(model.vectorizer.idf_), "meaning": model.described.meaning.shape[-1]},
        method=COLD_METHOD,
        limits=COLD_LIMITS,
    )


def _threshold(model: Model) -> str:
    if model.whether is None:
        return ""
    threshold = model.whether.threshold
    low, high = threshold.unsure_between
    return (
        f"A ticket is called an escalation from probability {threshold.at:.3f} on, where F1 was best on unseen tickets, "
        f"and unsure between {low:.3f} and {high:.3f}, where the nearest tenth of them lay."
    )
