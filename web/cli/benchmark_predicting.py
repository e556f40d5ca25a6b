"""How long predictions take here.

Invariant: the model that serves says it of real questions, reasons and teams included; reading them and making their
vectors is not counted, and nothing is recorded.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Final

from classifier.contract import EscalationEngine, NoModelError, TicketFeatures
from kb.records import TicketRecord
from kb.services.asking import Asked
from kb.services.training import embedded, features
from search.contract import SearchEngine

ONE: Final = "predicting"
MANY: Final = 1_000
"""Tickets that are predicted together."""
Timing = Callable[[str], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class Batch:
    """Tickets that were predicted together; a second of the processor is that of one core."""

    tickets: int
    per_second: float
    per_cpu_second: float
    model: str


def predicting(
    search: SearchEngine, escalation: EscalationEngine, questions: Sequence[Asked], timing: Timing
) -> Batch | None:
    """Each by itself, in `timing`, then all together; None where no model was trained or can be read."""
    try:
        tickets = embedded(search, [features(record) for record in _records(questions)])
        escalation.predict(tickets[:1])
    except NoModelError:
        return None
    for ticket in tickets:
        with timing(ONE):
            escalation.predict([ticket])
    return _together(escalation, list(islice(cycle(tickets), MANY)))


def _together(escalation: EscalationEngine, tickets: Sequence[TicketFeatures]) -> Batch:
    started, worked = time.perf_counter(), time.process_time()
    said = escalation.predict(tickets)
    taken, cpu = time.perf_counter() - started, time.process_time() - worked
    return Batch(len(said), len(said) / taken, len(said) / cpu, said[0].model)


def _records(questions: Sequence[Asked]) -> Iterator[TicketRecord]:
    for number, asked in enumerate(questions):
        yield TicketRecord(
            id=str(number), subject=asked.subject, body=asked.body, product=asked.product, topic=asked.topic
        )
