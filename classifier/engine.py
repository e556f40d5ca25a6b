"""The escalation engine as the flows see it. Invariant: no usable model is an error by name, never a default "no"."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from classifier.card import UNSEEN_LATER, UNSEEN_OTHERS, Card
from classifier.contract import (
    Choice,
    Consequence,
    Example,
    ModelVersion,
    NoModelError,
    Prediction,
    Progress,
    TicketFeatures,
    TrainingReport,
)
from classifier.pipeline import Model
from classifier.registry import Registry
from classifier.training import Trained, train


class Engine:
    """Everything below one folder of model versions. Nothing is read before the first prediction."""

    def __init__(self, folder: Path) -> None:
        self._registry = Registry(folder)
        self._lock = threading.Lock()
        self._serving: tuple[str, Model] | None = None

    @property
    def version(self) -> str | None:
        return self._registry.active()

    def train(self, examples: Sequence[Example], *, now: datetime, progress: Progress | None = None) -> TrainingReport:
        started = time.monotonic()
        found = train(examples, progress)
        card = self._registry.save(found.model, now, lambda version: _card(version, found, examples, now))
        self.promote(card.version)
        return TrainingReport(
            version=card.version,
            promoted=True,
            trained=card.trained,
            skipped=card.skipped,
            figures=card.figures,
            examples=card.examples,
            seconds=time.monotonic() - started,
        )

    def predict(self, tickets: Sequence[TicketFeatures], *, choice: Choice | None = None) -> tuple[Prediction, ...]:
        version, model = self._loaded()
        return model.predict(tickets, version, choice)

    def consequence(self, choice: Choice) -> Consequence | None:
        return self._loaded()[1].consequence(choice)

    def versions(self) -> tuple[ModelVersion, ...]:
        return self._registry.list()

    def card(self, version: str) -> Card:
        """The model card of a version.

        Raises:
            NoModelError: there is no such version.
        """
        return self._registry.card(version)

    def promote(self, version: str) -> None:
        self._registry.activate(version)

    def retire(self) -> None:
        """Serve no version from now on; what is stored stays and can be promoted again."""
        self._registry.deactivate()

    def refresh(self) -> None:
        """Load the version that is active now; NoModelError where it cannot be trusted, nothing where there is none."""
        if self._registry.active() is not None:
            self._loaded()

    def _loaded(self) -> tuple[str, Model]:
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


def _card(version: str, found: Trained, examples: Sequence[Example], now: datetime) -> Card:
    days = sorted(example.ticket.created_at for example in examples if example.ticket.created_at)
    named = {f"{task} {name}": one for task, figures in found.figures.items() for name, one in figures.items()}
    blocks = found.model.vectorizer.blocks()
    return Card(
        version=version,
        created_at=now.isoformat(timespec="seconds"),
        examples=len(examples),
        first=f"{days[0]:%Y-%m-%d}" if days else "",
        last=f"{days[-1]:%Y-%m-%d}" if days else "",
        trained=tuple(found.trained),
        skipped=found.skipped,
        figures={name: one.value for name, one in named.items()},
        intervals={name: (one.low, one.high) for name, one in named.items()},
        measured_on=UNSEEN_LATER if found.by_time else UNSEEN_OTHERS,
        candidates={task: losses for task, losses in found.candidates.items() if losses},
        features={name: part.stop - part.start for name, part in blocks.items()},
        attributes=tuple(found.model.vectorizer.names_),
        threshold=_threshold(found.model),
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
