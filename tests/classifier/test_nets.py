from __future__ import annotations

import numpy as np
import pytest

from classifier.likeness import ENOUGH_FOR_A_NET, NET
from classifier.nets import SmallNet
from classifier.training import train
from tests.classifier import desk


def rings(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Inside or outside of a ring: no line tells them apart."""
    rows = np.random.default_rng(seed).normal(size=(count, 4)).astype(np.float32)
    return rows, (np.linalg.norm(rows[:, :2], axis=1) > 1.2).astype(np.int64)


def test_it_learns_what_no_line_could() -> None:
    rows, labels = rings(600, 0)
    net = SmallNet(32, passes=60, rate=1e-2).fit(rows, labels)
    later, right = rings(300, 1)
    assert (net.predict(later) == right).mean() > 0.9


@pytest.mark.parametrize("classes", [2, 5])
def test_a_row_scores_alike_alone_and_stored(classes: int) -> None:
    chance = np.random.default_rng(2)
    rows = chance.normal(size=(90, 30)).astype(np.float32)
    net = SmallNet(16, passes=3).fit(rows, np.arange(90) % classes)
    together = net.decision_function(rows)
    again = SmallNet.from_parts(net.to_parts()).decision_function(rows)
    assert np.array_equal(again, together)
    for row in (0, 41, 89):
        assert np.array_equal(net.decision_function(rows[row : row + 1])[0], together[row])
    assert np.array_equal(SmallNet(16, passes=3).fit(rows, np.arange(90) % classes).decision_function(rows), together)


@pytest.mark.slow
def test_it_helps_to_tell_where_once_there_are_enough_tickets() -> None:
    for count, there in ((120, False), (ENOUGH_FOR_A_NET * 4 // 3, True)):
        found = train(desk.examples(count))
        assert found.model.teams is not None
        assert (NET in found.model.teams.members.names) is there
        assert (NET in found.candidates["team"]) is there
