"""A damaged ranker: what is whole serves, the note says what is lacking, and the worker has a new one learned."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kb.records import ArticleRecord, TicketRecord
from kb.services.asking import Asked, ask
from kb.services.importing import import_article, import_ticket
from kb.services.ranker import train_ranker
from kb.viewers import ANONYMOUS, SYSTEM
from search.rankers import ARRAYS, BROKEN
from tests.search.test_learning import DOES, SAID, TITLES, WHO
from web import foreseeing, mending, training
from web.desk import Desk
from web.diagnosis.desk import ranker
from web.mending import CAUSE, REST, Mender
from web.settings import Settings
from web.worker import Worker

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
QUESTION = "our squeak box hums"


class Clock:
    """Seconds that pass when told to."""

    seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture(scope="module")
def learned_home(migrated_home: Path, encoder_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk whose tickets taught a ranker twice; copy it before harming it."""
    home = Path(shutil.copytree(migrated_home, tmp_path_factory.mktemp("learned") / "home"))
    (home / "index").mkdir()
    (home / "index" / "encoders").symlink_to(encoder_folder, target_is_directory=True)
    desk = Desk(Settings(home=home, index_threads=1))
    words = [(a, f"{said} {does} {who}") for does in DOES for who in WHO for a, names in SAID.items() for said in names]
    with desk.writing() as session:
        for number in range(1, 13):
            title = TITLES.get(number, f"Policy number {number}")
            import_article(session, ArticleRecord(f"a{number}", title, "As laid down."), NOW - timedelta(days=400))
        for number, (article, text) in enumerate(words[:210]):
            at = NOW - timedelta(days=300) + timedelta(days=number)
            ticket = TicketRecord(f"T-{number}", text, "", at, articles=(f"a{article}",), resolved_at=at)
            import_ticket(session, ticket, at)
        session.commit()
    desk.search.index(desk.source)
    for _ in range(2):
        with desk.reading() as session:
            assert train_ranker(session, desk.search).name
    desk.records.dispose()
    return home


@pytest.fixture
def desk(learned_home: Path, tmp_path: Path) -> Iterator[Desk]:
    home = Path(shutil.copytree(learned_home, tmp_path / "home", symlinks=True))
    made = Desk(Settings(home=home, index_threads=1))
    yield made
    made.records.dispose()


def harm(desk: Desk, name: str) -> None:
    path = desk.settings.home / "index" / "rankers" / name / ARRAYS
    path.write_bytes(path.read_bytes()[:-9] + bytes(9))


def note(desk: Desk) -> str:
    with desk.reading() as session:
        return ask(session, desk.search, Asked(QUESTION), SYSTEM, NOW, record=False).note


def test_a_ranker_that_is_whole_is_left_alone(desk: Desk) -> None:
    assert Mender(desk, Clock()).cause() is None
    assert desk.search.rankers.current() == "ranker-000002"
    assert ranker(desk.settings).state == "ok"


def test_the_one_before_serves_and_a_new_one_is_wanted(desk: Desk) -> None:
    harm(desk, "ranker-000002")
    assert note(desk) == BROKEN
    assert ranker(desk.settings).state == "failed"
    assert Mender(desk, Clock()).cause() == CAUSE
    assert desk.search.rankers.current() == "ranker-000001"
    assert note(desk) == ""


def test_without_any_that_is_whole_the_note_stays_and_learning_is_not_tried_again_and_again(desk: Desk) -> None:
    harm(desk, "ranker-000001")
    harm(desk, "ranker-000002")
    clock = Clock()
    mender = Mender(desk, clock)
    assert [mender.cause(), mender.cause()] == [CAUSE, None]
    assert note(desk) == BROKEN
    with desk.reading() as session:
        answer = ask(session, desk.search, Asked(QUESTION), ANONYMOUS, NOW, record=False)
    assert answer.hits, "by the fixed rule"
    assert f"{answer.note} Run: deflect train" == BROKEN, "what to do about it is not for customers"
    clock.seconds += REST
    assert mender.cause() == CAUSE


def test_a_pointer_to_nothing_counts_as_damage(desk: Desk) -> None:
    (desk.settings.home / "index" / "rankers" / "CURRENT").write_text("../../etc")
    assert Mender(desk, Clock()).cause() == CAUSE
    assert desk.search.rankers.current() == "ranker-000002"


@pytest.mark.slow
def test_the_worker_has_a_new_one_learned_by_itself(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = []
    start = foreseeing.start_if_due
    monkeypatch.setattr(foreseeing, "start_if_due", lambda *given: begun.append(start(*given)) or begun[-1])
    harm(desk, "ranker-000001")
    harm(desk, "ranker-000002")
    worker = Worker(desk)
    worker.round()
    (process,) = begun
    assert process is not None
    assert process.wait(240) == 0
    assert not training.is_running(desk)
    assert desk.search.rankers.current() == "ranker-000003"
    assert note(desk) == ""
    assert mending.Mender(desk, Clock()).cause() is None
