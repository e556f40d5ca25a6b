from __future__ import annotations

import numpy as np
import pytest
from scipy.special import logit

from classifier.contract import Example
from classifier.explaining import in_words
from classifier.pipeline import Model
from classifier.reasons import LEAST, attribute_in_words
from classifier.training import train
from tests.classifier import desk


@pytest.fixture(scope="module")
def some() -> list[Example]:
    return desk.with_embeddings(desk.examples(240))


@pytest.fixture(scope="module")
def model(some: list[Example]) -> Model:
    return train(some).model


def test_reasons_and_one_starting_point_add_up_to_the_probability(model: Model, some: list[Example]) -> None:
    starts = []
    for prediction in model.predict([example.ticket for example in some[:60]], "v"):
        assert prediction.probability is not None
        starts.append(float(logit(prediction.probability)) - sum(reason.weight for reason in prediction.reasons))
    assert max(starts) - min(starts) <= 2 * LEAST + 1e-3


def test_attributes_are_measured_from_the_average_ticket(model: Model, some: list[Example]) -> None:
    assert model.explainer is not None
    tickets = [example.ticket for example in some]
    rows = model.vectorizer.transform(tickets)
    found = [model.explainer.line.contributions(ticket, rows[n]).attributes for n, ticket in enumerate(tickets)]
    products = [sum(weight for (name, _), weight in one.items() if name == "product") for one in found]
    assert np.mean(products) == pytest.approx(0, abs=1e-9)
    assert max(products) > 0.05 > -0.05 > min(products)


def test_a_product_never_seen_is_called_new(model: Model) -> None:
    assert model.explainer is not None
    ticket = desk.ticket(1, "vpn", "", product="Unheard of", requester="user-1")
    found = model.explainer.line.contributions(ticket, model.vectorizer.transform([ticket]))
    assert ("product", None) in found.attributes


def test_a_pair_says_nothing_of_either_by_itself() -> None:
    ticket = desk.ticket(1, "vpn", "", product="Portal", requester="user-1")
    assert in_words("product + requester", ticket) == "product is Portal and this requester"
    assert in_words("product + requester", desk.ticket(1)) == "product is not given and no requester is given"


def test_what_is_not_given_is_not_called_new(model: Model) -> None:
    assert model.explainer is not None
    for product, words in (("", "product is not given"), ("Unheard of", "product is one that is new or rare")):
        ticket = desk.ticket(1, "vpn tunnel", "", product=product, requester="user-1")
        row = model.vectorizer.transform([ticket])
        assert words in [reason.text for reason in model.explainer.line.reasons(ticket, row, {"product": 2.0}, 0.0, {})]


def test_the_team_that_is_named_pulls_the_way_its_weight_says(model: Model, some: list[Example]) -> None:
    assert model.teams is not None
    assert model.whether is not None
    assert model.whether.rates is not None
    rates = dict(zip(model.teams.names, model.whether.rates.tolist(), strict=True))
    named = [
        (reason.text.removeprefix("reads like a ticket for "), reason.weight)
        for one in model.predict([example.ticket for example in some[:100]], "v")
        for reason in one.reasons
        if reason.text.startswith("reads like a ticket for ")
    ]
    assert len(named) > 5
    assert all((rates[team] > 0.45) == (weight > 0) for team, weight in named)


def test_every_share_goes_somewhere(model: Model, some: list[Example]) -> None:
    assert model.explainer is not None
    for example in some[:40]:
        found = model.explainer.line.contributions(example.ticket, model.vectorizer.transform([example.ticket]))
        parts = sum(found.words.values()) + sum(found.attributes.values()) + found.meaning
        assert parts == pytest.approx(found.total, abs=1e-9)


def test_the_word_that_decides_is_named_with_its_sign(model: Model) -> None:
    escalates, stays = model.predict(
        [desk.ticket(1, "VPN tunnel drops", "thanks"), desk.ticket(2, "password forgotten", "thanks")], "v"
    )
    positive = [reason.text for reason in escalates.reasons if reason.weight > 0]
    negative = [reason.text for reason in stays.reasons if reason.weight < 0]
    assert any("VPN" in text for text in positive)
    assert any("password" in text for text in negative)


def test_words_side_by_side_are_read_together(model: Model) -> None:
    (prediction,) = model.predict([desk.ticket(1, "disk array degraded", "")], "v")
    assert any(" " in reason.text.partition("“")[2] for reason in prediction.reasons)


def test_few_short_and_strongest_first(model: Model, some: list[Example]) -> None:
    for prediction in model.predict([example.ticket for example in some[:40]], "v"):
        assert len(prediction.reasons) <= 6
        assert all(len(reason.text) < 120 for reason in prediction.reasons)
        named = [abs(reason.weight) for reason in prediction.reasons if not reason.text.startswith("the rest")]
        assert named == sorted(named, reverse=True)


def test_attributes_in_words_and_no_requester_by_name(model: Model, some: list[Example]) -> None:
    texts = {r.text for p in model.predict([e.ticket for e in some], "v") for r in p.reasons}
    assert "product is Portal" in texts
    assert not any("user-" in text for text in texts)
    assert "user" not in attribute_in_words("requester", "user-1", 0.3)
    assert attribute_in_words("requester", "user-1", 0.3).endswith("escalated more often")


def test_meaning_is_a_reason_and_its_direction_is_its_sign(model: Model, some: list[Example]) -> None:
    found = [r for p in model.predict([e.ticket for e in some], "v") for r in p.reasons if "meaning" in r.text]
    assert {reason.weight > 0 for reason in found} == {True, False}
    assert all(("did not escalate" in reason.text) == (reason.weight < 0) for reason in found)


def test_only_the_tickets_own_words_are_quoted(model: Model) -> None:
    text = "Backup of the Firewall aborted"
    (prediction,) = model.predict([desk.ticket(1, text, "")], "v")
    quoted = [r.text.partition("“")[2].rstrip("”") for r in prediction.reasons if "“" in r.text]
    assert quoted
    assert all(word in text.split() for quote in quoted for word in quote.split())


def test_an_empty_ticket_has_reasons_that_still_add_up(model: Model) -> None:
    (prediction,) = model.predict([desk.ticket(1)], "v")
    assert prediction.probability is not None
    assert np.isfinite(prediction.probability)
    assert all("“" not in reason.text for reason in prediction.reasons)
