from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from kb.models import Article, ArticleVote, Question, Suggestion
from search.contract import Candidates, Query
from tests.web.conftest import Visit
from web.desk import Desk


def test_the_first_page_has_a_question_box_and_the_shelves(nobody: TestClient) -> None:
    text = nobody.get("/").text
    assert '<form class="big-search" action="/search" role="search"' in text
    assert "data-slash autofocus" in text
    assert "/browse?topic=Refunds" in text
    assert "Refund a card payment" in text
    assert '<html lang="en" dir="ltr">' in text


def test_a_search_shows_what_matched_where_and_why(nobody: TestClient) -> None:
    text = nobody.get("/search?q=pair reader with a till").text
    assert "<mark>Pair</mark> a card <mark>reader</mark> with a <mark>till</mark>" in text
    assert 'href="/articles/pair-a-reader?k=' in text
    assert 'class="why"' in text
    assert "Updated <time" in text
    assert text.index("pair-a-reader") < text.index("refund-a-payment") if "refund-a-payment" in text else True


def test_a_result_leads_to_the_section_that_matched(nobody: TestClient) -> None:
    text = nobody.get("/search?q=wordpublicheron").text
    address = re.search(r'href="(/articles/heron\?k=[\w-]+#[\w-]+)"', text)
    assert address, text
    anchor = address[1].partition("#")[2]
    assert f'id="{anchor}"' in nobody.get(address[1]).text


def test_a_search_and_a_form_say_what_whoever_asks_speaks(
    nobody: TestClient, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked, asked = desk.search.candidates, []

    def listening(query: Query) -> Candidates:
        asked.append(query.locale)
        return looked(query)

    monkeypatch.setattr(desk.search, "candidates", listening)
    speaks = {"Accept-Language": "en-GB,en;q=0.8"}
    assert nobody.get("/search?q=pair a reader", headers=speaks).status_code == 200
    form = {"subject": "Pair a reader", "body": "How do I pair a reader?", "email": "mona@example.com"}
    nobody.post("/contact", data=form, headers=speaks)
    assert asked == ["en-GB", "en-GB"]


def test_an_article_opened_from_a_search_is_kept_as_read_once_and_only_for_whoever_was_shown_it(
    nobody: TestClient, desk: Desk
) -> None:
    text = nobody.get("/search?q=wordpublicheron").text
    address = re.search(r'href="(/articles/heron\?k=([\w-]+))', text)
    assert address, text

    def read() -> list[bool]:
        with desk.reading() as session:
            rows = session.execute(select(Article.slug, Suggestion.read_at).join(Suggestion)).all()
        return [slug == "heron" for slug, at in rows if at is not None]

    nobody.get("/articles/heron?k=guessed")
    nobody.get("/articles/heron")
    nobody.get(f"/articles/pair-a-reader?k={address[2]}x")
    assert read() == []
    for _ in range(2):
        assert nobody.get(address[1]).status_code == 200
    assert read() == [True]


@pytest.mark.parametrize(
    "words", ["which wine goes with salmon", "asdf qwer zxcv lkjh", "will it rain tomorrow in Lisbon"]
)
def test_a_search_that_finds_nothing_good_says_so_and_offers_three_ways_on(nobody: TestClient, words: str) -> None:
    text = nobody.get("/search", params={"q": words}).text
    assert "No good answer found" in text
    assert "Say it differently" in text
    assert "/browse?topic=" in text
    assert f'href="/contact?q={quote(words)}' in text


def test_what_was_shown_is_kept_in_redacted_words(nobody: TestClient, desk: Desk) -> None:
    nobody.get("/search?q=refund for ada@example.com please")
    with desk.reading() as session:
        kept = session.scalars(select(Question)).all()
    assert [question.redacted for question in kept] == ["refund for [email] please"]
    assert kept[0].surface == "help centre"


def test_typing_is_not_kept(nobody: TestClient, desk: Desk) -> None:
    found = nobody.get("/api/v1/complete?q=refu").json()
    assert found["articles"][0]["slug"] == "refund-a-payment"
    assert {"text": "Refu", "matched": True} in found["articles"][0]["segments"]
    nobody.get("/api/v1/complete?q=money back on my card&paused=true")
    with desk.reading() as session:
        assert session.scalar(select(func.count(Question.id))) == 0


@pytest.mark.parametrize("typed", ["pasword", "recipt", "refnud"])
def test_a_typo_still_finds_the_article(nobody: TestClient, typed: str) -> None:
    wanted = {"pasword": "change-a-password", "recipt": "print-a-receipt", "refnud": "refund-a-payment"}[typed]
    assert wanted in [found["slug"] for found in nobody.get(f"/api/v1/complete?q={typed}").json()["articles"]]


def test_an_article_has_contents_anchors_a_date_and_a_way_to_a_person(nobody: TestClient) -> None:
    text = nobody.get("/articles/heron").text
    assert "<h1>Title wordpublicheron</h1>" in text
    assert 'id="section-about-wordpublicheron"' in text
    assert "Updated <time" in text
    assert 'href="/contact"' in text


def test_a_vote_is_one_click_and_voting_again_changes_it(nobody: TestClient, desk: Desk) -> None:
    first = nobody.post("/helpful", data={"slug": "pair-a-reader", "answer": "no"})
    assert first.headers["location"] == "/articles/pair-a-reader#helpful"
    asked = nobody.get("/articles/pair-a-reader").text
    assert "What was wrong with it?" in asked
    assert "Ask a person instead" in asked
    nobody.post("/helpful", data={"slug": "pair-a-reader", "answer": "no", "reason": "outdated"})
    nobody.post("/helpful", data={"slug": "pair-a-reader", "answer": "yes"})
    assert "You said yes" in nobody.get("/articles/pair-a-reader").text
    with desk.reading() as session:
        votes = session.scalars(select(ArticleVote)).all()
    assert [(vote.helpful, vote.reason) for vote in votes] == [(True, "")]


def test_two_browsers_have_two_votes_and_an_account_has_one_everywhere(visit: Visit, desk: Desk) -> None:
    for visitor in (visit("nobody"), visit("nobody"), visit("alma"), visit("alma")):
        assert visitor.post("/helpful", data={"slug": "heron", "answer": "yes"}).status_code == 303
    with desk.reading() as session:
        assert session.scalar(select(func.count(ArticleVote.id))) == 3


@pytest.mark.parametrize("slug", ["plover", "dunlin", "snipe", "never"])
def test_a_hidden_article_cannot_be_voted_on(nobody: TestClient, slug: str) -> None:
    assert nobody.post("/helpful", data={"slug": slug, "answer": "yes"}).status_code == 404


def test_browsing_a_shelf_lists_its_articles(nobody: TestClient) -> None:
    assert "Refund a card payment" in nobody.get("/browse?topic=Refunds").text
    assert nobody.get("/browse?topic=Nothing").status_code == 404
    assert "Topic wordpublicheron" in nobody.get("/browse").text


def test_staff_see_the_audience_of_what_is_not_for_everyone(visit: Visit) -> None:
    assert "Internal</span>" in visit("front").get("/search?q=wordinternalplover").text
    assert "Team only</span>" in visit("front").get("/articles/lapwing").text
