"""How the shelf is kept, over the API: the same people see the same as on the pages."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from kb.models import Question, Submission
from tests.web.conftest import Visit
from tests.web.furnishing import PRIVATE, VAULT
from web.desk import Desk

NOW = datetime.now(UTC)
READ = ("submissions", "submissions/mine", "health", "reviews-due", "articles/pair-a-reader/health", "articles/pair-a-reader/ledger", "became", "recurring")  # fmt: skip


@pytest.mark.parametrize("address", [*READ, "gaps"])
def test_customers_read_none_of_it(visit: Visit, address: str) -> None:
    assert visit("nobody").get(f"/api/v1/{address}").status_code == 403
    assert visit("alma").get(f"/api/v1/{address}").status_code == 403
    assert visit("lead").get(f"/api/v1/{address}").status_code == 200


def test_gaps_are_for_leads(visit: Visit, desk: Desk) -> None:
    with desk.writing() as session:
        session.add(Question(key="k", redacted="pangolin migration", at=NOW, answered=False, surface="help centre"))
        session.commit()
    assert visit("front").get("/api/v1/gaps").status_code == 403
    (gap,) = (gap for gap in visit("lead").get("/api/v1/gaps").json() if "pangolin" in gap["words"])
    assert (gap["asked"], gap["tickets"]) == (1, 0)


@pytest.mark.parametrize(("address", "word"), [("became", PRIVATE.word), ("recurring", PRIVATE.word), ("submissions", VAULT.word), ("health", VAULT.word)])  # fmt: skip
def test_what_is_of_a_private_team_is_its_own(visit: Visit, address: str, word: str) -> None:
    seen = {who: word in visit(who).get(f"/api/v1/{address}").text for who in ("front", "vault", "lead")}
    assert seen == {"front": False, "vault": True, "lead": True}


def test_what_keeps_coming_back_is_drafted_only_by_whoever_may_see_it(visit: Visit) -> None:
    (issue,) = visit("vault").get("/api/v1/recurring").json()
    assert (issue["kind"], issue["size"], issue["references"]) == ("tickets", 1, ["T-private"])
    assert visit("lead").get("/api/v1/recurring", params={"kind": "questions"}).json() == []
    assert visit("front").post(f"/desk/recurring/{issue['id']}/draft").status_code == 404


def test_health_and_ledger_of_one_article(visit: Visit) -> None:
    front = visit("front")
    found = front.get("/api/v1/articles/pair-a-reader/health").json()
    assert {part["name"] for part in found["parts"]} >= {"age", "votes", "links", "standard"}
    assert found["score"] == 100 - sum(part["lost"] for part in found["parts"])
    entry = front.get("/api/v1/articles/pair-a-reader/ledger").json()
    assert (entry["linked"], entry["confirmed"]) == (3, 0)
    assert front.get("/api/v1/articles/dunlin/health").status_code == 404
    assert front.get("/api/v1/articles/dunlin/ledger").status_code == 404
    assert front.get("/api/v1/articles/nothing/health").status_code == 404


def test_a_text_is_let_out_once_and_never_by_its_author(visit: Visit, desk: Desk) -> None:
    author = visit("front")
    held = author.get("/api/v1/drafts/heron").json()
    words = {"title": held["title"], "body": "Newer words of it.", "version": held["version"]}
    saved = author.put("/api/v1/drafts/heron", json=words).json()
    author.post("/desk/articles/heron/submit", data={"version": saved["version"], "audience": "public"})
    with desk.reading() as session:
        number = session.scalars(select(Submission.id).order_by(Submission.id.desc())).first()
    front, lead = visit("front"), visit("lead")
    (row,) = (row for row in lead.get("/api/v1/submissions").json() if row["id"] == number)
    assert (row["body"], row["by"], row["mine"]) == ("Newer words of it.", "Front", False)
    approve = {"answer": "approve"}
    assert front.post(f"/api/v1/submissions/{number}", json=approve).status_code == 403
    assert lead.post(f"/api/v1/submissions/{number}", json={"answer": "return"}).status_code == 422
    assert lead.post(f"/api/v1/submissions/{number}", json=approve).status_code == 204
    assert lead.post(f"/api/v1/submissions/{number}", json=approve).status_code == 409
    assert "Newer words of it." in visit("nobody").get("/api/v1/articles/heron").json()["html"]
    assert [(one["slug"], one["state"]) for one in front.get("/api/v1/submissions/mine").json()] == [
        ("heron", "approved")
    ]


def test_a_text_of_a_private_team_is_no_submission_for_others(visit: Visit, desk: Desk) -> None:
    with desk.reading() as session:
        (number,) = session.scalars(select(Submission.id)).all()
    assert visit("front").post(f"/api/v1/submissions/{number}", json={"answer": "approve"}).status_code in (403, 404)
    assert visit("vault").post(f"/api/v1/submissions/{number}", json={"answer": "withdraw"}).status_code == 204
