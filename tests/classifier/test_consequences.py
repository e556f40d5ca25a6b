from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from classifier.consequences import DAY, Unseen, wilson
from classifier.contract import Choice, ChoiceError
from classifier.engine import Engine
from tests.classifier import desk

TIMES = desk.START.timestamp() + DAY * np.arange(10)
SEEN = Unseen(np.array([0.9, 0.8, 0.7, 0.2, 0.1] * 2), np.array([1, 1, 0, 1, 0] * 2), TIMES)


def test_counts_by_hand_and_in_words() -> None:
    found = SEEN.consequence(Choice("cost", miss=1, alarm=1))
    assert (found.alarms, found.tickets, found.precision, found.recall) == (6, 10, 4 / 6, 4 / 6)
    assert found.per_day == pytest.approx(6 / 9)
    assert (found.first, found.last) == ("2025-03-01", "2025-03-10")
    assert found.text == (
        "Of 10 tickets written 2025-03-01 to 2025-03-10 it would have named 6 (about 0.7 a day). 4 of those did "
        "escalate (67%), and of 6 escalations it would have found 67%."
    )


def test_a_threshold_nobody_reaches_is_said_plainly() -> None:
    found = SEEN.consequence(Choice("cost", miss=0, alarm=1))
    assert found.alarms == 0
    assert found.text.endswith("none would have been called an escalation, though 6 were.")
    assert found.precision_between == (0.0, 1.0)


def test_undated_tickets_have_no_days() -> None:
    undated = Unseen(SEEN.chances, SEEN.labels)
    found = undated.consequence(Choice())
    assert (found.per_day, found.first, found.last) == (None, "", "")
    assert "written" not in found.text
    with pytest.raises(ChoiceError, match="no dates"):
        undated.consequence(Choice("capacity", per_day=3))


def test_wilson_by_hand() -> None:
    assert wilson(8, 10) == pytest.approx((0.490, 0.943), abs=0.001)
    assert wilson(0, 10)[0] == 0
    assert wilson(10, 10)[1] == 1


def test_a_lead_moves_the_threshold_and_nothing_else(tmp_path: Path) -> None:
    engine = Engine(tmp_path)
    engine.train(desk.examples(240, dated=True), now=desk.START)
    tickets = [example.ticket for example in desk.examples(60, seed=3)]
    usual, careful = engine.predict(tickets), engine.predict(tickets, choice=Choice("capacity", per_day=4))
    assert [p.probability for p in usual] == [p.probability for p in careful]
    assert sum(p.decision == "escalate" for p in careful) < sum(p.decision == "escalate" for p in usual)
    told = engine.consequence(Choice("capacity", per_day=4))
    assert told is not None
    assert told.per_day is not None
    assert told.per_day <= 4
    assert {p.threshold for p in careful} == {told.threshold}


def test_tenths_say_whether_it_means_what_it_says() -> None:
    chances = np.linspace(0.0, 1.0, 200)
    labels = (np.arange(200) % 10 < chances * 10).astype(np.int64)
    tenths = Unseen(chances, labels).tenths()
    assert [one.tickets for one in tenths] == [20] * 10
    assert [one.said for one in tenths] == sorted(one.said for one in tenths)
    assert all(one.between[0] - 1e-9 <= one.seen <= one.between[1] + 1e-9 for one in tenths)
    assert sum(one.seen * one.tickets for one in tenths) == pytest.approx(labels.sum())
    assert all(abs(one.said - one.seen) < 0.15 for one in tenths)
