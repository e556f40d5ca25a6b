from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from kb.redaction import redact
from search.cache import digest
from search.contract import Candidates, Query
from search.engine import Engine
from search.generation import TITLES
from tests.search.shelf import Shelf, passage


def asked(engine: Engine, words: str, **scope: object) -> Candidates:
    return engine.candidates(Query(redact(words), redact(""), **scope))  # type: ignore[arg-type]


def test_a_question_is_compared_with_the_title_alone(serving: Engine) -> None:
    found = asked(serving, "Print a receipt again").titles
    assert max(found, key=lambda article: found[article]) == 2
    assert found[2] == pytest.approx(1.0, abs=0.05), "the text below it plays no part"


def test_titles_of_what_the_asker_may_not_see_or_did_not_mean_do_not_come_out(serving: Engine) -> None:
    assert set(asked(serving, "Refund a payment").titles) == {1, 2, 3, 4, 6, 8}
    assert 7 in asked(serving, "Refund a payment", audiences=frozenset({"public", "internal"})).titles
    assert 8 not in asked(serving, "The screen stays black", product="Reader").titles


def test_a_title_follows_its_article(serving: Engine, shelf: Shelf) -> None:
    first = shelf.shelved[2]
    shelf.shelved[20] = replace(first, passage_id=20, body=redact("It is on the second page of the list."))
    serving.index(shelf)
    del shelf.shelved[2]
    serving.index(shelf)
    assert asked(serving, "Print a receipt again").titles[2] > 0.95, "another passage of it is left"
    shelf.shelved[20] = passage(20, ("Zirconium quartz", "", "It is on the second page of the list."))
    shelf.shelved[20] = replace(shelf.shelved[20], article_id=2)
    serving.index(shelf)
    assert asked(serving, "Zirconium quartz").titles[2] > 0.95
    assert serving.check(shelf).clean


def test_a_title_goes_from_the_index_and_the_cache_with_its_article(
    serving: Engine, shelf: Shelf, indexed: Path
) -> None:
    gone = digest("Print a receipt again")
    with sqlite3.connect(indexed / "vectors.sqlite") as cache:
        assert cache.execute("SELECT count(*) FROM vector WHERE text = ?", (gone,)).fetchone() == (1,)
    del shelf.shelved[2]
    serving.index(shelf)
    assert 2 not in asked(serving, "Print a receipt again").titles
    generation = serving._loaded()
    assert generation.titles is not None
    assert sorted(generation.titles.ids.tolist()) == sorted(generation.documents.titles) == [1, 3, 4, 5, 6, 7, 8]
    assert generation.manifest["titles"] == 7
    with sqlite3.connect(indexed / "vectors.sqlite") as cache:
        assert cache.execute("SELECT count(*) FROM vector WHERE text = ?", (gone,)).fetchone() == (0,)


def test_damaged_titles_are_done_without_until_the_next_run(serving: Engine, shelf: Shelf, indexed: Path) -> None:
    path = indexed / "generations" / "gen-000001" / TITLES
    path.write_bytes(path.read_bytes()[:-9] + bytes(9))
    fresh = Engine(indexed, index_threads=1)
    found = asked(fresh, "Print a receipt again")
    assert (found.titles, found.note) == ({}, "")
    assert fresh.rank(found, ())[0].article_id == 2
    assert fresh.check(shelf).broken_files == (f"gen-000001/{TITLES}",)
    shelf.shelved[1] = replace(shelf.shelved[1], audience="internal")
    fresh.index(shelf)
    assert asked(fresh, "Print a receipt again").titles[2] > 0.95
