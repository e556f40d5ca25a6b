"""Labelled tickets into a model. Invariant: every figure and every calibration comes from tickets not trained on."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score
from sklearn.model_selection import GroupKFold

from classifier.calibration import calibration_error, fit_platt, fit_sets, fit_temperature, platt, softmax
from classifier.contract import Example, NothingToTrainError, Progress
from classifier.features import Matrix, TicketVectorizer, text_of
from classifier.pipeline import Model, Where, Whether
from classifier.threshold import choose

LEAST_EXAMPLES: Final = 30
LEAST_OF_A_KIND: Final = 5
FOLDS: Final = 5
HELD_OUT: Final = 0.2
COVERAGE: Final = 0.9
WHETHER_C: Final = 5.0
WHERE_C: Final = 10.0
STEPS: Final = 4
Labels = NDArray[np.int64]


@dataclass(slots=True)
class Trained:
    """What a training run found."""

    model: Model
    trained: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    figures: dict[str, float] = field(default_factory=dict)


def train(examples: Sequence[Example], progress: Progress | None = None) -> Trained:
    """Fit whatever there are labels for; say of the rest why not.

    Raises:
        NothingToTrainError: there are labels for none.
    """
    tell = progress or _silent
    tell("training", 0, STEPS)
    if not examples:
        raise NothingToTrainError("There are no labelled tickets. Import history with escalated, team or level first.")
    vectorizer = TicketVectorizer().fit([example.ticket for example in examples])
    rows = vectorizer.transform([example.ticket for example in examples])
    found = Trained(Model(vectorizer, None, None, None))
    tell("training", 1, STEPS)
    whether = _whether(examples, rows, found)
    tell("training", 2, STEPS)
    teams = _where("team", [example.outcome.team for example in examples], examples, rows, found)
    tell("training", 3, STEPS)
    levels = _where("level", [example.outcome.level for example in examples], examples, rows, found)
    tell("training", 4, STEPS)
    if not found.trained:
        raise NothingToTrainError(" ".join(f"{name}: {reason}." for name, reason in found.skipped.items()))
    found.model = Model(vectorizer, whether, teams, levels)
    return found


def _silent(_step: str, _done: int, _total: int) -> None:
    """Tells nobody."""


def groups(examples: Sequence[Example]) -> NDArray[np.int64]:
    """A number for each different text: copies of one ticket stay on one side of every split."""
    texts = [" ".join(text_of(example.ticket).lower().split()) for example in examples]
    digests = [int(hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:15], 16) for text in texts]
    return np.asarray(digests, dtype=np.int64)


def held_out(examples: Sequence[Example]) -> NDArray[np.bool_]:
    """The later fifth where every ticket has a date, else a fifth of the different texts. Never a copy on both sides."""
    kinds = groups(examples)
    if all(example.ticket.created_at is not None for example in examples):
        times = np.array([example.ticket.created_at.timestamp() for example in examples if example.ticket.created_at])
        late = times > np.quantile(times, 1 - HELD_OUT)
        return np.asarray(late & ~np.isin(kinds, kinds[~late]))
    return np.asarray(kinds % 1000 < HELD_OUT * 1000)


def _whether(examples: Sequence[Example], rows: Matrix, found: Trained) -> Whether | None:
    known = np.flatnonzero([example.outcome.escalated is not None for example in examples])
    labels: Labels = np.array([int(bool(examples[n].outcome.escalated)) for n in known], dtype=np.int64)
    counts = np.bincount(labels, minlength=2)
    if len(known) < LEAST_EXAMPLES or counts.min() < LEAST_OF_A_KIND:
        found.skipped["escalation"] = (
            f"{counts[1]} tickets escalated and {counts[0]} did not; at least {LEAST_EXAMPLES} in all and "
            f"{LEAST_OF_A_KIND} of each are needed"
        )
        return None
    chosen = [examples[n] for n in known]
    scores = _out_of_fold(rows[known], labels, groups(chosen))
    slope, offset = fit_platt(scores, labels)
    _figures(chosen, rows[known], labels, found)
    model = _logistic(WHETHER_C).fit(rows[known], labels)
    found.trained.append("escalation")
    threshold = choose(platt(scores, slope, offset), labels)
    return Whether(np.asarray(model.coef_[0]), float(model.intercept_[0]), slope, offset, threshold)


def _logistic(strength: float) -> LogisticRegression:
    return LogisticRegression(C=strength, max_iter=300, tol=1e-3)


def _out_of_fold(rows: Matrix, labels: Labels, kinds: NDArray[np.int64]) -> NDArray[np.float64]:
    scores = np.zeros(len(labels))
    for train_on, judge in GroupKFold(FOLDS, shuffle=True, random_state=0).split(rows, labels, kinds):
        if len(set(labels[train_on])) == 2:
            scores[judge] = _logistic(WHETHER_C).fit(rows[train_on], labels[train_on]).decision_function(rows[judge])
    return scores


def _figures(examples: Sequence[Example], rows: Matrix, labels: Labels, found: Trained) -> None:
    """What a model of the earlier tickets says of the later ones."""
    late = held_out(examples)
    early = ~late
    if (
        late.sum() < LEAST_EXAMPLES
        or len(set(labels[late])) < 2
        or np.bincount(labels[early], minlength=2).min() < LEAST_OF_A_KIND
    ):
        return
    scores = _out_of_fold(
        rows[early], labels[early], groups([e for e, is_early in zip(examples, early, strict=True) if is_early])
    )
    slope, offset = fit_platt(scores, labels[early])
    model = _logistic(WHETHER_C).fit(rows[early], labels[early])
    chances = platt(model.decision_function(rows[late]), slope, offset)
    found.figures |= {
        "escalation tickets held out": float(late.sum()), "escalation base rate": float(labels[late].mean()),
        "escalation AUC": float(roc_auc_score(labels[late], chances)),
        "escalation average precision": float(average_precision_score(labels[late], chances)),
        "escalation F1": float(f1_score(labels[late], chances >= choose(platt(scores, slope, offset), labels[early]).at)),
        "escalation calibration error": calibration_error(chances, labels[late]),
    }  # fmt: skip


def _where(
    kind: str, values: Sequence[str | None], examples: Sequence[Example], rows: Matrix, found: Trained
) -> Where | None:
    known = np.flatnonzero([bool(value) for value in values])
    counts = Counter(str(values[n]) for n in known)
    if len(known) < LEAST_EXAMPLES or sum(count >= LEAST_OF_A_KIND for count in counts.values()) < 2:
        found.skipped[kind] = (
            f"{len(known)} tickets name one of {len(counts)}; at least {LEAST_EXAMPLES} tickets and two with "
            f"{LEAST_OF_A_KIND} each are needed"
        )
        return None
    names = tuple(sorted(counts))
    labels: Labels = np.array([names.index(str(values[n])) for n in known], dtype=np.int64)
    late = held_out([examples[n] for n in known])
    if late.sum() < LEAST_EXAMPLES or len(set(labels[~late])) < 2:
        late = groups([examples[n] for n in known]) % 5 == 0
    temperature, mass = _judged(kind, names, rows[known], labels, late, found)
    coefficients, intercepts = _fit_where(names, rows[known], labels)
    found.trained.append(kind)
    return Where(names, coefficients.astype(np.float32), intercepts, temperature, mass)


def _fit_where(names: tuple[str, ...], rows: Matrix, labels: Labels) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Scores for all `names`; one without an example scores far below every other."""
    model = _logistic(WHERE_C).fit(rows, labels)
    coefficients = np.zeros((len(names), rows.shape[1]))
    intercepts = np.full(len(names), -30.0)
    if len(model.classes_) == 2:
        coefficients[model.classes_[1]], intercepts[model.classes_[1]] = model.coef_[0], model.intercept_[0]
        intercepts[model.classes_[0]] = 0.0
    else:
        coefficients[model.classes_], intercepts[model.classes_] = model.coef_, model.intercept_
    return coefficients, intercepts


def _judged(
    kind: str, names: tuple[str, ...], rows: Matrix, labels: Labels, late: NDArray[np.bool_], found: Trained
) -> tuple[float, float]:
    """(temperature, mass of a set) from held-out tickets, and the figures there."""
    coefficients, intercepts = _fit_where(names, rows[~late], labels[~late])
    scores = np.asarray(rows[late] @ coefficients.T) + intercepts
    temperature = fit_temperature(scores, labels[late])
    chances = softmax(scores, temperature)
    order = np.argsort(-chances, axis=1)
    found.figures |= {
        f"{kind} tickets held out": float(late.sum()),
        f"{kind} accuracy": float((order[:, 0] == labels[late]).mean()),
        f"{kind} top 3": float((order[:, :3] == labels[late][:, None]).any(axis=1).mean()),
        f"{kind} macro F1": float(f1_score(labels[late], order[:, 0], average="macro", zero_division=0)),
    }
    return temperature, fit_sets(chances, labels[late], COVERAGE)
