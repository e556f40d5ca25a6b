from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from classifier.contract import TicketFeatures
from classifier.engine import Engine
from kb.models import Prediction, Ticket
from kb.records import TicketRecord
from kb.services.foreseeing import foresee
from kb.services.predictions import predict_ticket
from kb.services.training import embedded, features
from search.engine import Engine as Search
from tests.classifier import desk as made_up


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """It learned, beside words, that tickets of the portal escalate more often."""
    made = Engine(tmp_path_factory.mktemp("portal"))
    made.train(made_up.examples(160, dated=True), now=made_up.START)
    return made


@pytest.fixture
def search(tmp_path: Path, encoder_folder: Path) -> Search:
    (tmp_path / "index").mkdir()
    (tmp_path / "index" / "encoders").symlink_to(encoder_folder, target_is_directory=True)
    return Search(tmp_path / "index")


def ticket(session: Session, subject: str, product: str = "Portal", requester: str = "user-1") -> Ticket:
    made = Ticket(
        reference=f"T-{subject}", subject=subject, body="", created_at=made_up.START, text_hash=subject,
        product=product, requester=requester,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def test_level_and_what_would_change_it_are_kept_where_somebody_is_to_look(
    session: Session, engine: Engine, search: Search
) -> None:
    for subject in ("vpn tunnel drops", "printer has no paper", "something else"):
        view = predict_ticket(session, search, engine, ticket(session, subject).id, made_up.START)
        assert view is not None
        assert view.level in ("L1", "L2")
        if view.decision == "keep":
            assert view.changes == ()
            continue
        for change in view.changes:
            assert (change.attribute, change.now, change.instead) == ("product", "Portal", "Desk")
            assert view.probability is not None
            assert change.probability < view.probability - 0.04


def test_some_ticket_is_told_apart_by_its_product(session: Session, engine: Engine, search: Search) -> None:
    view = predict_ticket(session, search, engine, ticket(session, "something else").id, made_up.START)
    assert view is not None
    assert view.decision in ("escalate", "unsure")
    assert [change.instead for change in view.changes] == ["Desk"]
    seen: TicketFeatures = embedded(search, [features(TicketRecord(id="x", subject="something else", body="",
        created_at=made_up.START, product="Desk", requester="user-1"))])[0]  # fmt: skip
    other = engine.predict([seen])[0].probability
    assert other is not None
    assert other < (view.probability or 0)


def test_what_makes_it_weaker_is_kept_in_words(session: Session, engine: Engine, search: Search) -> None:
    view = predict_ticket(session, search, engine, ticket(session, "", requester="").id, made_up.START)
    assert view is not None
    assert view.notes == (
        "The ticket has no text to go by.",
        "Not given, though nearly every earlier ticket had it: requester.",
    )
    row = session.get(Prediction, view.id)
    assert row is not None
    assert row.notes == list(view.notes)


def test_a_ticket_that_is_not_here_is_told_the_same(session: Session, engine: Engine, search: Search) -> None:
    said = foresee(session, search, engine, TicketRecord(id="x", subject="", body="", product="Portal"))
    assert said.notes[0] == "The ticket has no text to go by."
    assert said.level in ("L1", "L2")
