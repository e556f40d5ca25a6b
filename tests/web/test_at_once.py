"""Many people at once: nobody waits for nobody, nothing is lost, and nothing counts twice."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from fastapi.testclient import TestClient
from sqlalchemy import func, select

from kb.models import ArticleVote, Question, Ticket
from tests.web.conftest import Visit
from web.app import THREADS
from web.desk import Desk

WRITERS = 20


def together(count: int, act: Callable[[int], int]) -> list[int]:
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(act, range(count)))


def test_twenty_who_write_at_once_all_get_a_ticket_of_their_own(nobody: TestClient, desk: Desk) -> None:
    def write(number: int) -> int:
        data = {"subject": f"Writer {number}", "body": "!!!", "email": "many@example.com", "checked": "yes"}
        return nobody.post("/contact", data=data).status_code

    assert together(WRITERS, write) == [303] * WRITERS
    with desk.reading() as session:
        made = session.scalars(select(Ticket).where(Ticket.requester == "many@example.com")).all()
    assert len({ticket.reference for ticket in made}) == len({ticket.subject for ticket in made}) == WRITERS


def test_more_readers_and_writers_than_connections_do_not_wait_for_each_other(nobody: TestClient, desk: Desk) -> None:
    def act(number: int) -> int:
        if number % 2:
            return nobody.get("/search?q=pair a reader").status_code
        return nobody.post("/api/v1/suggest", json={"subject": "refund a payment"}).status_code

    assert together(2 * THREADS, act) == [200] * 2 * THREADS
    with desk.reading() as session:
        assert session.scalar(select(func.count(Question.id))) == 2 * THREADS


def test_one_person_who_votes_in_many_windows_has_one_vote(visit: Visit, desk: Desk) -> None:
    alma = visit("alma")
    said = together(
        10, lambda n: alma.post("/helpful", data={"slug": "heron", "answer": ["yes", "no"][n % 2]}).status_code
    )
    assert said == [303] * 10
    with desk.reading() as session:
        assert session.scalar(select(func.count(ArticleVote.id))) == 1


def test_two_who_change_one_article_do_not_overwrite_each_other(visit: Visit) -> None:
    lead = visit("lead")
    version = lead.get("/api/v1/drafts/heron").json()["version"]

    def change(number: int) -> int:
        body = {"title": f"Title {number}", "body": f"Text {number}", "version": version}
        return lead.put("/api/v1/drafts/heron", json=body).status_code

    assert sorted(together(6, change)) == [200] + [409] * 5
