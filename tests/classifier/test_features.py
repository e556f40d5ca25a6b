from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from classifier.contract import NoModelError, TicketFeatures
from classifier.features import WEIGHTS, TicketVectorizer, times
from classifier.wording import LONGEST_TEXT, normal, text_of, written
from tests.classifier import desk


@pytest.fixture(scope="module")
def tickets() -> list[TicketFeatures]:
    return [example.ticket for example in desk.examples(100)]


@pytest.fixture(scope="module")
def fitted(tickets: list[TicketFeatures]) -> TicketVectorizer:
    return TicketVectorizer().fit(tickets)


def test_constructor_only_stores_and_can_be_cloned() -> None:
    made = TicketVectorizer(most=7, least=2)
    assert clone(made).get_params() == {"most": 7, "least": 2} == vars(made)


def test_not_fitted_says_so(tickets: list[TicketFeatures]) -> None:
    with pytest.raises(NotFittedError):
        TicketVectorizer().transform(tickets)


def test_fit_and_transform_are_deterministic_and_leave_the_parameters(tickets: list[TicketFeatures]) -> None:
    one, two = TicketVectorizer(), TicketVectorizer()
    difference = one.fit_transform(tickets) - two.fit(tickets).transform(tickets)
    assert difference.nnz == 0
    assert one.get_params() == TicketVectorizer().get_params()


def test_a_row_does_not_depend_on_its_neighbours(fitted: TicketVectorizer, tickets: list[TicketFeatures]) -> None:
    together = fitted.transform(tickets)
    assert all((together[n] != fitted.transform([one])).nnz == 0 for n, one in enumerate(tickets[:10]))


def test_blocks_cover_all_columns(fitted: TicketVectorizer, tickets: list[TicketFeatures]) -> None:
    blocks = fitted.blocks()
    assert [part.start for part in blocks.values()] == [0, *(part.stop for part in blocks.values())][:-1]
    assert max(part.stop for part in blocks.values()) == fitted.transform(tickets).shape[1]


def test_unseen_and_missing_attribute_values(fitted: TicketVectorizer) -> None:
    columns = fitted.attribute_columns()
    place = fitted.blocks()["attributes"]
    assert ("product", "Portal") in columns
    # Of forty requesters twenty wrote three times, which is enough; the others are "rare", and so is an unseen one.
    requesters = [value for name, value in columns if name == "requester"]
    assert len(requesters) == 21
    assert requesters[-1] is None
    row = fitted.transform([desk.ticket(0, "vpn", "", product="Unheard of", requester="new", shoe="42")]).toarray()[0]
    assert row[place][columns.index(("requester", None))] > 0
    assert row[place][columns.index(("product", "Portal"))] == 0


def test_an_attribute_whose_every_value_is_rare_is_no_feature() -> None:
    some = [desk.ticket(n, "vpn", "", serial=str(n)) for n in range(20)]
    assert TicketVectorizer().fit(some).names_ == []


def test_an_attribute_that_never_differs_is_no_feature(fitted: TicketVectorizer) -> None:
    assert "channel" not in fitted.names_


def test_missing_is_a_value_where_enough_tickets_lack_it() -> None:
    some = [desk.ticket(n, "vpn", "", **({"product": "Portal"} if n % 2 else {})) for n in range(10)]
    assert TicketVectorizer().fit(some).attribute_columns() == [("product", ""), ("product", "Portal")]


def test_all_texts_empty() -> None:
    some = [desk.ticket(n, "", "", product="AB"[n % 2]) for n in range(10)]
    rows = TicketVectorizer().fit_transform(some)
    assert rows.shape[0] == 10
    assert np.isfinite(rows.toarray()).all()


def test_no_tickets_at_all() -> None:
    with pytest.raises(ValueError, match="no tickets"):
        TicketVectorizer().fit([])


def test_embedding_counts_only_where_every_example_has_one() -> None:
    whole = [example.ticket for example in desk.with_embeddings(desk.examples(30))]
    assert TicketVectorizer().fit(whole).centre_.shape == (8,)
    assert TicketVectorizer().fit([replace(whole[0], embedding=None), *whole[1:]]).centre_.shape == (0,)


def test_embedding_is_measured_from_the_mean_and_a_missing_one_is_the_mean() -> None:
    whole = [example.ticket for example in desk.with_embeddings(desk.examples(30))]
    fitted = TicketVectorizer().fit(whole)
    part = fitted.blocks()["embedding"]
    assert np.allclose(fitted.transform(whole).toarray()[:, part].mean(axis=0), 0, atol=1e-6)
    assert not fitted.transform([replace(whole[0], embedding=None)]).toarray()[:, part].any()


def test_embedding_of_another_encoder_is_refused() -> None:
    whole = [example.ticket for example in desk.with_embeddings(desk.examples(30))]
    fitted = TicketVectorizer().fit(whole)
    with pytest.raises(NoModelError, match="another sentence encoder"):
        fitted.transform([replace(whole[0], embedding=np.zeros(5, dtype=np.float32))])


def test_parts_make_the_same_vectorizer(fitted: TicketVectorizer, tickets: list[TicketFeatures]) -> None:
    again = TicketVectorizer.from_parts(fitted.to_parts())
    assert (again.transform(tickets) != fitted.transform(tickets)).nnz == 0


def test_an_outcome_is_no_part_of_what_is_read() -> None:
    assert {field.name for field in fields(TicketFeatures)}.isdisjoint(
        {"articles", "escalated", "team", "level", "resolved_at", "resolution"}
    )


def test_words_are_compared_without_accents_case_and_punctuation() -> None:
    assert normal("Zurück-gesetzt: VPN!") == "zuruck gesetzt vpn"
    assert written("VPN, vpn Zurück") == {"vpn": "VPN", "zuruck": "Zurück"}


def test_a_log_is_cut() -> None:
    assert len(text_of(desk.ticket(0, "a", "b" * 10 * LONGEST_TEXT))) == LONGEST_TEXT


@pytest.mark.parametrize("text", ["\x00", "\ud800", "\u202e\u200b", "漢字かな", "🙂" * 50, "a" * 100_000, "\n\r\u2028"])
def test_odd_text_is_no_trouble(fitted: TicketVectorizer, text: str) -> None:
    assert np.isfinite(fitted.transform([desk.ticket(0, text, text)]).data).all()


def test_attributes_are_coded_as_the_encoder_would() -> None:
    known = [desk.ticket(n, "x", "y", site=f"site {n % 7}", requester=f"user {n}", blank="") for n in range(40)]
    known += [desk.ticket(n, "x", "y", site="site 0", requester="user 1", blank="z") for n in range(40, 60)]
    made = TicketVectorizer().fit(known)
    asked = [*known, desk.ticket(99, "x", "y", site="never seen"), desk.ticket(98, "x", "y", requester="user 1")]
    part = made.blocks()["attributes"]
    expected = made.attributes_.transform(made._values(asked)) * WEIGHTS["attributes"]
    again = TicketVectorizer.from_parts(made.to_parts())
    for one in (made, again):
        assert (one.transform(asked)[:, part] != expected).nnz == 0


def test_products_with_few_columns_are_the_same_bit_by_bit() -> None:
    chance = np.random.default_rng(0)
    rows = csr_matrix(np.where(chance.random((30, 500)) < 0.05, chance.normal(size=(30, 500)), 0.0))
    columns = chance.normal(size=(500, 9)).astype(np.float32)
    assert np.array_equal(times(rows, columns), rows @ columns.astype(np.float64))
    assert np.array_equal(times(rows[3:4], columns)[0], times(rows, columns)[3])
    assert times(csr_matrix((2, 500)), columns).tolist() == [[0.0] * 9] * 2
