from __future__ import annotations

import numpy as np
import pytest
import skops.io

from classifier.neighbours import NOBODY, Neighbours

CHANCE = np.random.default_rng(0)
CENTRES = CHANCE.normal(size=(4, 12))
LABELS = CHANCE.integers(0, 4, 600)
ROWS = (CENTRES[LABELS] + 0.7 * CHANCE.normal(size=(600, 12))).astype(np.float32)


@pytest.fixture(scope="module")
def fitted() -> Neighbours:
    return Neighbours(count=10).fit(ROWS[:500], LABELS[:500])


def test_alike_belong_together(fitted: Neighbours) -> None:
    assert np.mean(fitted.predict(ROWS[500:]) == LABELS[500:]) > 0.9
    assert np.allclose(fitted.predict_proba(ROWS[500:]).sum(axis=1), 1)


def test_by_hand(fitted: Neighbours) -> None:
    """The same as cosines in double precision say, to the steps that rows are rounded to."""
    centred = ROWS - ROWS[:500].mean(axis=0)
    unit = centred / np.linalg.norm(centred, axis=1, keepdims=True)
    cosines = unit[500:] @ unit[:500].T
    looked = fitted.look(ROWS[500:])
    for one in range(4):
        assert np.allclose(looked.nearest[:, one], cosines[:, LABELS[:500] == one].max(axis=1), atol=2e-3)
    best = LABELS[:500][np.argmax(cosines, axis=1)]
    assert np.mean(looked.codes[:, 0] == best) > 0.95


def test_bit_by_bit_the_same_alone_and_among_others(fitted: Neighbours) -> None:
    together = fitted.look(ROWS[500:])
    for n in range(40):
        alone = fitted.look(ROWS[500 + n : 501 + n])
        assert (alone.votes[0] == together.votes[n]).all()
        assert (alone.nearest[0] == together.nearest[n]).all()
        assert (alone.codes[0] == together.codes[n]).all()


def test_bit_by_bit_the_same_after_storing(fitted: Neighbours) -> None:
    again = Neighbours.from_parts(skops.io.loads(skops.io.dumps(fitted.to_parts()), trusted=[]))
    assert (again.predict_proba(ROWS) == fitted.predict_proba(ROWS)).all()


def test_what_is_like_nothing_has_the_usual_shares(fitted: Neighbours) -> None:
    nothing = fitted.centre_[None, :]
    looked = fitted.look(nothing)
    assert np.allclose(looked.votes[0], fitted.shares_, atol=1e-6)
    assert (looked.codes == NOBODY).all()


def test_only_the_last_are_remembered() -> None:
    assert len(Neighbours(most=50).fit(ROWS, LABELS).rows_) == 50
