"""The index follows the database, errand by errand and, now and then, by comparing all of it.

Invariant: nothing else is done here: what reaches readers waits for no model, no training and no clusters.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Final

from kb.services import histories
from kb.services.audit import INDEX_CHANGED
from kb.viewers import SYSTEM
from search.contract import IndexStoppedError
from web.desk import Desk
from web.errands import LONGEST_PAUSE, Errands, told
from web.freshness import bring_up_to_date

LOG: Final = logging.getLogger("deflect.worker")
SWEEP: Final = 600.0
"""Seconds between two comparisons of index and database, whatever the outbox says."""


class Following:
    """Publishes what is due and keeps the index in line. `clock` gives seconds that only rise, `now` the date."""

    def __init__(
        self, desk: Desk, clock: Callable[[], float], now: Callable[[], datetime], stop: Callable[[], bool]
    ) -> None:
        self._desk = desk
        self._clock = clock
        self._now = now
        self._stop = stop
        self._errands = Errands(desk, now)
        self._swept: float | None = None

    def round(self) -> bool:
        """Do what is due; whether there was anything.

        Raises:
            SQLAlchemyError, DeflectError: the records cannot be used just now.
        """
        self._publish_due()
        due = self._errands.lease(topic=INDEX_CHANGED)
        if due or self._sweep_is_due():
            self._index([errand.id for errand in due])
        return bool(due)

    def _publish_due(self) -> None:
        """Let out what was scheduled for by now."""
        desk, now = self._desk, self._now()
        with desk.reading() as session:
            if not histories.is_due(session, now):
                return
        with desk.writing() as session:
            histories.publish_due(session, SYSTEM, now)
            session.commit()

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
            report = bring_up_to_date(self._desk, stop=self._stop, now=self._now)
        except IndexStoppedError:
            return
        except Exception as error:  # noqa: BLE001 - the index may fail, tickets are predicted all the same
            LOG.warning("The index was not brought up to date: %s", told(error))
            self._errands.failed(ids, told(error))
            # Whether or not an errand comes back, the comparison does.
            self._swept = self._clock() - SWEEP + LONGEST_PAUSE
            return
        if report.embedded or report.updated or report.removed:
            LOG.info(
                "%s: %d embedded, %d updated, %d removed in %.1f s",
                report.generation, report.embedded, report.updated, report.removed, report.seconds,
            )  # fmt: skip
