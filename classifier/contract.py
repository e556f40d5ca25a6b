"""What the escalation engine takes and gives.

Invariant: no text crosses this line unless it was redacted; no outcome is part of what is predicted from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from classifier.weeks import Drift as Drift
from classifier.weeks import Seen as Seen
from classifier.weeks import TeamWeek as TeamWeek
from classifier.weeks import TeamWeeks as TeamWeeks
from classifier.weeks import Week as Week

Decision = Literal["escalate", "keep", "unsure"]


class Redacted(Protocol):
    """Text from which personal data were taken. The record layer's `redact` is the only maker."""

    @property
    def redacted(self) -> str:
        """The text with each finding replaced by its kind, such as ``[email]``."""
        ...


@dataclass(frozen=True, slots=True)
class TicketFeatures:
    """A ticket as it was at the moment of prediction: nothing here may be known only afterwards."""

    id: str
    subject: Redacted
    body: Redacted
    attributes: Mapping[str, str] = field(default_factory=dict)
    """Categorical: product, topic, channel, requester, priority, impact, urgency, locale and the desk's own."""
    created_at: datetime | None = None
    embedding: NDArray[np.float32] | None = None
    """Shape (dimensions,), made elsewhere."""
    numbers: Mapping[str, float] = field(default_factory=dict)
    """Amounts known at that moment, by a name in plain words such as ``replies so far`` or ``share of the requester's
    earlier tickets that escalated``. One that is not known is left out: it is never taken for zero."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a ticket; None where history does not say."""

    escalated: bool | None = None
    team: str | None = None
    level: str | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled ticket."""

    ticket: TicketFeatures
    outcome: Outcome
    known_at: datetime | None = None
    """When the outcome became known; None where history does not say. A model of an earlier day must not know it."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One plain-word reason; `weight` is signed log-odds, positive pushes towards escalation."""

    text: str
    weight: float


@dataclass(frozen=True, slots=True)
class Change:
    """What would be said if one attribute that people set (priority, product, …) were another."""

    attribute: str
    now: str
    instead: str
    probability: float


@dataclass(frozen=True, slots=True)
class Choice:
    """How a lead wants decisions to be made; the threshold follows.

    ``balance``: misses and false alarms weigh alike (best F1). ``cost``: a miss costs `miss`, an alarm that was none
    costs `alarm`, in any one unit. ``capacity``: as many alarms as people can look at, `per_day`.
    """

    kind: Literal["balance", "cost", "capacity"] = "balance"
    miss: float = 1.0
    alarm: float = 1.0
    per_day: float = 0.0
    each_team: bool = False
    """Whether sets of teams hold each team, also a rare one, with the coverage stated; they are larger then."""


@dataclass(frozen=True, slots=True)
class Consequence:
    """What a choice would have meant for tickets that the judging model had not seen. Intervals are 95 % (Wilson)."""

    threshold: float
    unsure_between: tuple[float, float]
    precision: float
    precision_between: tuple[float, float]
    recall: float
    recall_between: tuple[float, float]
    alarms: int
    """Tickets at or above the threshold."""
    tickets: int
    first: str
    """Day of the earliest of those tickets (YYYY-MM-DD); empty where they are not dated. `last` likewise."""
    last: str
    per_day: float | None
    """Alarms a day; None where the tickets are not dated."""
    text: str
    """The same in words."""


@dataclass(frozen=True, slots=True)
class Tenth:
    """One tenth of the tickets that the judging model had not seen, by probability: what was said, and what happened.

    `between` bounds the share that escalated (95 %, Wilson).
    """

    said: float
    seen: float
    between: tuple[float, float]
    tickets: int


@dataclass(frozen=True, slots=True)
class TeamShare:
    """A team and the calibrated probability that it resolves the ticket."""

    team: str
    probability: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the model says of one ticket. `probability` is None when no escalation model was trained."""

    id: str
    probability: float | None
    decision: Decision | None
    threshold: float | None
    reasons: tuple[Reason, ...]
    teams: tuple[TeamShare, ...]
    team_set: tuple[str, ...]
    """The teams that hold the truth with the configured coverage."""
    model: str
    level: str | None = None
    notes: tuple[str, ...] = ()
    """What makes this prediction weaker than usual, in words: no text, an attribute that is no longer given, …"""
    values: Mapping[str, float | str] = field(default_factory=dict)
    """Attributes and numbers that were read, to be kept with the prediction. No text of the ticket."""


@dataclass(frozen=True, slots=True)
class Pathway:
    """A team and when a ticket belongs to it, in the desk's own words: what there is to go by before there are labels."""

    team: str
    level: str
    text: Redacted
    """What it does and its criteria."""
    embedding: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure of the version that serves and of its challenger, on the same tickets.

    `low` and `high` bound challenger minus champion (95 %, tickets drawn with replacement).
    """

    champion: float
    challenger: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Champion and challenger on later tickets that neither had learned from; `worse` in words, empty where nothing is."""

    champion: str
    tickets: int
    first: str
    """Day of the earliest of those tickets (YYYY-MM-DD); empty where they are not dated. `last` likewise."""
    last: str
    differences: Mapping[str, Difference]
    """By figure: "average precision", "calibration error", "team accuracy", "recall of TEAM", …"""
    worse: tuple[str, ...]


class Progress(Protocol):
    """Told of long work: a step's name, how much is done, how much there is."""

    def __call__(self, step: str, done: int, total: int) -> None: ...


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """What a training run made; `skipped` says in words which models could not be trained and why."""

    version: str
    promoted: bool
    trained: tuple[str, ...]
    skipped: Mapping[str, str]
    figures: Mapping[str, float]
    examples: int
    seconds: float
    held: tuple[str, ...] = ()
    """Why it does not serve although it was trained, in words."""
    left_out: Mapping[str, str] = field(default_factory=dict)
    """Features that tell the outcome too well to have been known before it, and how well."""
    warnings: tuple[str, ...] = ()
    comparison: Comparison | None = None
    curve: Mapping[int, float] = field(default_factory=dict)
    """While labels are few: labels learned from, and the share of other tickets whose team was then named first."""


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """A stored version, as a list shows it."""

    version: str
    active: bool
    created_at: str
    trained: tuple[str, ...]
    figures: Mapping[str, float]
    examples: int


class EscalationEngine(Protocol):
    """What the flows call. Safe to call from several threads."""

    @property
    def version(self) -> str | None:
        """The version that serves; None when there is none."""
        ...

    def train(
        self,
        examples: Sequence[Example],
        *,
        now: datetime,
        progress: Progress | None = None,
        pathways: Sequence[Pathway] = (),
        trusted: Sequence[str] = (),
    ) -> TrainingReport:
        """Fit every model for which there are labels, store a version with its card, and serve it if it is not worse.

        Not worse than the version that serves, on the latest tickets, by a model of all earlier ones. Attributes that
        tell the outcome by themselves are left out unless `trusted`. `pathways` help while labels are few.

        Raises:
            NothingToTrainError: no model could be trained; the message says why.
        """
        ...

    def predict(self, tickets: Sequence[TicketFeatures], *, choice: Choice | None = None) -> tuple[Prediction, ...]:
        """One prediction a ticket, in order; decided by `choice`, or as the version was trained (`balance`).

        Raises:
            NoModelError: nothing was trained yet, or the stored version cannot be trusted.
        """
        ...

    def changes(self, ticket: TicketFeatures) -> tuple[Change, ...]:
        """What the model would say if an attribute that people set were another; strongest first. Raises as `predict`."""
        ...

    def consequence(self, choice: Choice) -> Consequence | None:
        """What that choice would have meant on tickets that the serving model had not seen.

        None where the version has no escalation model.

        Raises:
            NoModelError: as `predict`.
            ChoiceError: the choice cannot be followed; the message says why.
        """
        ...

    def reliability(self) -> tuple[Tenth, ...]:
        """Whether what the serving version says is what happens, least probable first; empty without an escalation model.

        Raises:
            NoModelError: as `predict`.
        """
        ...

    def drift(self, seen: Sequence[Seen]) -> Drift:
        """Whether the last weeks differ from those before."""
        ...

    def most_helpful(
        self, tickets: Sequence[TicketFeatures], count: int, said: Sequence[Prediction] = ()
    ) -> tuple[str, ...]:
        """Ids of those whose label would teach the serving version most; `said` spares predicting. Raises as `predict`."""
        ...

    def learning_curve(self) -> Mapping[int, tuple[int, int]] | None:
        """By how many labels: right first teams, of how many other tickets; None of enough labels. Raises as `refresh`."""
        ...

    def versions(self) -> tuple[ModelVersion, ...]:
        """Stored versions, newest first."""
        ...

    def promote(self, version: str, *, expected: str | None = None) -> None:
        """Serve that stored version; only if `expected` serves now (empty: none), where it is given.

        Raises:
            NoModelError: it cannot be read; what served goes on.
            PromotionConflictError: another version serves by now.
        """
        ...

    def previous(self) -> str | None:
        """What `rollback` would serve; None where nothing served before."""
        ...

    def rollback(self, *, expected: str | None = None) -> str:
        """Serve again what served before, and say which version that is. Raises as `promote` does."""
        ...

    def comparison(self, version: str) -> Comparison | None:
        """How that version did against the one that served when it was trained; None for a first one."""
        ...

    def refresh(self) -> None:
        """Serve the version that is active now, if another process changed it."""
        ...


class ClassifierError(Exception):
    """Base of what the engine raises."""


class NothingToTrainError(ClassifierError):
    """There are not enough labels for any model."""


class NoModelError(ClassifierError):
    """No usable model version."""


class ChoiceError(ClassifierError):
    """A cost below zero, a capacity of nothing, or a capacity a day where no ticket is dated."""


class PromotionConflictError(ClassifierError):
    """Somebody else promoted another version meanwhile."""
