"""Tickets are predicted, models trained when it is time, and what keeps coming back is looked for.

Invariant: a search or a model is asked while others may write; only what came of it is written.
"""

from __future__ import annotations

import logging
import subprocess
from collections.abc import Callable
from datetime import datetime
from typing import Final

from kb.services import choosing, recurring, working
from kb.services.audit import INDEX_CHANGED, TICKET_CHANGED
from kb.services.predictions import keep, predicted, undecided, waiting
from search.contract import SearchError
from web.desk import Desk
from web.errands import Errands, told
from web.mending import Mender
from web.training import start_if_due

LOG: Final = logging.getLogger("deflect.worker")
ASKED: Final = 600.0
"""Seconds between two questions whether it is time to train."""
HOUR: Final = 3_600.0
DAY: Final = 86_400.0
FIRST_GATHERING: Final = 600.0
"""Seconds after the start until what keeps coming back is looked for."""
PREDICTED_AT_ONCE: Final = 20
LONGEST_FAREWELL: Final = 5.0


class Foreseeing:
    """What is done for tickets. `clock` gives seconds that only rise, `now` the date."""

    def __init__(self, desk: Desk, clock: Callable[[], float], now: Callable[[], datetime]) -> None:
        self._desk = desk
        self._clock = clock
        self._now = now
        self._errands = Errands(desk, now)
        self._mender = Mender(desk, clock)
        self._gathered = clock() - DAY + FIRST_GATHERING
        self._asked: float | None = None
        self._predicted_by: tuple[str, int | None, int] | None = None
        self._training: subprocess.Popen[bytes] | None = None

    def round(self) -> bool:
        """Do what is due; whether there was anything.

        Raises:
            SQLAlchemyError, DeflectError: the records cannot be used just now.
        """
        due = self._errands.lease(besides=INDEX_CHANGED)
        for errand in due:
            if errand.topic == TICKET_CHANGED:
                self._predict(errand)
            else:
                self._errands.failed([errand.id], f"no worker knows the topic {errand.topic[:50]}")
        self._train()
        self._gather()
        return bool(due) or self._predict_waiting()

    def end(self) -> None:
        """A training that was begun here ends with it: it is told as interrupted, and begun anew another day."""
        if self._training is None or self._training.poll() is not None:
            return
        self._training.terminate()
        try:
            self._training.wait(LONGEST_FAREWELL)
        except subprocess.TimeoutExpired:
            self._training.kill()
            self._training.wait()

    def _predict(self, errand: working.Errand) -> None:
        desk, now = self._desk, self._now()
        try:
            with desk.reading() as session:
                ticket = waiting(session, [int(errand.payload["ticket"])])
                rows = predicted(session, desk.search, desk.escalation, ticket, now)
            with desk.writing() as session:
                keep(session, rows)
                working.done(session, [errand.id], now)
                session.commit()
        except Exception as error:  # noqa: BLE001 - whatever one ticket does, the next one gets its turn
            LOG.warning("Errand %d failed (attempt %d): %s", errand.id, errand.attempts, told(error))
            self._errands.failed([errand.id], told(error))

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
            done = self._predict_undecided()
        finally:
            # Also where it failed: each ticket has an errand of its own, and the next model tries again.
            if done < PREDICTED_AT_ONCE:
                self._predicted_by = by
        return done > 0

    def _predict_undecided(self) -> int:
        desk, now = self._desk, self._now()
        with desk.reading() as session:
            tickets = undecided(session, desk.escalation, now, PREDICTED_AT_ONCE)
            rows = predicted(session, desk.search, desk.escalation, tickets, now)
        if not rows:
            return 0
        with desk.writing() as session:
            keep(session, rows)
            session.commit()
        return len(rows)

    def _gather(self) -> None:
        """Once a day, and a while after the start, look for what keeps coming back."""
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

    def _train(self) -> None:
        """Where the desk asks for a new model, learn it in a process of its own; what it costs is not paid here."""
        if self._asked is not None and self._clock() - self._asked < ASKED:
            return
        self._asked = self._clock()
        if self._training is None or self._training.poll() is not None:
            self._training = start_if_due(self._desk, self._now(), self._mender.cause())
