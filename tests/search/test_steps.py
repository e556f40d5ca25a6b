from __future__ import annotations

from dataclasses import replace

import pytest

from kb.redaction import redact
from search.contract import PassageScore, Query
from search.engine import Engine
from search.fusion import best_passages
from search.steps import NEAR, has_steps, shown
from tests.search.shelf import Shelf, passage

ABOUT = ("Descale the boiler", "", "The boiler must be descaled when it is slow. Descaling removes the chalk in it.")
DO = "1. Open the lid of the boiler and fill in the acid.\n2. Let it descale for ten minutes.\n3. Rinse the boiler twice."


@pytest.mark.parametrize(
    ("text", "steps"),
    [(DO, True), ("Do this:\n 1) Open\n 2) Close", True), ("It took\n2. That was all", False), ("* one\n* two", False),
     ("In version 1.2 and 3. it was so", False), ("", False)],
)  # fmt: skip
def test_steps_are_numbered_lines(text: str, steps: bool) -> None:
    assert has_steps(text) is steps


def test_a_passage_with_steps_is_shown_where_it_is_near_the_best() -> None:
    found = [PassageScore(10, 1, 0.6), PassageScore(11, 1, 0.6 - NEAR / 2), PassageScore(12, 1, 0.1)]
    best = best_passages(found)
    assert shown(best, found, {11, 12})[1].passage_id == 11
    assert shown(best, found, {12})[1].passage_id == 10, "it is too far from the question"
    assert shown(best, found, set())[1].passage_id == 10
    assert shown(best, found, {10, 11})[1].passage_id == 10, "of two with steps the nearer"
    assert shown({}, [], {1}) == {}


def test_who_asks_is_led_to_what_to_do_and_articles_keep_their_order(serving: Engine, shelf: Shelf) -> None:
    question = Query(redact("what do I do when the boiler must be descaled?"), redact(""))
    about = passage(30, ABOUT)
    shelf.shelved |= {30: about, 31: replace(about, passage_id=31, heading=redact("Descale it"), body=redact(DO))}
    serving.index(shelf)
    candidates = serving.candidates(question)
    assert candidates.steps == {31}
    scores = {score.passage_id: score.score for score in candidates.semantic}
    assert scores[30] - NEAR < scores[31] < scores[30], "else this tells nothing"
    ranked, plain = serving.rank(candidates, ()), serving.rank(replace(candidates, steps=frozenset()), ())
    assert (plain[0].passage_id, ranked[0].passage_id) == (30, 31)
    assert [replace(score, passage_id=0) for score in ranked] == [replace(score, passage_id=0) for score in plain]
