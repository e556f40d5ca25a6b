from __future__ import annotations

import sqlite3
import sys
from contextlib import nullcontext
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy.orm import Session

from kb.services import ticketing, training
from kb.services.indexing import DatabaseSource
from kb.services.ticketing import NewTicket
from search.engine import Engine as Search
from tests.kb.desk_of_people import Desk

DAY = timedelta(days=1)
LONG = " ".join(f"word{number}" for number in range(160))


@pytest.fixture
def search(tmp_path: Path, encoder_folder: Path) -> Search:
    (tmp_path / "index").mkdir()
    (tmp_path / "index" / "encoders").symlink_to(encoder_folder, target_is_directory=True)
    return Search(tmp_path / "index")


@pytest.fixture
def solved(session: Session, desk: Desk, now: datetime) -> None:
    """Two tickets, one of them longer than what the index reads."""
    for body in ("Since Monday.\n\nNothing   arrives.", LONG):
        reference = ticketing.open_ticket(session, desk.alma, NewTicket("Payout is missing", body), now)
        ticketing.resolve(session, desk.front, reference, "Paid out.", now + DAY)


def kept(folder: Path) -> int:
    with sqlite3.connect(folder / "index" / "vectors.sqlite") as database:
        return int(database.execute("SELECT count(*) FROM vector").fetchone()[0])


@pytest.mark.usefixtures("solved")
def test_training_reads_only_what_neither_index_nor_an_earlier_training_read(
    session: Session, search: Search, tmp_path: Path
) -> None:
    search.index(DatabaseSource(lambda: nullcontext(session)))
    assert kept(tmp_path) == 2
    known = training.lessons(session)
    first = training.with_vectors(known, search)
    assert kept(tmp_path) == 3, "of the long one more is read than is indexed"
    again = training.with_vectors(known, search)
    assert kept(tmp_path) == 3
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one.ticket.embedding, other.ticket.embedding)
    plain = training.embedded(search, [example.ticket for example in known.examples])
    for one, alone in zip(first, plain, strict=True):
        assert one.ticket.embedding is not None
        assert alone.embedding is not None
        assert one.ticket.embedding @ alone.embedding > 0.97


@pytest.mark.usefixtures("solved")
def test_without_an_encoder_tickets_are_learned_without_meaning(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    known = training.with_vectors(training.lessons(session), Search(tmp_path / "nowhere"))
    assert [example.ticket.embedding for example in known] == [None, None]
