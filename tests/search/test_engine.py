from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kb.redaction import redact
from search.contract import ArticleScore, Candidates, Query, SearchError, Vote
from search.engine import Engine
from search.gathering import WORDS_ONLY
from tests.search.poison import POISON
from tests.search.shelf import Shelf, passage

ROOT = Path(__file__).parents[2]
STAFF = frozenset({"public", "internal", "team:4"})


@pytest.fixture(scope="module")
def helping(indexed_once: Path) -> Engine:
    """An engine on the small help centre that only answers."""
    return Engine(indexed_once)


def question(text: str, **scope: Any) -> Query:  # noqa: ANN401 - fields of Query
    return Query(redact(text), redact(""), **scope)


def ranked(engine: Engine, text: str, votes: tuple[Vote, ...] = (), **scope: Any) -> tuple[ArticleScore, ...]:  # noqa: ANN401
    return engine.rank(engine.candidates(question(text, **scope)), votes)


def articles(scores: tuple[ArticleScore, ...]) -> list[int]:
    return [score.article_id for score in scores]


@pytest.mark.parametrize(
    ("text", "best"),
    [
        ("I lost all my favourite pages, can I get them back?", 1),
        ("the customer needs another copy of his till slip", 2),
        ("my payment terminal will not pair over bluetooth", 3),
        ("we moved, how do I tell you our new street", 4),
        ("I cannot log in because I do not know my password any more", 6),
        ("display is dark and nothing happens", 8),
    ],
)
def test_a_question_in_other_words_finds_its_article(helping: Engine, text: str, best: int) -> None:
    found = ranked(helping, text)
    assert found[0].article_id == best
    assert found[0].passage_id == best


def test_a_close_answer_is_one_and_nonsense_is_not(helping: Engine) -> None:
    assert ranked(helping, "How do I set a new password?")[0].answers
    nonsense = ranked(helping, "which wine goes with salmon")
    assert nonsense
    assert not nonsense[0].answers


def test_parts_and_scores_tell_the_order(helping: Engine) -> None:
    found = ranked(helping, "print the receipt", (Vote(101, 3),))
    totals = [sum(score.parts.values()) for score in found]
    assert totals == sorted(totals, reverse=True)
    assert [score.score for score in found] == sorted((score.score for score in found), reverse=True)
    for score in found:
        assert 0 < score.score < 1
        assert set(score.parts) == {"semantic", "lexical", "memory"}


def test_what_solved_similar_tickets_rises(helping: Engine) -> None:
    text = "reader does not want to pair"
    assert articles(ranked(helping, text))[0] == 3
    risen = ranked(helping, text, (Vote(101, 8),))
    assert risen[0].solved_similar + risen[1].solved_similar == 1
    places = articles(ranked(helping, text)), articles(risen)
    assert places[1].index(8) < places[0].index(8)
    (score,) = [score for score in risen if score.article_id == 8]
    assert score.parts["memory"] > 0
    assert score.answers


def test_a_vote_for_what_may_not_be_seen_counts_for_nothing(helping: Engine) -> None:
    assert 7 not in articles(ranked(helping, "customer wants the money back", (Vote(103, 7),)))
    assert 7 in articles(ranked(helping, "customer wants the money back", (Vote(103, 7),), audiences=STAFF))


@pytest.mark.parametrize(
    ("audiences", "hidden"),
    [(frozenset({"public"}), {5, 7}), (frozenset({"public", "internal"}), {5}), (STAFF, set()), (frozenset(), set(range(1, 9)))],
)  # fmt: skip
def test_only_what_the_audience_may_find(helping: Engine, audiences: frozenset[str], hidden: set[int]) -> None:
    for text in ("refund a payment", "close the day, count the drawer"):
        found = helping.candidates(question(text, audiences=audiences))
        seen = {score.article_id for score in (*found.semantic, *found.lexical)} | found.allowed_articles
        assert seen & hidden == set()
        assert found.allowed_articles == set(range(1, 9)) - hidden
        assert set(articles(helping.rank(found, [Vote(103, 7), Vote(104, 5)]))) & hidden == set()


def test_a_product_leaves_out_the_others(helping: Engine) -> None:
    assert 3 in articles(ranked(helping, "switch it off and on"))
    assert 3 not in articles(ranked(helping, "switch it off and on", product="Till"))
    assert 8 in articles(ranked(helping, "switch it off and on", product="till"))
    assert set(articles(ranked(helping, "switch it off and on", product="No such thing"))) >= {3, 8}


def test_a_ticket_is_not_its_own_neighbour(helping: Engine) -> None:
    text = "Reader will not pair with the till any more"
    assert helping.candidates(question(text)).neighbours[0].ticket_id == 101
    others = helping.candidates(question(text, exclude_ticket=101)).neighbours
    assert [neighbour.ticket_id for neighbour in others if neighbour.ticket_id == 101] == []
    assert len(others) == 3


def test_the_same_question_has_the_same_answer(helping: Engine, indexed_once: Path) -> None:
    first = helping.candidates(question("black screen"))
    again = Engine(indexed_once).candidates(question("black screen"))
    assert first.vector is not None
    np.testing.assert_array_equal(first.vector, again.vector)
    assert replace(first, vector=None) == replace(again, vector=None)


def test_no_more_than_asked_for(helping: Engine) -> None:
    candidates = helping.candidates(question("receipt"))
    assert len(helping.rank(candidates, [], 2)) == 2
    assert helping.rank(candidates, [], 0) == ()
    assert helping.rank(Candidates((), (), (), frozenset()), [Vote(1, 1)]) == ()


@pytest.mark.parametrize("name", POISON)
def test_no_question_breaks_the_engine(helping: Engine, name: str) -> None:
    for query in (
        question(POISON[name]),
        Query(redact("bookmark"), redact(POISON[name])),
        question("x", product=POISON[name]),
    ):
        candidates = helping.candidates(query)
        assert candidates.note == ""
        assert set(articles(helping.rank(candidates, ()))) <= candidates.allowed_articles
    assert helping.complete(question(POISON[name])) is not None
    assert helping.embed([redact(POISON[name])]).shape == (1, 384)
    assert articles(ranked(helping, "lost bookmark"))[0] == 1


def test_without_an_encoder_words_answer(indexed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (indexed / "encoders").unlink()
    monkeypatch.setattr(sys, "executable", "/bin/false")
    engine = Engine(indexed)
    found = engine.candidates(question("bookmark"))
    assert (found.semantic, found.neighbours, found.vector, found.note) == ((), (), None, WORDS_ONLY)
    assert articles(engine.rank(found, [])) == [1]
    for use in (engine.warm, lambda: engine.embed([redact("x")])):
        with pytest.raises(SearchError, match="sentence encoder could not be prepared"):
            use()


def test_nothing_is_indexed_at_first(engine: Engine, shelf: Shelf) -> None:
    assert engine.generation is None
    engine.refresh()
    engine.warm()
    assert engine.generation is None
    assert engine.index(shelf).generation == engine.generation == "gen-000001"


def test_raw_text_cannot_reach_the_engine(helping: Engine, engine: Engine) -> None:
    raw: Any = "mara@example.org cannot sign in"
    for query in (Query(raw, redact("")), Query(redact(""), raw)):
        with pytest.raises(AttributeError, match="redacted"):
            helping.candidates(query)
    with pytest.raises(AttributeError, match="redacted"):
        helping.embed([raw])
    shelf = Shelf()
    shelf.shelved[1] = replace(passage(1, ("Title", "", "text")), body=raw)
    with pytest.raises(AttributeError, match="redacted"):
        engine.index(shelf)
    assert engine.generation is None


RAW = """
from search.contract import CaseDocument, PassageDocument, Query
from kb.redaction import redact

Query("raw", redact(""))
PassageDocument(1, 1, redact(""), redact(""), "raw")
CaseDocument(1, "raw", redact(""))
Query(redact("fine"), redact(""))
"""


@pytest.mark.slow
def test_the_type_checker_refuses_raw_text(tmp_path: Path) -> None:
    (tmp_path / "raw.py").write_text(RAW)
    command = [sys.executable, "-m", "mypy", "--config-file=", "--follow-imports=silent", str(tmp_path / "raw.py")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    refused = [line for line in done.stdout.splitlines() if 'incompatible type "str"; expected "Redacted"' in line]
    assert [line.split(":")[1] for line in refused] == ["5", "6", "7"], done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].startswith("Found 3 errors"), done.stdout


def test_sentences_that_come_again_are_not_read_again(serving: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [redact("Hold the green button."), redact("Hold the green button."), redact("Ask for a receipt.")]
    first = serving.embed_sentences(texts)
    assert np.allclose(first, serving.embed(texts), atol=0.06)
    assert np.array_equal(first[0], first[1])
    monkeypatch.setattr(serving, "_encode", lambda texts: pytest.fail(f"read again: {texts}"))
    assert np.array_equal(serving.embed_sentences(texts), first)
