"""What anybody could do in ten lines, run beside ours. Invariant: learns from and predicts the same tickets as ours, by scikit-learn alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from sklearn.dummy import DummyClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline, make_union

from classifier.contract import Example, Outcome, Prediction, TeamShare, TicketFeatures
from classifier.evaluation import RESAMPLES, Evaluation, evaluate
from classifier.wording import text_of

MAJORITY: Final = "majority"
STRATIFIED: Final = "DummyClassifier, stratified"
"""Guesses by the rates it saw; what chance alone achieves."""
PLAIN: Final = "TF-IDF + logistic regression"


def baselines(
    learn: Sequence[Example],
    tickets: Sequence[TicketFeatures],
    outcomes: Sequence[Outcome],
    *,
    resamples: int = RESAMPLES,
) -> dict[str, Evaluation]:
    """Figures of each simple method, trained on `learn`, for `tickets` and what became of them."""
    return {
        name: evaluate(_predicted(name, learn, tickets), outcomes, resamples=resamples)
        for name in (MAJORITY, STRATIFIED, PLAIN)
    }


def _predicted(name: str, learn: Sequence[Example], tickets: Sequence[TicketFeatures]) -> list[Prediction]:
    texts = [text_of(ticket) for ticket in tickets]
    chances = _chances(name, [(text_of(e.ticket), e.outcome.escalated) for e in learn], texts)
    teams = _chances(name, [(text_of(e.ticket), e.outcome.team or None) for e in learn], texts)
    found = []
    for n, ticket in enumerate(tickets):
        chance = None if chances is None else float(dict(zip(chances[0], chances[1][n], strict=True)).get(True, 0.0))
        shares: tuple[TeamShare, ...] = ()
        if teams is not None:
            order = np.argsort(-teams[1][n], kind="stable")[:10]
            shares = tuple(TeamShare(str(teams[0][k]), float(teams[1][n][k])) for k in order)
        decision = None if chance is None else ("escalate" if chance >= 0.5 else "keep")
        found.append(Prediction(ticket.id, chance, decision, 0.5, (), shares, (), name))  # type: ignore[arg-type]
    return found


def _chances(name: str, learn: Sequence[tuple[str, Any]], texts: Sequence[str]) -> tuple[list[Any], Any] | None:
    """Classes and probabilities; None where fewer than two classes are known."""
    known = [(text, label) for text, label in learn if label is not None]
    if len({label for _, label in known}) < 2:
        return None
    words = make_union(
        TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, max_features=50_000),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), min_df=2, sublinear_tf=True, max_features=50_000),
    )
    models = {
        MAJORITY: DummyClassifier(strategy="prior"),
        STRATIFIED: DummyClassifier(strategy="stratified", random_state=0),
        PLAIN: make_pipeline(words, LogisticRegression(C=5.0, max_iter=500, tol=1e-3)),
    }
    model = models[name]
    model.fit([text for text, _ in known], [label for _, label in known])
    return list(model.classes_), model.predict_proba(list(texts))
