"""`deflect models answers`, `rankers` and `serve-ranker`, on a home without a model of language."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from search.rankers import Rankers
from tests.cli.conftest import run_in
from tests.kb.test_answers import ranker


@pytest.fixture
def learned(home: Path) -> Rankers:
    made = Rankers(home / "index" / "rankers")
    made.folder.mkdir(parents=True)
    made.promote(made.add(ranker(), {"lessons": 321, "figures": {"gain mrr@10, low": 0.02, "learned mrr@10": 0.7}}))
    return made


def said(home: Path, *words: str) -> str:
    done = run_in(home, "models", *words)
    assert done.exit_code == 0, done.output
    return str(done.output)


def test_an_operator_sees_and_chooses_when_something_is_an_answer(home: Path, learned: Rankers) -> None:
    del learned
    assert said(home, "answers").startswith("Answers that should not be and answers that are missing weigh alike.")
    chosen = said(home, "answers", "--risk", "0.1")
    assert "at most 10 are answered" in chosen
    assert "From 90% on: of tickets whose article is here 10% get an answer, 95% of the answers are right" in chosen
    assert said(home, "answers") == chosen
    assert "weigh alike" in said(home, "answers", "--balance")
    assert run_in(home, "models", "answers", "--risk", "0.1", "--balance").exit_code == 2
    assert run_in(home, "models", "answers", "--risk", "10").exit_code == 2


def test_an_operator_lists_rankers_and_goes_back(home: Path, learned: Rankers) -> None:
    assert "* ranker-000001" in said(home, "rankers")
    assert "321 tickets  order and probabilities  MRR@10 0.700" in said(home, "rankers")
    assert "Back: deflect models serve-ranker ranker-000001" in said(home, "serve-ranker", "fixed")
    assert learned.current() == ""
    assert said(home, "rankers").startswith("* fixed: the fixed rule")
    assert json.loads(said(home, "rankers", "--json"))[0]["serves"] is False
    said(home, "serve-ranker", "ranker-000001")
    assert learned.current() == "ranker-000001"
    refused = run_in(home, "models", "serve-ranker", "ranker-000009")
    assert refused.exit_code == 1
    assert learned.current() == "ranker-000001"


def test_where_nothing_was_learned_that_is_said(home: Path) -> None:
    assert "known once a ranker was learned" in said(home, "answers")
    assert said(home, "rankers") == "* fixed: the fixed rule\n"
