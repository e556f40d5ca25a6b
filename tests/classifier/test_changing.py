from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from classifier.changing import changes
from classifier.contract import Change, TicketFeatures
from classifier.engine import Engine
from tests.classifier import desk

KNOWN = {"priority": ("low", "middle", "high"), "product": ("A", "B"), "requester": ("x", "y")}


def chances(tickets: Sequence[TicketFeatures]) -> np.ndarray:
    by_priority = {"low": 0.2, "middle": 0.3, "high": 0.9}
    return np.array(
        [by_priority[one.attributes["priority"]] + 0.02 * (one.attributes["product"] == "B") for one in tickets]
    )


def test_the_strongest_change_of_what_people_set() -> None:
    ticket = desk.ticket(1, "vpn", priority="middle", product="A", requester="x")
    assert changes(ticket, chances, KNOWN) == (Change("priority", "middle", "high", 0.9),)


def test_nothing_known_nothing_changes() -> None:
    assert changes(desk.ticket(1, "vpn"), chances, {}) == ()


def test_the_engine_says_it_of_a_ticket(engine: Engine) -> None:
    ticket = desk.ticket(1, "vpn", "", product="Desk", requester="user-1", channel="mail")
    before = engine.predict([ticket])[0].probability
    found = engine.changes(ticket)
    assert before is not None
    for one in found:
        assert one.attribute == "product"
        assert (one.now, one.instead) == ("Desk", "Portal")
        (after,) = engine.predict([desk.ticket(1, "vpn", "", product="Portal", requester="user-1", channel="mail")])
        assert after.probability == pytest.approx(one.probability)
