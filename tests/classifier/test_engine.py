from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from classifier.contract import EscalationEngine, NoModelError, NothingToTrainError, Prediction
from classifier.engine import Engine
from tests.classifier import desk

TICKETS = [example.ticket for example in desk.examples(80, seed=9)]


def test_it_is_what_the_flows_expect(tmp_path: Path) -> None:
    engine: EscalationEngine = Engine(tmp_path)
    assert engine.version is None
    assert engine.versions() == ()
    engine.refresh()


def test_nothing_trained_is_an_error_by_name_and_never_a_no(tmp_path: Path) -> None:
    with pytest.raises(NoModelError, match="deflect train"):
        Engine(tmp_path).predict(TICKETS)


def test_nothing_to_train_leaves_no_version(tmp_path: Path) -> None:
    with pytest.raises(NothingToTrainError):
        Engine(tmp_path).train(desk.examples(10), now=desk.START)
    assert Engine(tmp_path).versions() == ()
    assert Engine(tmp_path).version is None


def test_the_report_is_what_the_list_shows(tmp_path: Path) -> None:
    engine = Engine(tmp_path)
    report = engine.train(desk.examples(60), now=desk.START)
    (listed,) = engine.versions()
    assert (listed.version, listed.trained, listed.figures) == (report.version, report.trained, report.figures)
    assert report.promoted
    assert listed.active
    assert report.version == engine.version == "20250301-080000"


def test_a_prediction_is_complete(engine: Engine) -> None:
    for ticket, prediction in zip(TICKETS, engine.predict(TICKETS), strict=True):
        assert prediction.id == ticket.id
        assert prediction.probability is not None
        assert 0 < prediction.probability < 1
        assert prediction.decision in ("escalate", "keep", "unsure")
        assert sum(share.probability for share in prediction.teams) == pytest.approx(1)
        chances = [share.probability for share in prediction.teams]
        assert chances == sorted(chances, reverse=True)
        assert prediction.team_set[0] == prediction.teams[0].team
        assert prediction.level in ("L1", "L2")
        assert prediction.model == engine.version


def test_unseen_tickets_are_told_apart(engine: Engine) -> None:
    escalates, stays = engine.predict(
        [desk.ticket(1, "firewall blocks vpn", ""), desk.ticket(2, "password forgotten", "")]
    )
    assert (escalates.decision, stays.decision) == ("escalate", "keep")
    assert escalates.teams[0].team == "Network"


def test_no_tickets_no_predictions(engine: Engine) -> None:
    assert engine.predict([]) == ()


def test_alone_or_among_others_is_the_same(engine: Engine) -> None:
    together = engine.predict(TICKETS[:10])
    assert together == tuple(engine.predict([one])[0] for one in TICKETS[:10])


@pytest.mark.parametrize(
    "ticket",
    [
        desk.ticket(1),
        desk.ticket(2, "vpn", "", product="never heard of", colour="blue"),
        desk.ticket(3, "\x00\ud800", "🙂"),
    ],
)
def test_odd_tickets_are_answered(engine: Engine, ticket: object) -> None:
    (prediction,) = engine.predict([ticket])  # type: ignore[list-item]
    assert prediction.probability is not None
    assert np.isfinite(prediction.probability)


def test_stored_and_loaded_predicts_bit_by_bit_the_same(folder: Path) -> None:
    engine = Engine(folder)
    before, first = engine.predict(TICKETS), engine.version
    assert first is not None
    engine.promote(engine.train(desk.examples(60, seed=3), now=desk.START + timedelta(days=1)).version)
    assert engine.predict(TICKETS) != before
    assert engine.previous() == first
    assert engine.rollback() == first == engine.version
    assert engine.predict(TICKETS) == before == Engine(folder).predict(TICKETS)


def test_another_process_moves_the_pointer(folder: Path) -> None:
    serving, other = Engine(folder), Engine(folder)
    serving.predict(TICKETS[:1])
    new = other.train(desk.examples(60, seed=3), now=desk.START + timedelta(days=1)).version
    other.promote(new)
    serving.refresh()
    assert serving.version == new
    assert serving.predict(TICKETS[:1])[0].model == new


def test_many_threads_load_one_model(folder: Path) -> None:
    engine, found = Engine(folder), []
    expected = Engine(folder).predict(TICKETS)

    def predict() -> None:
        found.append(engine.predict(TICKETS))

    threads = [threading.Thread(target=predict) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 6


def test_with_embeddings_and_a_ticket_that_lacks_one(tmp_path: Path) -> None:
    some = desk.with_embeddings(desk.examples(120))
    engine = Engine(tmp_path)
    engine.train(some, now=desk.START)
    whole: Prediction = engine.predict([some[0].ticket])[0]
    lacking = engine.predict([replace(some[0].ticket, embedding=None)])[0]
    assert whole.probability is not None
    assert lacking.probability is not None
    assert not any("meaning" in reason.text for reason in lacking.reasons)
