from __future__ import annotations

import pytest

from tests.web.conftest import Visit
from tests.web.desk_cases import opened, predicted, stored
from web.desk import Desk

AGENTS = ("/desk", "/desk/queue", "/desk/articles", "/desk/articles/new", "/desk/teams", "/desk/articles/heron/edit")
LEADS = (
    "/desk/review",
    "/desk/requests",
    "/desk/gaps",
    "/desk/synonyms",
    "/desk/status",
    "/desk/models",
    "/desk/answers",
)
OPERATORS = ("/desk/people", "/desk/audit", "/desk/audit.csv")
DEEDS = {
    "reply": {"body": "intruding", "seen": "0"}, "compose": {"insert": "heron"}, "assign": {"to": "me"},
    "move": {"team": "Front"}, "link": {"article": "heron"}, "unlink": {"article": "heron"},
    "verdict": {"key": "x", "rank": "1", "said": "outdated"}, "resolve": {"resolution": "intruding"}, "reopen": {},
    "escalate": {"kind": "functional", "to_team": "Front", "reason": "intruding"}, "draft": {},
    "prediction": {"prediction": "1", "number": "0", "said": "acknowledged"},
}  # fmt: skip


@pytest.mark.parametrize("address", [*AGENTS, *LEADS, *OPERATORS])
def test_whoever_is_not_signed_in_is_asked_to(visit: Visit, address: str) -> None:
    assert visit("nobody").get(address).headers["location"].startswith("/sign-in?next=%2Fdesk")


@pytest.mark.parametrize(
    ("who", "open_to", "closed_to"),
    [
        ("alma", (), (*AGENTS, *LEADS, *OPERATORS)),
        ("front", AGENTS, (*LEADS, *OPERATORS)),
        ("lead", (*AGENTS, *LEADS), OPERATORS),
        ("operator", (*AGENTS, *LEADS, *OPERATORS), ()),
    ],
)
def test_each_role_has_its_pages(visit: Visit, who: str, open_to: tuple[str, ...], closed_to: tuple[str, ...]) -> None:
    visitor = visit(who)
    assert {address: visitor.get(address).status_code for address in open_to} == dict.fromkeys(open_to, 200) | (
        {"/desk": 303} if open_to else {}
    )
    assert {address: visitor.get(address).status_code for address in closed_to} == dict.fromkeys(closed_to, 403)


def test_a_private_teams_ticket_is_not_there_for_others(visit: Visit) -> None:
    front, vault = visit("front"), visit("vault")
    assert vault.get("/desk/tickets/T-private-open").status_code == 200
    assert front.get("/desk/tickets/T-private-open").status_code == 404
    assert front.get("/desk/tickets/T-private-open/presence").status_code == 404
    assert "T-private-open" in vault.get("/desk/queue").text
    assert "T-private-open" not in front.get("/desk/queue").text
    assert "T-private-open" not in front.get("/desk/queue?text=T-private&status=any").text


@pytest.mark.parametrize("deed", DEEDS)
def test_nothing_can_be_done_to_a_ticket_that_is_not_there(visit: Visit, desk: Desk, deed: str) -> None:
    number = predicted(desk, "T-private-open")
    before = stored(desk, "T-private-open").version
    data = DEEDS[deed] | ({"prediction": str(number)} if deed == "prediction" else {})
    assert visit("front").post(f"/desk/tickets/T-private-open/{deed}", data=data).status_code == 404
    assert visit("alma").post(f"/desk/tickets/T-private-open/{deed}", data=data).status_code == 403
    assert visit("nobody").post(f"/desk/tickets/T-private-open/{deed}", data=data).status_code in {401, 403}
    assert stored(desk, "T-private-open").version == before
    assert "intruding" not in visit("lead").get("/desk/tickets/T-private-open").text


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://elsewhere.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
    ],
)
def test_another_site_cannot_act_for_an_agent(visit: Visit, desk: Desk, headers: dict[str, str]) -> None:
    reference = opened(desk)
    refused = visit("front").post(f"/desk/tickets/{reference}/assign", data={"to": "me"}, headers=headers)
    assert refused.status_code == 403
    assert stored(desk, reference).assignee_id is None


def test_no_page_changes_anything_when_it_is_only_looked_at(visit: Visit, desk: Desk) -> None:
    reference = opened(desk)
    for deed in ("assign", "resolve", "draft", "move", "escalate"):
        assert visit("lead").get(f"/desk/tickets/{reference}/{deed}").status_code == 404
    assert visit("lead").get("/desk/review/undo").status_code in {404, 405}
