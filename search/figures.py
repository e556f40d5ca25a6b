"""How good rankings are, as values that cross the layer. Invariant: frozen, and named to the flows by `search.contract` alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class RankerReport:
    """What training the ranker came to. `figures` by name, on later tickets (``learned mrr@10``, ``fixed mrr@10`` …)."""

    name: str
    """Of the version that was made; empty where there was nothing to learn from."""
    promoted: bool
    lessons: int
    reason: str
    """Why it serves, or why not, in plain words."""
    figures: Mapping[str, float] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class RankerVersion:
    """A stored ranker, with the encoder that was tuned for it where there is one."""

    name: str
    serves: bool
    orders: bool
    """Whether what was learned orders; else the fixed rule does, with probabilities that were learned."""
    tuned: bool
    """Whether the encoder was tuned on the desk's pairs as well."""
    at: str
    """When it was made, ISO 8601."""
    lessons: int
    judged_on: int
    by_time: bool
    """Whether it was judged on later tickets; False where tickets bear no dates."""
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bin:
    """Suggestions of like probability: the mean of what was said, the share that was right, how many."""

    said: float
    came: float
    count: int


@dataclass(frozen=True, slots=True)
class Trade:
    """What a bar means: at `bar` and above, `answered` of the questions that have an answer, `right` of those answers,
    and `refused` of the questions whose article was taken away.
    """

    bar: float
    answered: float
    right: float
    refused: float


@dataclass(frozen=True, slots=True)
class SearchEvaluation:
    """How well later tickets are answered from earlier ones, by several methods in one run."""

    methods: Mapping[str, Mapping[str, tuple[float, float, float]]]
    """method → figure → (value, low, high), the 95 % bootstrap interval; the learned ranking is called ``deflect``."""
    questions: int
    by_time: bool
    """False where tickets bear no dates, and were split by lot."""
    calibration_error: float
    reliability: tuple[Bin, ...]
    answer_is_here: float
    """Area under the ROC curve of the first suggestion's probability: questions with their article against the same
    kind of questions without it."""
    trades: tuple[Trade, ...]
    bar: float
    milliseconds: Mapping[str, float]
    """``p50`` and ``p95`` of a whole question, embedding included, and of the ranker alone."""
    without: tuple[str, ...] = ()
    """Sources that were left out."""
