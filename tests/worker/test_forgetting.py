"""A deleted article goes from the learned ranker with the index run that takes it out of the index; an archived one stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from kb.models import Article
from kb.records import ArticleRecord
from kb.services import shelving
from kb.services.importing import import_article
from kb.services.removing import remove_article
from kb.viewers import SYSTEM
from search.forgetting import known_to
from search.popularity import ALL, Popularity
from tests.kb.test_answers import ranker
from web.desk import Desk
from web.freshness import bring_up_to_date
from web.settings import Settings

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def test_what_was_learned_of_a_deleted_article_goes_with_the_next_index_run(ready_home: Path) -> None:
    desk = Desk(Settings(home=ready_home, index_threads=1))
    rankers = desk.search.rankers
    with desk.writing() as session:
        for slug in ("stays", "shelved", "goes"):
            import_article(session, ArticleRecord(slug, f"The {slug} lamp", "Change the lamp above the desk."), NOW)
        session.commit()
        ids = {article.slug: article.id for article in session.scalars(select(Article))}
    counts = dict.fromkeys(ids.values(), 1.0)
    rankers.folder.mkdir(parents=True)
    rankers.promote(rankers.add(replace(ranker(), popular=Popularity({ALL: 3}, {ALL: counts})), {}))
    bring_up_to_date(desk)
    assert known_to(rankers.folder / rankers.current()) == set(ids.values())
    with desk.writing() as session:
        shelving.archive(session, SYSTEM, "shelved", session.get_one(Article, ids["shelved"]).version, NOW)
        remove_article(session, SYSTEM, "goes", NOW)
        session.commit()
    bring_up_to_date(desk)
    assert rankers.names() == ["ranker-000002"]
    assert known_to(rankers.folder / rankers.current()) == {ids["stays"], ids["shelved"]}
    desk.records.dispose()
