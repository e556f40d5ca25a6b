"""The first days: few labels or none, but teams that say in words what is theirs.

Invariant: what the labels cannot support is not said: without enough of both kinds there is no probability of an
escalation, and never a default one.

A team's score is how near its own words are to the ticket's, how near its labelled tickets are, and how many it has.
How much each counts is chosen on the labelled tickets themselves, each left out in turn; so are the temperature that
makes the scores probabilities, and the set.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Final

import numpy as np
from scipy.sparse import csr_matrix
from scipy.special import expit, log_softmax, logit
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from classifier.calibration import Floats, Labels, fit_sets, fit_temperature, prediction_set, softmax
from classifier.contract import (
    Choice,
    Consequence,
    Decision,
    Example,
    NothingToTrainError,
    Pathway,
    Prediction,
    Reason,
    TeamShare,
    TicketFeatures,
)
from classifier.nearness import Texts, texts_of, vectorizer_of_words
from classifier.wording import normal, text_of

FEW: Final = 200
"""Labelled tickets from which on the words of the teams are no longer needed."""
LEAST_TEAMS: Final = 2
LEAST_TO_CHOOSE: Final = 20
LEAST_OF_A_KIND: Final = 5
COVERAGE: Final = 0.9
NEAREST: Final = 3
SHOWN: Final = 10
WORDS_SHOWN: Final = 3
DESCRIBED: Final = (2.0, 5.0, 10.0)
LABELLED: Final = (2.0, 5.0, 10.0, 20.0)
FREQUENT: Final = (0.0, 0.5, 1.0)
UNSURE: Final = 0.5
"""Log-odds around even within which so few labels cannot decide."""
ONLY_TEAMS: Final = "There are too few labels to say whether it escalates; the team is told from the teams' own words."
FRONTLINE: Final = ("L0", "L1")


@dataclass(frozen=True, slots=True)
class ColdModel:
    """Teams by their own words and by the few tickets with a label."""

    teams: tuple[str, ...]
    levels: tuple[str, ...]
    vectorizer: TfidfVectorizer
    described: Texts
    known: Texts
    team_of: Labels
    """Column of each labelled ticket's team; below zero where history names none."""
    escalated: Labels
    """1, 0, or below zero where history does not say."""
    weights: tuple[float, float, float]
    temperature: float
    least: float
    whether: tuple[float, float, float] | None
    """Weights of "its team is above the frontline" and of "what near tickets became", and the start; None: not known."""
    curve: Mapping[int, float] = field(default_factory=dict)

    def predict(
        self, tickets: Sequence[TicketFeatures], version: str, choice: Choice | None = None
    ) -> tuple[Prediction, ...]:
        """One prediction a ticket, in order. `choice` changes nothing: there is too little to choose by."""
        del choice
        if not tickets:
            return ()
        texts = texts_of(self.vectorizer, [text_of(one) for one in tickets], [one.embedding for one in tickets])
        described, near = texts.nearness(self.described), texts.nearness(self.known)
        scores = _scores(described, near, self.team_of, len(self.teams), self.weights)
        chances = softmax(scores, self.temperature)
        evidence = _evidence(chances, near, self.levels, self.escalated)
        return tuple(
            self._one(ticket, texts.words[n], chances[n], evidence[n], version) for n, ticket in enumerate(tickets)
        )

    def consequence(self, choice: Choice) -> Consequence | None:
        """Nothing can be said yet."""
        del choice
        return None

    def _one(
        self, ticket: TicketFeatures, words: csr_matrix, chances: Floats, evidence: Floats, version: str
    ) -> Prediction:
        order = np.argsort(-chances, kind="stable")
        best = int(order[0])
        probability: float | None = None
        decision: Decision | None = None
        reasons: tuple[Reason, ...] = ()
        if self.whether is not None:
            odds = float(self.whether[2] + evidence @ np.array(self.whether[:2]))
            probability, decision = float(expit(odds)), _decision(odds)
            reasons = self._reasons(words, best, evidence)
        return Prediction(
            id=ticket.id, probability=probability, decision=decision, threshold=None if probability is None else 0.5,
            reasons=reasons, teams=tuple(TeamShare(self.teams[n], float(chances[n])) for n in order[:SHOWN]),
            team_set=tuple(self.teams[n] for n in prediction_set(chances, self.least)), model=version,
            level=self.levels[best] or None, notes=() if self.whether else (ONLY_TEAMS,),
        )  # fmt: skip

    def _reasons(self, words: csr_matrix, best: int, evidence: Floats) -> tuple[Reason, ...]:
        if self.whether is None:
            return ()
        shared = words.multiply(self.described.words[best]).tocoo()
        names = self.vectorizer.get_feature_names_out()
        telling = [str(names[c]) for _, c in sorted(zip(-shared.data, shared.col, strict=True))][:WORDS_SHOWN]
        fits = f"fits what {self.teams[best]} takes" + (f": “{'”, “'.join(telling)}”" if telling else "")
        near = "the labelled tickets most like it " + ("escalated" if evidence[1] > 0 else "did not escalate")
        weights = np.array(self.whether[:2]) * evidence
        return tuple(Reason(text, round(float(w), 4)) for text, w in zip((fits, near), weights, strict=True))

    def to_parts(self) -> dict[str, Any]:
        """Plain containers and arrays, as the registry stores them."""
        return {
            "kind": "cold", "teams": list(self.teams), "levels": list(self.levels),
            "terms": "\n".join(self.vectorizer.get_feature_names_out()), "idf": self.vectorizer.idf_,
            "described": self.described.to_parts(), "known": self.known.to_parts(),
            "team_of": self.team_of, "escalated": self.escalated, "weights": list(self.weights),
            "temperature": self.temperature, "least": self.least,
            "whether": list(self.whether) if self.whether else None,
            "curve": [[count, value] for count, value in self.curve.items()],
        }  # fmt: skip

    @classmethod
    def from_parts(cls, parts: Mapping[str, Any]) -> ColdModel:
        """What `to_parts` made; KeyError, TypeError or ValueError where it is something else."""
        vectorizer = vectorizer_of_words()
        vectorizer.vocabulary_ = {term: n for n, term in enumerate(parts["terms"].split("\n"))}
        vectorizer.idf_ = parts["idf"]
        weights, whether = parts["weights"], parts["whether"]
        return cls(
            tuple(parts["teams"]), tuple(parts["levels"]), vectorizer, Texts.from_parts(parts["described"]),
            Texts.from_parts(parts["known"]), parts["team_of"], parts["escalated"], (weights[0], weights[1], weights[2]),
            parts["temperature"], parts["least"], (whether[0], whether[1], whether[2]) if whether else None,
            {int(count): float(value) for count, value in parts["curve"]},
        )  # fmt: skip


def fit(examples: Sequence[Example], pathways: Sequence[Pathway], *, curve: bool = True) -> ColdModel:
    """From whatever labels there are, none included.

    Raises:
        NothingToTrainError: fewer than two teams say in words what is theirs.
    """
    told = [pathway for pathway in pathways if normal(pathway.text.redacted)]
    if len(told) < LEAST_TEAMS:
        raise NothingToTrainError("Fewer than two teams have a description or criteria. Write them, or import history.")
    names = [pathway.team for pathway in told]
    tickets = [example.ticket for example in examples]
    texts = [normal(text_of(ticket)) for ticket in tickets]
    vectorizer = vectorizer_of_words().fit([normal(one.text.redacted) for one in told] + texts)
    described = texts_of(vectorizer, [one.text.redacted for one in told], [one.embedding for one in told])
    known = texts_of(vectorizer, [text_of(ticket) for ticket in tickets], [ticket.embedding for ticket in tickets])
    column = {name: n for n, name in enumerate(names)}
    team_of = np.array([column.get(e.outcome.team or "", -1) for e in examples], dtype=np.int64)
    escalated = np.array(
        [-1 if (e.outcome.escalated is None) else int(e.outcome.escalated) for e in examples], dtype=np.int64
    )
    toward, near = known.nearness(described), known.nearness(known)
    np.fill_diagonal(near, -1.0)  # a ticket must not be judged by itself
    levels = tuple(pathway.level for pathway in told)
    weights, scores = _chosen(toward, near, team_of, len(names))
    labelled = np.flatnonzero(team_of >= 0)
    calibrated = len(labelled) >= LEAST_TO_CHOOSE
    temperature = fit_temperature(scores[labelled], team_of[labelled]) if calibrated else 1.0
    chances = softmax(scores, temperature)
    least = fit_sets(chances[labelled], team_of[labelled], COVERAGE) if calibrated else 1 / (2 * len(names))
    return ColdModel(
        tuple(names), levels, vectorizer, described, known, team_of, escalated, weights, temperature, least,
        _whether(_evidence(chances, near, levels, escalated), escalated),
        _curve(toward, near, team_of, len(names)) if curve else {},
    )  # fmt: skip


def accuracy(model: ColdModel) -> float:
    """Share of labelled tickets whose team is named first when the ticket itself is left out; 0 of none."""
    near = model.known.nearness(model.known)
    np.fill_diagonal(near, -1.0)
    scores = _scores(model.known.nearness(model.described), near, model.team_of, len(model.teams), model.weights)
    labelled = model.team_of >= 0
    return float((scores[labelled].argmax(axis=1) == model.team_of[labelled]).mean()) if labelled.any() else 0.0


def learned(model: ColdModel) -> dict[int, tuple[int, int]]:
    """By how many labels: how many first teams were right, and of how many other tickets; empty while too few are known."""
    tickets = len(_judged(np.flatnonzero(model.team_of >= 0)))
    return {labels: (round(share * tickets), tickets) for labels, share in sorted(model.curve.items())}


def _judged(labelled: Labels) -> Labels:
    """Which of the labelled tickets the curve is judged on: the last third; none while there are too few."""
    return labelled[-(len(labelled) // 3) :] if len(labelled) >= 2 * LEAST_TO_CHOOSE else labelled[:0]


def _decision(odds: float) -> Decision:
    if abs(odds) < UNSURE:
        return "unsure"
    return "escalate" if odds > 0 else "keep"


def _scores(toward: Floats, near: Floats, team_of: Labels, teams: int, weights: tuple[float, float, float]) -> Floats:
    """Shape (tickets, teams): nearness to the team's words, to its labelled tickets, and how many those are."""
    total = int((team_of >= 0).sum())
    votes = np.zeros((len(toward), teams))
    for team in range(teams):
        own = near[:, team_of == team]
        if own.shape[1]:
            best = -np.sort(-np.clip(own, 0.0, None), axis=1)[:, :NEAREST]
            votes[:, team] = best.sum(axis=1) / NEAREST
    counts = np.array([(team_of == team).sum() for team in range(teams)])
    frequent = np.log((counts + 1) / (total + teams))
    return weights[0] * toward + weights[1] * votes + weights[2] * frequent


def _chosen(toward: Floats, near: Floats, team_of: Labels, teams: int) -> tuple[tuple[float, float, float], Floats]:
    """The weights with the least log loss on labelled tickets, each left out in turn, and their scores."""
    labelled = np.flatnonzero(team_of >= 0)
    default = (DESCRIBED[1], LABELLED[1], FREQUENT[0])
    if len(labelled) < LEAST_TO_CHOOSE:
        return default, _scores(toward, near, team_of, teams, default)

    def loss(weights: tuple[float, float, float]) -> float:
        scores = _scores(toward[labelled], near[labelled], team_of, teams, weights)
        return float(-log_softmax(scores, axis=1)[np.arange(len(labelled)), team_of[labelled]].mean())

    best = min(product(DESCRIBED, LABELLED, FREQUENT), key=loss)
    return best, _scores(toward, near, team_of, teams, best)


def _evidence(chances: Floats, near: Floats, levels: Sequence[str], escalated: Labels) -> Floats:
    """Shape (tickets, 2): log-odds that its team is above the frontline, and what near labelled tickets became."""
    above = np.array([level not in FRONTLINE for level in levels], dtype=bool)
    odds = logit(np.clip(chances[:, above].sum(axis=1), 0.02, 0.98))
    told = np.flatnonzero(escalated >= 0)
    weight = np.clip(near[:, told], 0.0, None) ** 3
    signs = np.where(escalated[told] == 1, 1.0, -1.0)
    votes = (weight @ signs) / (weight.sum(axis=1) + 0.05) if len(told) else np.zeros(len(chances))
    return np.stack([odds, votes], axis=1)


def _whether(evidence: Floats, escalated: Labels) -> tuple[float, float, float] | None:
    told = escalated >= 0
    yes, no = int((escalated == 1).sum()), int((escalated == 0).sum())
    if min(yes, no) < LEAST_OF_A_KIND or yes + no < LEAST_TO_CHOOSE:
        return None
    model = LogisticRegression(C=1.0).fit(evidence[told], escalated[told])
    return float(model.coef_[0, 0]), float(model.coef_[0, 1]), float(model.intercept_[0])


def _curve(toward: Floats, near: Floats, team_of: Labels, teams: int) -> dict[int, float]:
    """How often the team is named first by the labels of the first so many tickets, judged on the last third."""
    labelled = np.flatnonzero(team_of >= 0)
    last = _judged(labelled)
    found: dict[int, float] = {}
    pool = labelled[: len(labelled) - len(last)]
    for count in (0, 10, 25, 50, 100, 150):
        if not len(last) or count > len(pool):
            break
        seen = np.full_like(team_of, -1)
        seen[pool[:count]] = team_of[pool[:count]]
        scores = _scores(toward[last], near[last], seen, teams, (DESCRIBED[1], LABELLED[2], FREQUENT[0]))
        found[count] = float((scores.argmax(axis=1) == team_of[last]).mean())
    return found
