"""What happens behind the scenes: the index follows the database, new tickets are predicted.

Invariant: an errand is done at least once or waits for the operator; no failure ends the worker; pauses are measured
by a clock that never jumps; between two steps it can be stopped.
"""

from __future__ import annotations

import logging
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from classifier.contract import ClassifierError
from kb.errors import DeflectError
from kb.services import choosing, histories, recurring, working
from kb.services.audit import INDEX_CHANGED, TICKET_CHANGED
from kb.services.predictions import predict_ticket, predict_waiting
from kb.viewers import SYSTEM
from search.contract import IndexStoppedError, SearchError
from web.desk import Desk
from web.freshness import bring_up_to_date
from web.mending import Mender
from web.training import start_if_due

LOG: Final = logging.getLogger("deflect.worker")
POLL: Final = 0.5
"""Seconds between two looks at an empty outbox: one small read."""
SWEEP: Final = 600.0
"""Seconds between two comparisons of index and database, whatever the outbox says."""
HOUR: Final = 3_600.0
DAY: Final = 86_400.0
FIRST_GATHERING: Final = 600.0
"""Seconds after the start until what keeps coming back is looked for."""
LEASED: Final = 50
PREDICTED_AT_ONCE: Final = 20
"""Tickets a transaction, so that no other writer waits long."""
LONGEST_PAUSE: Final = 60.0
LONGEST_FAREWELL: Final = 5.0


class Worker:
    """Drains the outbox of one desk. `clock` gives seconds that only rise, `now` the date."""

    def __init__(
        self,
        desk: Desk,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._desk = desk
        self._clock = clock
        self._now = now
        self._stop = threading.Event()
        self._asked: float | None = None
        self._thread: threading.Thread | None = None
        self._swept: float | None = None
        self._gathered: float | None = None
        self._predicted_by: tuple[str, int | None, int] | None = None
        self._failures = 0
        self._training: subprocess.Popen[bytes] | None = None
        self._mender = Mender(desk, clock)

    def start(self) -> None:
        """Work in a thread of its own."""
        self._thread = threading.Thread(target=self.run, name="deflect-worker", daemon=True)
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Stop after the step at hand."""
        if self._asked is None:
            self._asked = time.monotonic()
        self._stop.set()

    def stopped_within(self, seconds: float) -> bool:
        """Whether the thread has ended, waiting until so long after it was first asked to, at most."""
        if self._thread is not None:
            left = seconds if self._asked is None else self._asked + seconds - time.monotonic()
            self._thread.join(max(left, 0.2))
        return self._thread is None or not self._thread.is_alive()

    def run(self) -> None:
        """Work until asked to stop; what goes wrong is logged and tried again after a pause that doubles."""
        while not self._stop.is_set():
            self._round_and_pause()
        self._end_training()

    def _round_and_pause(self) -> None:
        try:
            busy = self.round()
            self._failures = 0
        except Exception as error:  # noqa: BLE001 - a poison errand or a locked database must not end the worker
            busy = False
            self._failures += 1
            LOG.warning("The worker pauses: %s", told(error))
        if not busy:
            self._stop.wait(min(POLL * 2**self._failures, LONGEST_PAUSE))

    def round(self) -> bool:
        """Do what is due; whether there was anything.

        Raises:
            SQLAlchemyError, DeflectError: the records cannot be used just now.
        """
        self._publish_due()
        due = self._lease()
        tickets = [errand for errand in due if errand.topic == TICKET_CHANGED]
        index = [errand for errand in due if errand.topic == INDEX_CHANGED]
        for errand in due:
            if errand not in tickets and errand not in index:
                self._failed([errand.id], f"no worker knows the topic {errand.topic[:50]}")
        for errand in tickets:
            self._predict(errand)
        sweep = self._sweep_is_due()
        if index or sweep:
            self._index([errand.id for errand in index])
        if sweep:
            self._train()
        self._gather()
        return bool(due) or self._predict_waiting()

    def _lease(self) -> tuple[working.Errand, ...]:
        now = self._now()
        with self._desk.reading() as session:
            # A look first: an idle worker never asks for the right to write.
            if not working.is_due(session, now):
                return ()
        with self._desk.writing() as session:
            errands = working.lease(session, now, limit=LEASED)
            session.commit()
        return errands

    def _publish_due(self) -> None:
        """Let out what was scheduled for by now."""
        desk, now = self._desk, self._now()
        with desk.reading() as session:
            if not histories.is_due(session, now):
                return
        with desk.writing() as session:
            histories.publish_due(session, SYSTEM, now)
            session.commit()

    def _gather(self) -> None:
        """Once a day, and a while after the start, look for what keeps coming back."""
        if self._gathered is None:
            self._gathered = self._clock() - DAY + FIRST_GATHERING
        if self._clock() - self._gathered < DAY:
            return
        self._gathered = self._clock()
        desk = self._desk
        try:
            for kind in recurring.KINDS:
                with desk.reading() as session:
                    found = recurring.gathered(session, desk.search, desk.cluster, kind, self._now())
                with desk.writing() as session:
                    recurring.keep(session, kind, found, self._now())
                    session.commit()
        except SearchError as error:
            LOG.warning("What keeps coming back was not looked for: %s", told(error))

    def _sweep_is_due(self) -> bool:
        return self._swept is None or self._clock() - self._swept >= SWEEP

    def _nothing_to_index(self) -> bool:
        """A desk without a word in it needs no index, and no encoder made for one."""
        desk = self._desk
        return desk.search.generation is None and not desk.source.passage_stamps() and not desk.source.case_stamps()

    def _index(self, ids: list[int]) -> None:
        """One run for every errand there is."""
        self._swept = self._clock()
        try:
            if not ids and self._nothing_to_index():
                return
            report = bring_up_to_date(self._desk, stop=self._stop.is_set, now=self._now)
        except IndexStoppedError:
            return
        except Exception as error:  # noqa: BLE001 - the index may fail, tickets are predicted all the same
            LOG.warning("The index was not brought up to date: %s", told(error))
            self._failed(ids, told(error))
            # Whether or not an errand comes back, the comparison does.
            self._swept = self._clock() - SWEEP + LONGEST_PAUSE
            return
        if report.embedded or report.updated or report.removed:
            LOG.info(
                "%s: %d embedded, %d updated, %d removed in %.1f s",
                report.generation, report.embedded, report.updated, report.removed, report.seconds,
            )  # fmt: skip

    def _predict(self, errand: working.Errand) -> None:
        desk, now = self._desk, self._now()
        try:
            with desk.writing() as session:
                predict_ticket(session, desk.search, desk.escalation, int(errand.payload["ticket"]), now)
                working.done(session, [errand.id], now)
                session.commit()
        except Exception as error:  # noqa: BLE001 - whatever one ticket does, the next one gets its turn
            LOG.warning("Errand %d failed (attempt %d): %s", errand.id, errand.attempts, told(error))
            self._failed([errand.id], told(error))

    def _predict_waiting(self) -> bool:
        """After a new model, another choice of alarms, or an hour: say what is to be said of the tickets that wait."""
        desk = self._desk
        version = desk.escalation.version
        if version is None:
            return False
        with desk.reading() as session:
            by = (version, choosing.choice_id(session), int(self._clock() // HOUR))
        if by == self._predicted_by:
            return False
        done = 0
        try:
            with desk.writing() as session:
                done = predict_waiting(session, desk.search, desk.escalation, self._now(), limit=PREDICTED_AT_ONCE)
                session.commit()
        finally:
            # Also where it failed: each ticket has an errand of its own, and the next model tries again.
            if done < PREDICTED_AT_ONCE:
                self._predicted_by = by
        return done > 0

    def _train(self) -> None:
        """Where the desk asks for a new model, learn it in a process of its own; what it costs is not paid here."""
        if self._training is None or self._training.poll() is not None:
            self._training = start_if_due(self._desk, self._now(), self._mender.cause())

    def _end_training(self) -> None:
        """A training that was begun here ends with the worker: it is told as interrupted, and begun anew another day."""
        if self._training is None or self._training.poll() is not None:
            return
        self._training.terminate()
        try:
            self._training.wait(LONGEST_FAREWELL)
        except subprocess.TimeoutExpired:
            self._training.kill()
            self._training.wait()

    def _failed(self, ids: list[int], reason: str) -> None:
        with suppress(SQLAlchemyError, DeflectError), self._desk.writing() as session:
            # Where not even that can be written, the lease ends by itself.
            working.failed(session, ids, reason, self._now())
            session.commit()


def told(error: Exception) -> str:
    """An error for the log: the words of those that hold no text of a ticket, else only its kind."""
    if isinstance(error, SearchError | ClassifierError | DeflectError):
        return str(error)
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    if isinstance(error, SQLAlchemyError):
        return f"the database refused ({type(getattr(error, 'orig', None) or error).__name__})"
    return type(error).__name__
