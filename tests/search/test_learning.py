"""A ranker is learned from a made-up desk whose customers speak otherwise than its articles."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from kb.redaction import redact
from search.contract import Lesson, Query, RankerConflictError, RankerReport, Risk, SearchError, Vote
from search.engine import Engine
from search.learning import BLOCKS, LEAST, Lessons, teach
from search.ranker import BARS, SUREST
from search.rankers import ARRAYS, BROKEN, FIXED, OLDER, READ
from search.ranking import SOURCES
from tests.search.shelf import Shelf, case, passage

SAID = {
    1: ("the squeaky thing", "our little squeaker", "that squeak box"),
    2: ("the blue slip", "the azure paper", "a bluish leaf"),
    3: ("the grumpy drawer", "this sulking tray", "our moody compartment"),
    4: ("the late lorry", "a tardy truck", "the overdue van"),
}
TITLES = {1: "Acoustic confirmation unit", 2: "Form 7c", 3: "Cash compartment lock", 4: "Consignment schedule"}
DOES = ("will not stop", "is gone", "came back wrong", "worries us", "again today", "since Monday", "needs a look")
WHO = ("at the counter", "in the kitchen", "said our trainee", "for the third time", "please help", "asks the boss")


def desk() -> tuple[Shelf, list[Lesson]]:
    """Tickets of four articles, in an order of time, with distractors on the shelf."""
    words = [
        (a, f"{said} {does} {who}") for does, who in product(DOES, WHO) for a, names in SAID.items() for said in names
    ]
    tickets = [(number, *row) for number, row in enumerate(words[: LEAST + 60], start=1000)]
    shelf = Shelf(
        {n: passage(n, (TITLES.get(n, f"Policy number {n}"), "", "As laid down.")) for n in range(1, 13)},
        {number: case(number, text) for number, _, text in tickets},
    )
    lessons = [
        Lesson(number, Query(redact(text), redact(""), exclude_ticket=number), (article,), float(number))
        for number, article, text in tickets
    ]
    return shelf, lessons


@pytest.fixture(scope="module")
def taught(encoder_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Engine, list[Lesson], RankerReport]:
    folder = tmp_path_factory.mktemp("taught")
    (folder / "encoders").symlink_to(encoder_folder, target_is_directory=True)
    engine = Engine(folder, index_threads=1)
    shelf, lessons = desk()
    engine.index(shelf)
    return engine, lessons, engine.learn(lessons)


Taught = tuple[Engine, list[Lesson], RankerReport]


def test_what_was_learned_finds_what_words_and_meaning_cannot(taught: Taught) -> None:
    engine, _, report = taught
    assert report.name == "ranker-000001"
    assert report.figures["learned hit@1"] > 0.9
    assert report.promoted is (report.figures["gain mrr@10, low"] > 0)
    serving = engine._learned()[0]
    assert serving is not None
    assert serving.fixed is not report.promoted, "what is not better than the fixed rule does not order"
    found = engine.candidates(Query(redact("our squeak box hums"), redact("")))
    assert engine.rank(found, ())[0].article_id == 1, "without any vote at all"


def test_scores_are_probabilities_that_fall_with_the_rank(taught: Taught) -> None:
    engine, lessons, _ = taught
    found = engine.candidates(lessons[-1].query)
    scores = [score.score for score in engine.rank(found, [Vote(n.ticket_id, 1) for n in found.neighbours])]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score < 1 for score in scores)


def test_ranking_is_pure(taught: Taught) -> None:
    engine, lessons, _ = taught
    found = engine.candidates(lessons[0].query)
    assert engine.rank(found, ()) == engine.rank(found, ())


def test_no_block_knows_a_later_one(taught: Taught) -> None:
    engine, lessons, _ = taught
    turned = [replace(lesson, solved_by=(12,)) if lesson.at and lesson.at > 1190 else lesson for lesson in lessons]
    serving = engine._loaded()
    before, after = Lessons(serving, lessons), Lessons(serving, turned)
    early = np.flatnonzero(before.block < BLOCKS - 1)
    assert {before.all[row].ticket_id for row in early}.isdisjoint(
        {n.ticket_id for n in turned if n.solved_by == (12,)}
    )
    assert np.array_equal(before.affinity(early, None).towards, after.affinity(early, None).towards)
    assert before.popularity(early) == after.popularity(early)
    for example in teach(before).later:
        assert not example.table.remembered.solved.keys() - {1, 2, 3, 4}


def test_too_few_links_are_said_and_change_nothing(taught: Taught, encoder_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "encoders").symlink_to(encoder_folder, target_is_directory=True)
    engine = Engine(tmp_path, index_threads=1)
    shelf, lessons = desk()
    shelf.solved = dict(list(shelf.solved.items())[:5])
    engine.index(shelf)
    report = engine.learn(lessons[:5])
    assert (report.name, report.promoted) == ("", False)
    assert f"{LEAST} are needed" in report.reason
    assert engine.rankers.current() == ""
    with pytest.raises(SearchError, match="needed to tell"):
        engine.evaluate(lessons[:5])


def test_evaluation_stands_beside_simpler_methods_and_can_leave_sources_out(taught: Taught) -> None:
    engine, lessons, _ = taught
    found = engine.evaluate(lessons)
    assert {"deflect", "fixed sum", "plain hybrid", "plain vectors", "BM25", "popularity"} == set(found.methods)
    assert found.by_time
    assert found.methods["deflect"]["mrr@10"][0] > found.methods["BM25"]["mrr@10"][0]
    deaf = engine.evaluate(lessons, without=("memory", "learnt", "popularity"))
    assert deaf.methods["deflect"]["mrr@10"][0] < found.methods["deflect"]["mrr@10"][0]
    with pytest.raises(SearchError, match="no source"):
        engine.evaluate(lessons, without=("stars",))


def test_rolling_back_and_damage_lead_to_the_fixed_rule(taught: Taught) -> None:
    engine, lessons, report = taught
    query = lessons[0].query
    engine.rankers.promote(FIXED)
    assert set(engine.rank(engine.candidates(query), ())[0].parts) == set(SOURCES)
    engine.rankers.promote(report.name)
    arrays = engine.rankers.folder / report.name / ARRAYS
    whole = arrays.read_bytes()
    arrays.write_bytes(whole[:-9] + bytes(9))
    try:
        fresh = Engine(engine.rankers.folder.parent, index_threads=1)
        found = fresh.candidates(query)
        assert found.note == BROKEN
        assert set(fresh.rank(found, ())[0].parts) == set(SOURCES)
        with pytest.raises(SearchError, match="damaged"):
            fresh.rankers.promote(report.name)
    finally:
        arrays.write_bytes(whole)
    with pytest.raises(SearchError, match="no ranker"):
        engine.rankers.promote("ranker-000009")


def test_a_ranker_that_reads_other_features_leads_to_the_fixed_rule(
    taught: Taught, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, lessons, _ = taught
    ranker, before = engine._learned()[0], engine.rankers.current()
    assert ranker is not None
    monkeypatch.setattr("search.rankers.READ", READ[:-3])
    older = engine.rankers.add(ranker, {})
    monkeypatch.undo()
    engine.rankers.promote(older)
    try:
        found = engine.candidates(lessons[0].query)
        assert found.note == OLDER
        assert set(engine.rank(found, ())[0].parts) == set(SOURCES)
    finally:
        engine.rankers.promote(before)


def test_whole_tickets_are_held_to_the_learned_bar_and_the_few_words_of_a_search_are_not(taught: Taught) -> None:
    ranker = taught[0]._learned()[0]
    assert ranker is not None
    sure = replace(ranker, balanced=0.8)
    words = round(sure.usual)
    assert words > 3
    assert sure.bar(None, words) == 0.8
    assert sure.bar(None, words // 4) == SUREST
    assert sure.bar(0.0, words // 4) == sure.bar(0.0, words), "a risk that somebody chose is the same for all"


def test_what_a_risk_means_is_kept_with_the_ranker(taught: Taught) -> None:
    engine, _, report = taught
    trades = engine.trades()
    assert [trade.bar for trade in trades] == list(BARS)
    assert [trade.answered for trade in trades] == sorted((trade.answered for trade in trades), reverse=True)
    assert [trade.refused for trade in trades] == sorted(trade.refused for trade in trades)
    fresh = Engine(engine.rankers.folder.parent, index_threads=1)
    assert fresh.trades() == trades, "read from the files as it was made"
    bar = fresh.bar_of(Risk(0.1))
    assert bar is not None
    assert next(trade for trade in trades if trade.bar >= bar).refused >= 0.9
    assert engine.rankers.current() == report.name


def test_a_chosen_risk_changes_what_is_called_an_answer_and_no_order(taught: Taught) -> None:
    engine, lessons, _ = taught
    found = engine.candidates(lessons[-1].query)
    votes = [Vote(n.ticket_id, 1) for n in found.neighbours]
    usual, bold, wary = (engine.rank(found, votes, risk=risk) for risk in (None, Risk(1.0), Risk(0.0)))
    assert [replace(one, answers=False) for one in bold] == [replace(one, answers=False) for one in wary]
    assert sum(one.answers for one in wary) <= sum(one.answers for one in usual) <= sum(one.answers for one in bold)
    assert bold[0].answers
    set_up = Engine(engine.rankers.folder.parent, index_threads=1, risk=1.0)
    assert set_up.rank(found, votes) == bold
    assert set_up.rank(found, votes, risk=Risk()) == engine.rank(found, votes), "a chosen balance beats the setting"


def test_a_ranker_that_was_made_before_trades_were_kept_serves_on(taught: Taught) -> None:
    engine, lessons, _ = taught
    ranker = engine._learned()[0]
    assert ranker is not None
    before = engine.rankers.current()
    engine.rankers.promote(engine.rankers.add(replace(ranker, answered=(), right=()), {}))
    try:
        assert engine.trades() == ()
        assert engine.bar_of(Risk(0.1)) == ranker.bar(0.1, 99)
        assert engine.rank(engine.candidates(lessons[0].query), ())
    finally:
        engine.rankers.promote(before)


def test_going_back_to_another_version_is_refused_where_another_serves_meanwhile(taught: Taught) -> None:
    engine, _, report = taught
    listed = engine.ranker_versions()
    first = next(one for one in listed if one.name == report.name)
    assert (first.serves, first.orders, first.by_time, first.lessons) == (True, report.promoted, True, report.lessons)
    with pytest.raises(RankerConflictError, match=report.name):
        engine.serve_ranker("", "ranker-000007")
    engine.serve_ranker("", report.name)
    try:
        assert engine.trades() == ()
        assert engine.bar_of(Risk()) is None
        assert not any(one.serves for one in engine.ranker_versions())
        with pytest.raises(SearchError, match="no ranker"):
            engine.serve_ranker("ranker-000777", "")
    finally:
        engine.serve_ranker(report.name, "")
    assert engine.rankers.current() == report.name
