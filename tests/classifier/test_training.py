from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from classifier.contract import Example, NothingToTrainError, Outcome
from classifier.training import train
from tests.classifier import desk


def test_learns_what_the_words_say() -> None:
    found = train(desk.examples(240))
    assert found.trained == ["escalation", "team", "level"]
    assert found.skipped == {}
    assert not found.by_time
    assert found.figures["escalation"]["AUC"].value > 0.85
    assert found.figures["team"]["accuracy"].value > 0.9
    assert found.figures["escalation"]["tickets"].value == 240


def test_dated_tickets_are_judged_by_earlier_ones() -> None:
    found = train(desk.examples(240, dated=True))
    assert found.by_time
    assert found.figures["escalation"]["tickets"].value == 120


def test_shuffled_labels_look_like_chance() -> None:
    some = desk.examples(300)
    order = np.random.default_rng(0).permutation(len(some))
    mixed = [Example(some[n].ticket, some[m].outcome) for n, m in enumerate(order)]
    assert train(mixed).figures["escalation"]["AUC"].value == pytest.approx(0.5, abs=0.12)


def test_copies_give_no_advantage() -> None:
    # Random labels, each ticket ten times: a split that separated copies would look nearly perfect.
    some = [replace(e, outcome=Outcome(bool(n % 2))) for n, e in enumerate(desk.examples(40))]
    assert train(some * 10).figures["escalation"]["AUC"].value < 0.75


def test_the_same_tickets_make_the_same_model() -> None:
    some = desk.with_embeddings(desk.examples(120))
    tickets = [example.ticket for example in some]
    assert train(some).model.predict(tickets, "v") == train(some).model.predict(tickets, "v")


def test_outcomes_of_a_ticket_never_reach_its_prediction() -> None:
    model = train(desk.examples(120)).model
    one, other = desk.examples(1)[0], Example(desk.examples(1)[0].ticket, Outcome(True, "Billing", "L3"))
    assert model.predict([one.ticket], "v") == model.predict([other.ticket], "v")


def test_ten_rows_are_too_few() -> None:
    with pytest.raises(NothingToTrainError, match=r"escalation: .* at least 30"):
        train(desk.examples(10))


def test_no_rows_and_no_labels() -> None:
    for some in ([], [replace(example, outcome=Outcome()) for example in desk.examples(50)]):
        with pytest.raises(NothingToTrainError, match="no labelled tickets"):
            train(some)


def test_one_class_only_stops_nothing_else() -> None:
    some = [replace(e, outcome=replace(e.outcome, escalated=True, level=None)) for e in desk.examples(120)]
    found = train(some)
    assert found.trained == ["team"]
    assert found.skipped["escalation"].startswith("120 tickets escalated and 0 did not")
    assert found.skipped["level"].startswith("0 tickets name a level")
    (prediction,) = found.model.predict([some[0].ticket], "v")
    assert prediction.probability is None
    assert prediction.decision is None
    assert prediction.reasons == ()
    assert prediction.teams


def test_one_text_over_and_over() -> None:
    some = [Example(desk.ticket(n, "same", "text"), Outcome(bool(n % 2))) for n in range(60)]
    with pytest.raises(NothingToTrainError, match="copies of too few different texts"):
        train(some)


def test_all_texts_empty_but_attributes_tell() -> None:
    # Tickets without text are copies of nobody, so they can be split and judged.
    some = [
        Example(desk.ticket(n, product="AB"[n % 2], floor="12"[n % 3 == 0]), Outcome(bool(n % 2))) for n in range(60)
    ]
    found = train(some)
    assert found.figures["escalation"]["AUC"].value == 1
    (prediction,) = found.model.predict([desk.ticket(1, product="B", floor="1")], "v")
    assert prediction.probability is not None
    assert prediction.probability > 0.8
    assert "no text" in prediction.notes[0]


def test_all_texts_and_attributes_empty() -> None:
    some = [Example(desk.ticket(n), Outcome(bool(n % 2))) for n in range(60)]
    assert train(some).figures["escalation"]["AUC"].value < 0.75


def test_a_team_seen_once_stops_nothing() -> None:
    some = desk.examples(120)
    some[0] = replace(some[0], outcome=replace(some[0].outcome, team="Once upon a time"))
    found = train(some)
    assert found.model.teams is not None
    assert "Once upon a time" not in found.model.teams.names
    assert found.figures["team"]["tickets"].value == 120


def test_two_teams_are_ranked_too() -> None:
    some = [
        replace(e, outcome=Outcome(team="Desk" if e.outcome.team == "Service desk" else "Other"))
        for e in desk.examples(120)
    ]
    found = train(some)
    assert found.trained == ["team"]
    (prediction,) = found.model.predict([desk.ticket(1, "vpn tunnel drops", "")], "v")
    assert [share.team for share in prediction.teams] == ["Other", "Desk"]
    assert sum(share.probability for share in prediction.teams) == pytest.approx(1)


def test_labels_may_be_partial() -> None:
    some = desk.examples(200)
    half = [
        replace(e, outcome=Outcome(e.outcome.escalated) if n % 2 else Outcome(team=e.outcome.team))
        for n, e in enumerate(some)
    ]
    found = train(half)
    assert found.trained == ["escalation", "team"]
    assert found.figures["escalation"]["tickets"].value == found.figures["team"]["tickets"].value == 100


def test_all_escalations_late_falls_back_to_judging_by_text() -> None:
    some = desk.examples(120, dated=True)
    some = [replace(e, outcome=Outcome(escalated=n < 30)) for n, e in enumerate(some)]
    assert not train(some).by_time


def test_progress_runs_from_nothing_to_all() -> None:
    told: list[tuple[str, int, int]] = []
    train(desk.examples(60), lambda step, done, total: told.append((step, done, total)))
    done, totals = [one[1] for one in told], {one[2] for one in told}
    assert done == sorted(done)
    assert done[0] == 0
    assert totals == {done[-1]}
