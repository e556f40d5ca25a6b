"""What solved tickets say of articles, through the real app: heard at once, kept over a restart, gone with what is deleted."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from kb.models import Link, Team, Ticket
from tests.web.conftest import HERE, Visit
from web.app import create_app
from web.desk import Desk
from web.settings import Settings


def solved(client: TestClient, slug: str) -> int:
    """How many similar tickets that article solved, as this visitor is told."""
    hits = client.post("/api/v1/suggest", json={"subject": "Refund a card payment?", "limit": 50}).json()["hits"]
    return next((hit["solved_similar"] for hit in hits if hit["slug"] == slug), 0)


@pytest.fixture
def lead(visit: Visit) -> TestClient:
    return visit("lead")


@pytest.fixture
def linked(desk: Desk, lead: TestClient) -> str:
    """An article that the past ticket about refunds was linked to a moment ago, through the app."""
    assert solved(lead, "print-a-receipt") == 1, "of the ticket about receipts"
    done = lead.post("/desk/tickets/H-0/link", data={"article": "print-a-receipt"})
    assert done.status_code == 303
    return "print-a-receipt"


def test_a_link_is_heard_at_once_and_taken_back_at_once(lead: TestClient, linked: str) -> None:
    assert solved(lead, linked) == 2
    lead.post("/desk/tickets/H-0/unlink", data={"article": linked})
    assert solved(lead, linked) == 1


def test_a_vote_is_there_after_a_restart(lead: TestClient, linked: str, desk: Desk) -> None:
    again = Desk(Settings(home=desk.settings.home))
    again.__dict__["search"] = desk.search
    with TestClient(create_app(again), headers={"origin": HERE}) as restarted:
        assert again.records is not desk.records
        restarted.cookies = lead.cookies
        assert solved(restarted, linked) == 2
    again.records.dispose()


def test_a_deleted_ticket_takes_its_vote_along_at_once(lead: TestClient, linked: str, desk: Desk) -> None:
    assert lead.delete("/api/v1/tickets/H-0").status_code == 204
    assert solved(lead, linked) == 1
    with desk.reading() as session:
        assert session.scalars(select(Ticket).where(Ticket.reference == "H-0")).all() == []


def test_a_deleted_article_is_found_no_more_and_its_votes_are_gone(lead: TestClient, linked: str, desk: Desk) -> None:
    assert lead.delete(f"/api/v1/articles/{linked}").status_code == 204
    reply = lead.post("/api/v1/suggest", json={"subject": "A receipt does not print", "limit": 50}).json()
    assert linked not in [hit["slug"] for hit in reply["hits"]]
    typed = lead.get("/api/v1/complete", params={"q": "receipt does not pr"}).json()
    assert linked not in [article["slug"] for article in typed["articles"]]
    assert lead.get(f"/articles/{linked}").status_code == 404
    with desk.reading() as session:
        assert {link.kind for link in session.scalars(select(Link))} <= {"linked", "confirmed"}
        ticket = session.scalars(select(Ticket).where(Ticket.reference == "H-0")).one()
        left = session.scalars(select(Link.article_id).where(Link.ticket_id == ticket.id)).all()
    assert len(left) == 1, "only the link to what still exists"


@pytest.mark.parametrize("who", ["nobody", "alma", "front"])
@pytest.mark.parametrize("address", ["/api/v1/tickets/H-0", "/api/v1/articles/print-a-receipt"])
def test_only_leads_delete(visit: Visit, who: str, address: str) -> None:
    assert visit(who).delete(address).status_code in {401, 403}
    assert visit("lead").get(address).status_code == 200


def test_what_is_not_there_cannot_be_deleted(lead: TestClient) -> None:
    assert lead.delete("/api/v1/tickets/T-none").status_code == 404
    assert lead.delete("/api/v1/articles/none").status_code == 404


def test_a_customer_is_told_a_count_from_the_chosen_minimum_on(
    visit: Visit, desk: Desk, lead: TestClient, linked: str
) -> None:
    alma = visit("alma")
    assert solved(alma, linked) == 0
    desk.settings = desk.settings.model_copy(update={"fewest_told": 2})
    assert solved(alma, linked) == 2
    desk.settings = desk.settings.model_copy(update={"fewest_told": 3})
    assert solved(alma, linked) == 0


def test_an_agent_is_told_nothing_of_few_tickets_of_a_private_team(
    visit: Visit, desk: Desk, lead: TestClient, linked: str
) -> None:
    with desk.writing() as session:
        vault = session.scalars(select(Team).where(Team.name == "Vault")).one()
        session.scalars(select(Ticket).where(Ticket.reference == "H-0")).one().team_id = vault.id
        session.commit()
    assert (solved(visit("lead"), linked), solved(visit("vault"), linked)) == (2, 2)
    assert solved(visit("front"), linked) == 1
    desk.settings = desk.settings.model_copy(update={"fewest_told": 2})
    assert solved(visit("front"), linked) == 2, "so many cannot be traced"
