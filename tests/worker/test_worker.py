"""The worker on a real desk: SQLite, the index, and the errands that the flows leave."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from kb import database
from kb.models import OutboxEvent, Prediction, Ticket
from kb.records import article_record
from kb.services import audit, choosing, editing, histories, working
from kb.services.asking import Asked, ask
from kb.services.choosing import Wanted
from kb.services.importing import import_article
from kb.services.publishing import Text
from kb.services.shelving import Shelving
from kb.services.status import status
from kb.viewers import ANONYMOUS, SYSTEM
from tests.classifier import desk as made_up
from web import foreseeing
from web import worker as worker_module
from web.desk import Desk
from web.errands import told
from web.following import SWEEP
from web.settings import Settings
from web.worker import Worker

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds

    @property
    def date(self) -> datetime:
        return NOW + timedelta(seconds=self.seconds - 1000.0)


@pytest.fixture
def desk(ready_home: Path) -> Iterator[Desk]:
    made = Desk(Settings(home=ready_home, index_threads=1))
    yield made
    made.records.dispose()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def worker(desk: Desk, clock: Clock) -> Worker:
    return Worker(desk, clock=clock, now=lambda: clock.date)


def write_article(desk: Desk, slug: str, body: str) -> None:
    with desk.writing() as session:
        import_article(session, article_record({"slug": slug, "title": slug, "body": body}), NOW)
        session.commit()


def leave(desk: Desk, topic: str, **payload: int) -> int:
    with desk.writing() as session:
        audit.errand(session, topic, NOW, **payload)
        session.commit()
        return int(session.execute(text("select max(id) from outbox_event")).scalar_one())


def errand(desk: Desk, number: int) -> OutboxEvent:
    with desk.reading() as session:
        found = session.get(OutboxEvent, number)
    assert found is not None
    return found


def open_errands(desk: Desk) -> int:
    with desk.reading() as session:
        return int(session.execute(text("select count(*) from outbox_event where done_at is null")).scalar_one())


def first_hit(desk: Desk, words: str) -> str | None:
    with desk.reading() as session:
        answer = ask(session, desk.search, Asked(words), ANONYMOUS, NOW, record=False)
    return answer.hits[0].slug if answer.hits else None


def open_ticket(desk: Desk) -> int:
    with desk.writing() as session:
        session.add(Ticket(reference="T-1", subject="s", body="b", created_at=NOW, text_hash=""))
        session.commit()
        return int(session.execute(text("select max(id) from ticket")).scalar_one())


def test_what_is_published_is_found_after_one_round(desk: Desk, worker: Worker) -> None:
    write_article(desk, "reset-reader", "Hold the button of the card reader for ten seconds.")
    assert first_hit(desk, "card reader button") is None
    assert worker.round()
    assert first_hit(desk, "card reader button") == "reset-reader"
    assert open_errands(desk) == 0
    assert not worker.round()


def test_many_errands_are_one_run(desk: Desk, worker: Worker) -> None:
    for number in range(70):
        write_article(desk, f"article-{number}", f"Words of number {number}.")
    assert open_errands(desk) == 70
    worker.round()
    assert (open_errands(desk), desk.search.generation) == (0, "gen-000001")


def test_an_empty_desk_makes_no_index(desk: Desk, worker: Worker) -> None:
    assert not worker.round()
    assert desk.search.generation is None


def test_an_index_that_fell_behind_is_mended_without_an_errand(desk: Desk, worker: Worker, clock: Clock) -> None:
    write_article(desk, "one", "First words.")
    worker.round()
    write_article(desk, "two", "Entirely different matter.")
    with desk.writing() as session:
        session.execute(text("delete from outbox_event"))
        session.commit()
    worker.round()
    assert desk.search.generation == "gen-000001"
    clock.seconds += SWEEP
    worker.round()
    assert first_hit(desk, "different matter") == "two"


def test_a_damaged_index_is_made_again(desk: Desk, worker: Worker, clock: Clock) -> None:
    write_article(desk, "one", "First words.")
    worker.round()
    files = [
        path for path in (desk.settings.home / "index" / "generations" / "gen-000001").rglob("*") if path.is_file()
    ]
    largest = max(files, key=lambda path: path.stat().st_size)
    largest.write_bytes(b"\0" * largest.stat().st_size)
    clock.seconds += SWEEP
    worker.round()
    assert desk.search.check(desk.source).clean
    assert desk.search.generation == "gen-000002"


def test_an_index_that_cannot_be_written_comes_back(desk: Desk, worker: Worker, clock: Clock) -> None:
    write_article(desk, "one", "First words.")
    generations = desk.settings.home / "index" / "generations"
    generations.parent.mkdir(exist_ok=True)
    generations.write_text("a file where a folder should be")
    assert worker.round()
    assert open_errands(desk) == 1
    assert not worker.round()
    generations.unlink()
    clock.seconds += 60
    worker.round()
    assert first_hit(desk, "first words") == "one"
    assert open_errands(desk) == 0


def test_errands_given_up_are_settled_once_the_index_can_be_made(desk: Desk, worker: Worker, clock: Clock) -> None:
    write_article(desk, "one", "First words.")
    generations = desk.settings.home / "index" / "generations"
    generations.write_text("a file where a folder should be")
    for _ in range(working.TRIES + 1):
        worker.round()
        clock.seconds += 1200
    with desk.reading() as session:
        given_up = session.execute(text("select attempts, error from outbox_event")).one()
    assert given_up.attempts == working.TRIES
    assert given_up.error
    generations.unlink()
    clock.seconds += SWEEP
    worker.round()
    assert open_errands(desk) == 0


def test_a_poison_errand_is_given_up_and_the_next_one_is_done(desk: Desk, worker: Worker, clock: Clock) -> None:
    poison = leave(desk, audit.TICKET_CHANGED)
    unknown = leave(desk, "no such topic")
    fine = leave(desk, audit.TICKET_CHANGED, ticket=open_ticket(desk))
    worker.round()
    assert errand(desk, fine).done_at is not None
    for _ in range(working.TRIES + 3):
        clock.seconds += 1200
        worker.round()
    for number, reason in ((poison, "KeyError"), (unknown, "no worker knows the topic")):
        left = errand(desk, number)
        assert (left.done_at, left.attempts) == (None, working.TRIES)
        assert reason in left.error
    with desk.reading() as session:
        assert not working.is_due(session, clock.date + timedelta(days=9))
    with desk.writing() as session:
        assert working.retry_quarantined(session, clock.date) == 2


def test_pauses_double(desk: Desk, worker: Worker, clock: Clock) -> None:
    poison = leave(desk, audit.TICKET_CHANGED)
    pauses = []
    for _ in range(5):
        worker.round()
        pause = (errand(desk, poison).available_at - clock.date).total_seconds()
        pauses.append(pause)
        clock.seconds += pause + 1
    assert [2 ** (n + 1) * 0.5 <= pause <= 2 ** (n + 1) * 1.5 for n, pause in enumerate(pauses)] == [True] * 5


def test_no_model_is_no_failure(desk: Desk, worker: Worker) -> None:
    number = leave(desk, audit.TICKET_CHANGED, ticket=open_ticket(desk))
    worker.round()
    left = errand(desk, number)
    assert left.done_at is not None
    assert left.error == ""


def test_tickets_that_wait_are_decided_again_after_a_choice_and_after_a_day(
    desk: Desk, worker: Worker, clock: Clock
) -> None:
    desk.escalation.train(made_up.examples(60, dated=True), now=NOW)
    ticket = open_ticket(desk)

    def decided() -> list[tuple[float | None, int | None]]:
        while worker.round():
            clock.seconds += 1
        with desk.reading() as session:
            rows = session.scalars(select(Prediction).where(Prediction.ticket_id == ticket).order_by(Prediction.id))
            return [(row.threshold, row.choice_id) for row in rows]

    (first,) = decided()
    with desk.writing() as session:
        choosing.choose(session, desk.escalation, SYSTEM, Wanted("cost", miss=20.0), 0, clock.date)
        session.commit()
    _, second = decided()
    assert first[1] is None
    assert second[1] is not None
    assert second[0] == pytest.approx(1 / 21)
    assert decided() == [first, second]
    clock.seconds += 25 * 3600
    assert decided() == [first, second, second]


def test_an_errand_of_somebody_who_died_comes_back(desk: Desk, worker: Worker, clock: Clock) -> None:
    number = leave(desk, audit.TICKET_CHANGED, ticket=open_ticket(desk))
    with desk.writing() as session:
        assert [e.id for e in working.lease(session, NOW)] == [number]
        session.commit()
    assert not worker.round()
    clock.seconds += 301
    worker.round()
    assert errand(desk, number).done_at is not None


def test_two_workers_never_hold_the_same_errand(desk: Desk) -> None:
    for _ in range(40):
        leave(desk, audit.TICKET_CHANGED)
    taken: list[int] = []
    ready = threading.Barrier(4)

    def take() -> None:
        ready.wait()
        for _ in range(5):
            with desk.writing() as session:
                held = working.lease(session, NOW, limit=3)
                session.commit()
            taken.extend(e.id for e in held)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 40


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "POLL", 0.01)
    monkeypatch.setattr(worker_module, "LONGEST_PAUSE", 0.05)


def until(seen: Callable[[], bool]) -> None:
    """Wait for what must come; whether it comes is the test, not when."""
    for _ in range(3000):
        if seen():
            return
        time.sleep(0.01)
    raise AssertionError("it never came")


def test_a_locked_database_does_not_end_it(ready_home: Path, quick: None, caplog: pytest.LogCaptureFixture) -> None:
    desk = Desk(Settings(home=ready_home, index_threads=1))
    # Impatient, so that the lock is met as an error and not as a wait.
    desk.__dict__["records"] = database.connect(desk.settings.url, busy_seconds=0.01)
    holder = database.connect(desk.settings.url)
    write_article(desk, "one", "First words.")
    worker = Worker(desk)
    with database.writing(holder) as session:
        session.execute(text("delete from suggestion"))
        worker.start()
        until(lambda: caplog.text.count("The worker pauses: the database refused") > 2)
        assert not worker.stopped_within(0)
    until(lambda: open_errands(desk) == 0)
    assert first_hit(desk, "first words") == "one"
    worker.ask_to_stop()
    assert worker.stopped_within(60)
    desk.records.dispose()
    holder.dispose()


def test_it_stops_in_the_middle_of_an_index_run(desk: Desk, quick: None) -> None:
    with desk.writing() as session:
        for number in range(300):
            row = {"slug": f"a{number}", "title": f"About {number}", "body": f"Words of number {number}. " * 12}
            import_article(session, article_record(row), NOW)
        session.commit()
    worker = Worker(desk)
    worker.start()
    cache = desk.settings.home / "index" / "vectors.sqlite"
    until(lambda: cache.exists() and cache.stat().st_size > 100_000)
    worker.ask_to_stop()
    assert worker.stopped_within(60)
    assert desk.search.generation is None
    assert open_errands(desk) == 300
    again = Worker(desk)
    again.round()
    assert (open_errands(desk), desk.search.generation) == (0, "gen-000001")


def test_an_idle_worker_asks_for_no_right_to_write(desk: Desk, worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    worker.round()
    monkeypatch.setattr(desk, "writing", lambda: pytest.fail("asked to write"))
    assert not worker.round()


def test_a_log_line_holds_no_words_of_a_ticket() -> None:
    assert told(KeyError("my card number is")) == "KeyError"
    assert told(OSError(28, "No space left on device")) == "No space left on device"


def test_a_training_it_began_ends_with_it(desk: Desk, worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    monkeypatch.setattr(foreseeing, "start_if_due", lambda _desk, _now, _cause: process)
    worker.round()
    worker.ask_to_stop()
    worker.start()
    assert worker.stopped_within(60)
    assert process.poll() is not None


def test_no_training_is_begun_where_nobody_ever_trained(desk: Desk, worker: Worker) -> None:
    worker.round()
    with desk.reading() as session:
        assert session.execute(text("select count(*) from training_run")).scalar_one() == 0


def test_what_is_published_waits_for_no_model(desk: Desk, quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    entered, leave_it = threading.Event(), threading.Event()

    def slow(*_: object) -> None:
        entered.set()
        leave_it.wait(60)

    monkeypatch.setattr(foreseeing, "start_if_due", slow)
    worker = Worker(desk)
    worker.start()
    try:
        until(entered.is_set)
        write_article(desk, "one", "First words.")
        until(lambda: first_hit(desk, "first words") == "one")
        assert not leave_it.is_set()
    finally:
        leave_it.set()
        worker.ask_to_stop()
    assert worker.stopped_within(60)


def test_a_prediction_holds_up_no_writer(desk: Desk, worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.escalation.train(made_up.examples(60, dated=True), now=NOW)
    ticket = open_ticket(desk)
    predict = type(desk.escalation).predict
    written: list[int] = []

    def meanwhile(*given: object, **named: object) -> object:
        other = database.connect(desk.settings.url, busy_seconds=0.01)
        with database.writing(other) as session:
            written.append(1)
            session.execute(text("delete from ticket"))
            session.commit()
        other.dispose()
        return predict(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(type(desk.escalation), "predict", meanwhile)
    number = leave(desk, audit.TICKET_CHANGED, ticket=ticket)
    worker.round()
    assert written
    assert errand(desk, number).done_at is not None
    with desk.reading() as session:
        assert session.scalars(select(Prediction)).all() == [], "it was deleted meanwhile"


def test_an_errand_that_kills_its_worker_each_time_is_given_up(desk: Desk, worker: Worker, clock: Clock) -> None:
    leave(desk, audit.TICKET_CHANGED, ticket=open_ticket(desk))
    for _ in range(working.TRIES):
        with desk.writing() as session:
            assert len(working.lease(session, clock.date)) == 1
            session.commit()
        clock.seconds += 301
    fine = leave(desk, audit.TICKET_CHANGED, ticket=1)
    worker.round()
    assert errand(desk, fine).done_at is not None
    with desk.reading() as session:
        assert (status(session).errands_given_up, status(session).errands_waiting) == (1, 0)


def test_what_was_scheduled_comes_out_by_itself(desk: Desk, worker: Worker, clock: Clock) -> None:
    with desk.writing() as session:
        slug = editing.write(session, SYSTEM, Text("Scheduled", "", "Words to come.", "markdown"), clock.date)
        version = editing.editable(session, SYSTEM, slug).version
        histories.schedule(
            session, SYSTEM, slug, version, Shelving("public"), clock.date + timedelta(hours=1), clock.date
        )
        session.commit()
    worker.round()
    assert not found(desk, "words to come")
    clock.seconds += 3601
    while worker.round():
        pass
    assert found(desk, "words to come") == [slug]


def found(desk: Desk, words: str) -> list[str]:
    with desk.reading() as session:
        return [hit.slug for hit in ask(session, desk.search, Asked(words), ANONYMOUS, NOW, record=False).hits]


def test_what_keeps_coming_back_is_looked_for_a_while_after_the_start_and_then_once_a_day(
    desk: Desk, worker: Worker, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    monkeypatch.setattr(foreseeing.recurring, "gathered", lambda *given: looked.append(given[3]) or [])
    for passed in (0.0, 599.0, 2.0, 3600.0, 86_400.0):
        clock.seconds += passed
        worker.round()
    assert looked == ["tickets", "questions"] * 2
