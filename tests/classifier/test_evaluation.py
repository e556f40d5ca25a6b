from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score

from classifier.baselines import MAJORITY, PLAIN, STRATIFIED, baselines
from classifier.contract import Decision, Outcome, Prediction, TeamShare
from classifier.engine import Engine
from classifier.evaluation import Judged, Ranked, evaluate, with_intervals
from tests.classifier import desk


def said(chance: float | None, decision: Decision | None, *teams: str, held: tuple[str, ...] = ()) -> Prediction:
    shares = tuple(TeamShare(team, 1 / (n + 2)) for n, team in enumerate(teams))
    return Prediction("T", chance, decision, 0.5, (), shares, held, "v")


PREDICTIONS = [
    said(0.9, "escalate", "A", "B", held=("A",)),
    said(0.8, "escalate", "B", "A", held=("B", "A")),
    said(0.6, "unsure", "A", "C", "B", "D", held=("A", "C")),
    said(0.2, "keep", "D", "A", "B", "C", held=("D",)),
    said(0.1, "keep", "D", held=("D",)),
]
OUTCOMES = [Outcome(True, "A"), Outcome(False, "A"), Outcome(True, "B"), Outcome(False, "C"), Outcome(False, "D")]


def test_figures_by_hand() -> None:
    found = evaluate(PREDICTIONS, OUTCOMES, resamples=20)
    whether = {name: figure.value for name, figure in found.whether.items()}
    assert whether["tickets"] == 5
    assert whether["base rate"] == pytest.approx(0.4)
    assert whether["AUC"] == pytest.approx(5 / 6)
    assert whether["average precision"] == pytest.approx((1 / 1 + 2 / 3) / 2)
    assert whether["F1 at .5"] == pytest.approx(2 * (2 / 3) * 1 / (2 / 3 + 1))
    assert whether["recall at 10 %"] == pytest.approx(0.5)
    assert whether["Brier"] == pytest.approx((0.01 + 0.64 + 0.16 + 0.04 + 0.01) / 5)
    assert whether["calibration error"] == pytest.approx((0.1 + 0.8 + 0.4 + 0.2 + 0.1) / 5)
    assert whether["unsure"] == pytest.approx(0.2)
    assert whether["accuracy when sure"] == pytest.approx(0.75)
    assert whether["precision when sure"] == pytest.approx(0.5)
    assert whether["recall when sure"] == 1
    where = {name: figure.value for name, figure in found.where.items()}
    assert where["accuracy"] == pytest.approx(0.4)
    assert where["top 3"] == pytest.approx(0.8)
    assert where["macro F1"] == pytest.approx(((2 / 4) + 0 + 0 + 2 / 3) / 4)
    assert where["set coverage"] == pytest.approx(0.6)
    assert where["set size"] == pytest.approx(7 / 5)


def test_what_is_not_known_does_not_count() -> None:
    found = evaluate([*PREDICTIONS, said(None, None)], [*OUTCOMES[:4], Outcome(), Outcome(True, "A")], resamples=5)
    assert found.whether["tickets"].value == 4
    assert found.where["tickets"].value == 4
    assert evaluate([], []).whether == {}


def test_predictions_and_outcomes_must_match() -> None:
    with pytest.raises(ValueError, match="shorter"):
        evaluate(PREDICTIONS, OUTCOMES[:3])


def test_one_class_has_no_ranking_figure() -> None:
    found = evaluate(PREDICTIONS, [Outcome(True)] * 5, resamples=5)
    assert "AUC" not in found.whether
    assert found.whether["base rate"].value == 1


def test_intervals_narrow_with_more_tickets_and_repeat() -> None:
    def of(tickets: int) -> Judged:
        chance = np.random.default_rng(0)
        chances = chance.random(tickets)
        labels = (chance.random(tickets) < chances).astype(np.int64)
        return Judged(chances, np.where(chances > 0.5, "escalate", "keep"), labels)

    few, many = (with_intervals(of(n).figures, n, resamples=100)["AUC"] for n in (100, 2000))
    assert few.low < few.value < few.high
    assert many.high - many.low < (few.high - few.low) / 2
    assert few == with_intervals(of(100).figures, 100, resamples=100)["AUC"]


def test_ours_beside_what_anybody_could_do(engine: Engine) -> None:
    learn, later = desk.examples(240), desk.examples(120, seed=7)
    tickets, outcomes = [e.ticket for e in later], [e.outcome for e in later]
    ours = evaluate(engine.predict(tickets), outcomes, resamples=20)
    theirs = baselines(learn, tickets, outcomes, resamples=20)
    assert set(theirs) == {MAJORITY, STRATIFIED, PLAIN}
    assert theirs[MAJORITY].whether["AUC"].value == 0.5
    assert theirs[PLAIN].whether["AUC"].value > 0.8
    assert ours.whether["AUC"].value > 0.8
    assert ours.where["accuracy"].value > theirs[MAJORITY].where["accuracy"].value
    assert ours.where["set coverage"].value > 0.85
    assert "set coverage" not in theirs[PLAIN].where


def test_baselines_need_two_classes() -> None:
    some = [desk.examples(1)[0]] * 5
    found = baselines(some, [some[0].ticket], [some[0].outcome], resamples=2)
    assert all(one.whether == {} and one.where == {} for one in found.values())


@pytest.mark.parametrize("seed", range(3))
def test_macro_f1_is_what_the_library_says_of_each_draw(seed: int) -> None:
    chance = np.random.default_rng(seed)
    names = [f"team {number}" for number in range(12)]
    truth = [names[n] for n in chance.integers(0, 9, 80)]
    ranking = [(name, names[11]) if chance.random() < 0.5 else (names[int(chance.integers(0, 12))],) for name in truth]
    ranking[3] = ()
    ranked = Ranked(truth, ranking, [best[:1] for best in ranking])
    for _ in range(20):
        rows = chance.integers(0, 80, 80)
        right, said = [truth[n] for n in rows], [ranking[n][0] if ranking[n] else "" for n in rows]
        found = ranked.figures(rows)
        labels = sorted(set(right))
        assert found["macro F1"] == pytest.approx(
            f1_score(right, said, average="macro", labels=labels, zero_division=0), abs=1e-12
        )
        assert found["accuracy"] == found["set coverage"] == np.mean([a == b for a, b in zip(right, said, strict=True)])
