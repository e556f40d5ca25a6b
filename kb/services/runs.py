"""Training runs as they happened. Invariant: a run that ended without saying so is told as interrupted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from classifier.contract import TrainingReport
from kb.errors import ConflictError, NotFoundError
from kb.models import TrainingRun
from kb.queries import learning as learning_q

KILLED: Final = "It was stopped before it was done. The model that served before goes on."
LONGEST: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class RunView:
    """One run. `state` is ``running``, ``done``, ``failed`` or ``interrupted``."""

    id: int
    state: str
    cause: str
    started_at: datetime
    ended_at: datetime | None
    version: str
    promoted: bool
    examples: int
    note: str

    @property
    def took(self) -> timedelta | None:
        return None if self.ended_at is None else self.ended_at - self.started_at


def begin(session: Session, cause: str, host: str, now: datetime) -> int:
    """Write down that a run begins; its number. The caller holds the training lock of this machine.

    Whatever is still called running on this machine was killed: only one run holds the lock.
    """
    settle(session, host, now)
    run = TrainingRun(cause=cause[:200], host=host[:200], started_at=now, state="running")
    session.add(run)
    session.flush()
    return run.id


def settle(session: Session, host: str, now: datetime) -> int:
    """Call the runs of this machine interrupted that never said how they ended; how many. Nobody may be training."""
    found = learning_q.running(session, host[:200])
    for run in found:
        run.state, run.ended_at = "interrupted", now
        run.note = KILLED
    session.flush()
    return len(found)


def succeed(session: Session, run_id: int, report: TrainingReport, now: datetime) -> None:
    """It stored a version."""
    run = _run(session, run_id)
    run.state, run.ended_at, run.version = "done", now, report.version
    run.promoted, run.examples, run.note = report.promoted, report.examples, "; ".join(report.held)
    session.flush()


def fail(session: Session, run_id: int, note: str, now: datetime, *, interrupted: bool = False) -> None:
    """It stored none."""
    run = _run(session, run_id)
    run.state, run.ended_at, run.note = "interrupted" if interrupted else "failed", now, note
    session.flush()


def recent(session: Session, limit: int = 20, *, quiet: str = "", now: datetime | None = None) -> tuple[RunView, ...]:
    """The newest runs. `quiet` is a machine on which none is running: what is still called so there was killed.

    Of other machines nothing is known; with `now`, no run takes longer than a day.
    """
    return tuple(_view(run, gone=_gone(run, quiet, now)) for run in learning_q.runs(session, limit))


def _gone(run: TrainingRun, quiet: str, now: datetime | None) -> bool:
    if run.state != "running":
        return False
    return (bool(quiet) and run.host == quiet[:200]) or (now is not None and now - run.started_at > LONGEST)


def _view(run: TrainingRun, *, gone: bool) -> RunView:
    return RunView(
        run.id, "interrupted" if gone else run.state, run.cause, run.started_at, run.ended_at, run.version,
        run.promoted, run.examples, KILLED if gone else run.note,
    )  # fmt: skip


def _run(session: Session, run_id: int) -> TrainingRun:
    run = session.get(TrainingRun, run_id)
    if run is None:
        raise NotFoundError("There is no such training run.")
    if run.state != "running":
        raise ConflictError("That training run has ended already.")
    return run
