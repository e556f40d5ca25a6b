from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from kb.redaction import redact
from search.contract import Stamp, TicketText, Vectors
from search.engine import Engine
from search.rereading import BATCH, vectors_of
from tests.search.shelf import Shelf, case


class Reader:
    """The real encoder, and a note of what it had to read."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.read: list[str] = []

    def __call__(self, texts: Sequence[str]) -> Vectors:
        self.read += texts
        return self.engine.embed([redact(text) for text in texts])


@pytest.fixture
def reader(serving: Engine) -> Reader:
    return Reader(serving)


@pytest.fixture
def cache(indexed: Path) -> Path:
    """What the index run of the small help centre kept."""
    return indexed / "vectors.sqlite"


def stamp(shelf: Shelf, number: int) -> Stamp:
    return next(one for one in shelf.case_stamps() if one.id == number)


def ticket(shelf: Shelf, number: int, later: str = "") -> TicketText:
    subject, body = shelf.solved[number].subject, redact(later)
    text = redact(f"{subject.redacted}\n{body.redacted}")
    return TicketText(stamp(shelf, number).text_hash, subject, redact(""), text)


def test_what_was_indexed_is_not_read_again(shelf: Shelf, serving: Engine, reader: Reader, cache: Path) -> None:
    tickets = [ticket(shelf, number) for number in (102, 101)]
    found = vectors_of(tickets, cache, reader)
    held = serving.case_vectors([101, 102])
    assert reader.read == []
    assert [float(row @ held[number]) for row, number in zip(found, (102, 101), strict=True)] == pytest.approx(
        [1, 1], abs=0.01
    )


def test_a_text_that_went_on_is_read_once(shelf: Shelf, reader: Reader, cache: Path) -> None:
    grown = ticket(shelf, 104, "it happened again after the storm")
    first = vectors_of([grown, ticket(shelf, 104)], cache, reader)
    assert reader.read == ["black display this morning\nit happened again after the storm"]
    np.testing.assert_array_equal(vectors_of([grown, ticket(shelf, 104)], cache, reader), first)
    assert len(reader.read) == 1
    assert first[0] @ first[1] < 0.99


def test_a_text_is_never_taken_for_another_under_the_same_hash(shelf: Shelf, reader: Reader, cache: Path) -> None:
    known = stamp(shelf, 101).text_hash
    other = TicketText(known, redact("the till is slow"), redact(""), redact("the till is slow"))
    vectors_of([other], cache, reader)
    assert reader.read == ["the till is slow"]


def test_what_is_kept_goes_with_the_ticket(shelf: Shelf, serving: Engine, reader: Reader, cache: Path) -> None:
    grown = [ticket(shelf, number, "and once more") for number in (103, 104)]
    vectors_of(grown, cache, reader)
    del shelf.solved[103]
    serving.index(shelf)
    reader.read.clear()
    vectors_of(grown, cache, reader)
    assert reader.read == ["customer wants the money back\nand once more"]
    vectors_of(grown, cache, reader)
    assert len(reader.read) == 1


def test_progress_is_told_batch_by_batch_and_no_ticket_is_none(serving: Engine, reader: Reader, tmp_path: Path) -> None:
    said: list[tuple[str, int, int]] = []
    one = case(1, "the same words")
    many = [TicketText("h", one.subject, one.body, one.subject)] * (BATCH + 1)
    found = vectors_of(many, tmp_path / "new.sqlite", reader, lambda *step: said.append(step))
    assert said == [("reading tickets", BATCH, BATCH + 1), ("reading tickets", BATCH + 1, BATCH + 1)]
    assert reader.read == ["the same words"]
    assert np.ptp(found, axis=0).max() == 0
    assert serving.embed_tickets([]).shape == (0, 384)


def test_the_engine_answers_from_what_it_indexed(shelf: Shelf, serving: Engine) -> None:
    (row,) = serving.embed_tickets([ticket(shelf, 101)])
    assert float(row @ serving.case_vectors([101])[101]) == pytest.approx(1, abs=0.01)
