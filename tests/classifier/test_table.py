from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import skops.io

from classifier.contract import Example, TicketFeatures
from classifier.rates import When
from classifier.reading import Read, Reader, fit_reader
from classifier.table import Table, fit_table
from classifier.tasks import when_of
from classifier.tone import NAMES, tone
from tests.classifier import desk


@pytest.fixture(scope="module")
def some() -> list[Example]:
    made = desk.with_embeddings(desk.examples(200, dated=True))
    return [replace(e, ticket=replace(e.ticket, numbers={"replies so far": float(n % 5)})) for n, e in enumerate(made)]


@pytest.fixture(scope="module")
def read(some: list[Example]) -> tuple[Reader, Read]:
    return fit_reader([example.ticket for example in some])


def labels_of(some: list[Example]) -> np.ndarray:
    return np.array([int(bool(example.outcome.escalated)) for example in some])


def test_columns_have_names_and_what_is_unknown_is_not_zero(some: list[Example], read: tuple[Reader, Read]) -> None:
    table, rows = fit_table(read[1], ["product", "requester"], labels_of(some), when_of(some), gist=True)
    sources = table.sources()
    assert rows.shape[1] > len(sources)
    assert sources.count("product") == 3
    (lacking,) = table.rows(read[0].read([desk.ticket(1, "vpn", product="Unheard of")]))
    assert np.isnan(lacking[sources.index("replies so far")])
    assert np.isnan(lacking[sources.index("hour of the day")])
    assert np.isnan(lacking[0])


def test_what_a_ticket_is_learned_with_does_not_know_the_future(some: list[Example], read: tuple[Reader, Read]) -> None:
    def learned(examples: list[Example]) -> np.ndarray:
        part = read[0].read([example.ticket for example in examples])
        labels = labels_of(some)[: len(examples)]
        table, rows = fit_table(part, ["product", "requester"], labels, when_of(examples), gist=False)
        counts = [n for n, name in enumerate(table.sources()) if name in ("product", "requester")][3::2]
        return rows[:, counts]

    whole, early = learned(some), learned(some[:120])
    assert (whole[:120] == early).all()


def test_without_labels_no_rates(read: tuple[Reader, Read]) -> None:
    table, rows = fit_table(read[1], ["product"], None, When(np.arange(200)), gist=False)
    assert table.sources() == ["product", "replies so far", "hour of the day", "day of the week"]
    assert rows.shape == (200, 4)


def test_stored_and_read_it_makes_the_same_rows(some: list[Example], read: tuple[Reader, Read]) -> None:
    table, _ = fit_table(read[1], ["product", "requester"], labels_of(some), when_of(some), gist=True)
    again = Table.from_parts(skops.io.loads(skops.io.dumps(table.to_parts()), trusted=[]))
    assert np.array_equal(again.rows(read[1]), table.rows(read[1]), equal_nan=True)
    reader = Reader.from_parts(skops.io.loads(skops.io.dumps(read[0].to_parts()), trusted=[]))
    assert (reader.read(read[1].tickets).text == read[1].text).all()


def test_a_row_does_not_depend_on_its_neighbours(some: list[Example], read: tuple[Reader, Read]) -> None:
    table, _ = fit_table(read[1], ["product"], labels_of(some), when_of(some), gist=True)
    together = table.rows(read[0].read(read[1].tickets[:20]))
    alone = [table.rows(read[0].read([one]))[0] for one in read[1].tickets[:20]]
    assert np.array_equal(together, np.array(alone), equal_nan=True)


def test_manner_by_hand() -> None:
    found = dict(zip(NAMES, tone("HELP!", "Please call my manager, urgent: error 0x80070005 in 12.3.1?", (
        "help please call my manager urgent error 0x80070005 in 12 3 1"
    )), strict=True))  # fmt: skip
    assert found["exclamation marks"] == 1
    assert found["question marks"] == 1
    assert found["requests for a manager"] == 1
    assert found["words of urgency"] == 1
    assert found["words of politeness"] == 1
    assert found["version numbers"] == 1
    assert found["error codes"] == 1
    assert tone("", "", "")[0] == 0


def test_no_words_at_all() -> None:
    tickets: list[TicketFeatures] = [desk.ticket(n) for n in range(5)]
    reader, read = fit_reader(tickets)
    assert read.text.shape == (5, 0) == reader.read(tickets).text.shape
