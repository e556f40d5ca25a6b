"""Escalation can be learned from the demo's words, but not by heart. Invariant: every ticket is judged by a model that has not seen it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline

from web.demo import desk

NOW = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)


@pytest.mark.slow
def test_words_tell_which_tickets_escalate() -> None:
    done = [ticket for ticket in desk.tickets(NOW) if ticket.status == "resolved"]
    texts = [f"{ticket.subject} {ticket.body} {ticket.product}" for ticket in done]
    labels = [bool(ticket.escalated) for ticket in done]
    model = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True),
        LogisticRegression(C=10, class_weight="balanced", max_iter=500),
    )
    scores = cross_val_predict(model, texts, labels, cv=5, method="predict_proba")[:, 1]
    assert 0.85 <= roc_auc_score(labels, scores) <= 0.94
