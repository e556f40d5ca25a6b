"""Synonyms over the API: what leads decide on their page programs decide here, by the same rules."""

from __future__ import annotations

import pytest

from tests.web.conftest import Visit
from tests.web.test_desk_synonyms import groups, rephrased
from web.desk import Desk

HERE = "/api/v1/synonyms"
PAIR = ["card reader", "zapper"]


@pytest.mark.parametrize(("method", "address"), [
    ("GET", ""), ("POST", ""), ("PUT", "/1"), ("DELETE", "/1"), ("GET", "/proposals"), ("POST", "/proposals"),
    ("GET", "/dismissed"), ("DELETE", "/dismissed/1"),
])  # fmt: skip
@pytest.mark.parametrize("who", ["nobody", "alma", "front"])
def test_they_are_for_leads(visit: Visit, who: str, method: str, address: str) -> None:
    assert visit(who).request(method, f"{HERE}{address}", json={"words": PAIR}).status_code == 403


def test_a_group_is_added_changed_and_removed(visit: Visit, desk: Desk) -> None:
    lead = visit("lead")
    reply = lead.post(HERE, json={"words": ["zapper", "  card   reader "]})
    made = reply.json()
    assert (reply.status_code, made["words"]) == (201, ["zapper", "card reader"])
    assert lead.get(HERE).json() == [made]
    changed = {"words": ["zapper", "terminal"], "updated_at": made["updated_at"]}
    assert lead.put(f"{HERE}/{made['id']}", json=changed).json()["words"] == ["zapper", "terminal"]
    late = lead.put(f"{HERE}/{made['id']}", json=changed | {"words": ["zapper", "late"]})
    assert (late.status_code, late.json()["error"]["code"]) == (409, "conflict")
    assert groups(desk) == {("zapper", "terminal"): False}
    assert lead.delete(f"{HERE}/{made['id']}").status_code == 204
    assert lead.delete(f"{HERE}/{made['id']}").status_code == 404
    assert lead.put(f"{HERE}/{made['id']}", json=changed).status_code == 404
    assert lead.get(HERE).json() == []


@pytest.mark.parametrize(
    "words", [[], ["one"], ["one", "ONE "], ["one", "?"], ["x" * 61, "y"], [f"w{n}" for n in range(21)]]
)
def test_words_that_make_no_group_are_refused(visit: Visit, desk: Desk, words: list[str]) -> None:
    assert visit("lead").post(HERE, json={"words": words}).status_code == 422
    assert groups(desk) == {}


@pytest.mark.parametrize("answer", ["accept", "dismiss"])
def test_a_proposal_is_decided_on_once(visit: Visit, desk: Desk, answer: str) -> None:
    lead = visit("lead")
    for who in ("nobody", "alma"):
        rephrased(visit(who), desk)
    assert lead.get(f"{HERE}/proposals").json() == [{"words": PAIR, "people": 2, "times": 2}]
    strange = {"words": ["zapper", "printer"], "answer": answer}
    assert lead.post(f"{HERE}/proposals", json=strange).status_code == 409
    decision = {"words": PAIR, "answer": answer}
    assert lead.post(f"{HERE}/proposals", json=decision).status_code == 204
    assert lead.post(f"{HERE}/proposals", json=decision).status_code == 409
    assert lead.get(f"{HERE}/proposals").json() == []
    assert groups(desk) == {tuple(PAIR): answer == "dismiss"}
    assert len(lead.get(HERE).json()) == (answer == "accept")


def test_what_was_dismissed_may_be_proposed_again(visit: Visit, desk: Desk) -> None:
    lead = visit("lead")
    for who in ("nobody", "alma"):
        rephrased(visit(who), desk)
    lead.post(f"{HERE}/proposals", json={"words": PAIR, "answer": "dismiss"})
    (gone,) = lead.get(f"{HERE}/dismissed").json()
    assert lead.delete(f"{HERE}/{gone['id']}").status_code == 404, "it is no group that serves"
    assert lead.delete(f"{HERE}/dismissed/{gone['id']}").status_code == 204
    assert lead.delete(f"{HERE}/dismissed/{gone['id']}").status_code == 404
    assert [one["words"] for one in lead.get(f"{HERE}/proposals").json()] == [PAIR]
