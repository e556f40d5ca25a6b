"""The escalation engine as the flows see it. Invariant: no usable model is an error by name, never a default "no"."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from classifier.contract import (
    Example,
    ModelVersion,
    NoModelError,
    Prediction,
    Progress,
    TicketFeatures,
    TrainingReport,
)
from classifier.pipeline import Model
from classifier.registry import Card, Registry
from classifier.training import train

METHOD: Final = (
    "Logistic regression on words, pieces of words, attributes and the sentence embedding. Probabilities are calibrated "
    "(Platt) on out-of-fold scores with copies of a text kept together; team scores by a temperature, and team sets by "
    "split conformal prediction with 90 % coverage, on held-out tickets (the later fifth where tickets have dates)."
)
LIMITS: Final = (
    "It knows what the ticket said when it was written and nothing after. Teams and words that are new since training "
    "are unknown to it. Figures describe the held-out tickets of this desk and nothing else."
)


class Engine:
    """Everything below one folder of model versions."""

    def __init__(self, folder: Path) -> None:
        self._registry = Registry(folder)
        self._lock = threading.Lock()
        self._serving: tuple[int, str, Model] | None = None

    @property
    def version(self) -> str | None:
        return self._registry.active()

    def train(self, examples: Sequence[Example], *, now: datetime, progress: Progress | None = None) -> TrainingReport:
        started = time.monotonic()
        found = train(examples, progress)
        version = self._registry.new_version(now)
        days = sorted(example.ticket.created_at for example in examples if example.ticket.created_at)
        self._registry.save(found.model, Card(
            version=version, created_at=now.isoformat(timespec="seconds"), examples=len(examples),
            first=f"{days[0]:%Y-%m-%d}" if days else "", last=f"{days[-1]:%Y-%m-%d}" if days else "",
            trained=tuple(found.trained), skipped=found.skipped, figures=found.figures, method=METHOD, limits=LIMITS,
        ))  # fmt: skip
        self.promote(version)
        return TrainingReport(
            version=version,
            promoted=True,
            trained=tuple(found.trained),
            skipped=found.skipped,
            figures=found.figures,
            examples=len(examples),
            seconds=time.monotonic() - started,
        )

    def predict(self, tickets: Sequence[TicketFeatures]) -> tuple[Prediction, ...]:
        version, model = self._loaded()
        return model.predict(tickets, version)

    def versions(self) -> tuple[ModelVersion, ...]:
        return self._registry.list()

    def card(self, version: str) -> Card:
        """The model card of a version."""
        return self._registry.card(version)

    def promote(self, version: str) -> None:
        self._registry.activate(version)

    def refresh(self) -> None:
        try:
            self._loaded()
        except NoModelError:
            return

    def _loaded(self) -> tuple[str, Model]:
        mark = self._registry.mark()
        if self._serving is None or self._serving[0] != mark:
            with self._lock:
                if self._serving is None or self._serving[0] != mark:
                    version = self._registry.active()
                    if version is None:
                        raise NoModelError("No model was trained yet. Run: deflect train")
                    self._serving = (mark, version, self._registry.load(version))
        return self._serving[1], self._serving[2]
