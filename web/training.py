"""Training as a process of its own.

Invariant: one at a time on a machine, polite to whoever serves, written down before it begins; if it dies, what served
goes on and the run is told as interrupted.
"""

from __future__ import annotations

import fcntl
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

from classifier.contract import NothingToTrainError, Progress, TrainingReport
from kb.errors import ConflictError
from kb.services import runs
from kb.services.ranker import train_ranker
from kb.services.retraining import training_is_due
from kb.services.training import learn, lessons
from search.contract import RankerReport
from web.desk import Desk

LOCK: Final = "training.lock"
PATIENCE: Final = 0.5
PAUSE: Final = 0.02
BY_HAND: Final = "by hand"
COMMAND: Final = "from web.cli import main; main()"


@dataclass(frozen=True, slots=True)
class Learned:
    """What came of a run: of escalations a report or the problem, of suggestions what the ranker learned."""

    report: TrainingReport | None
    problem: str
    averted: int
    """Tickets that teach nothing of escalating because somebody acted."""
    ranker: RankerReport

    @property
    def is_empty(self) -> bool:
        """Whether neither could be trained."""
        return self.report is None and not self.ranker.name


def train_once(
    desk: Desk,
    cause: str = BY_HAND,
    progress: Progress | None = None,
    trusted: Sequence[str] = (),
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Learned:
    """Train whatever there is to learn from, and write down how it went.

    Raises:
        ConflictError: a training is running already.
    """
    with alone(desk):
        number = _begin(desk, cause, now())
        try:
            with desk.reading() as session:
                ranker = train_ranker(session, desk.search, progress)
                known = lessons(session, desk.search, progress)
            report = learn(known, desk.search, desk.escalation, now(), progress, trusted)
        except NothingToTrainError as error:
            _fail(desk, number, error, now())
            return Learned(None, str(error), known.averted, ranker)
        except BaseException as error:
            _fail(desk, number, error, now())
            raise
        with desk.writing() as session:
            runs.succeed(session, number, report, now())
            session.commit()
    return Learned(report, "", known.averted, ranker)


def settle(desk: Desk) -> int:
    """Call runs interrupted that were killed; how many. None while one is running."""
    try:
        with alone(desk), desk.writing() as session:
            found = runs.settle(session, platform.node(), datetime.now(UTC))
            session.commit()
            return found
    except ConflictError:
        return 0


def start_if_due(desk: Desk, now: datetime, cause: str | None = None) -> subprocess.Popen[bytes] | None:
    """A training process, if the desk asks for one and none is running; the caller waits for it now and then.

    With a `cause` it is due whatever the desk says.
    """
    settle(desk)
    if cause is None:
        with desk.reading() as session:
            cause = training_is_due(session, desk.escalation, now)
    if cause is None or is_running(desk):
        return None
    home = str(desk.settings.home.resolve())
    return subprocess.Popen(  # noqa: S603 - this very Python, our own command and home, a cause that we worded
        [sys.executable, "-c", COMMAND, "--home", home, "train", "--cause", cause],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip


def is_running(desk: Desk) -> bool:
    """Whether a training runs on this machine."""
    try:
        with alone(desk, patience=0):
            return False
    except ConflictError:
        return True


def quiet_machine(desk: Desk) -> str:
    """The name of this machine where no training runs on it, else nothing: for `runs.recent`."""
    return "" if is_running(desk) else platform.node()


@contextmanager
def alone(desk: Desk, *, patience: float = PATIENCE) -> Iterator[None]:
    """Hold the training lock; the system lets go of it when the process ends, however it ends.

    Whoever only looks holds it for a moment, so it is tried for `patience` seconds.
    """
    folder: Path = desk.settings.home / "models"
    folder.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + patience
    with (folder / LOCK).open("a") as file:
        while not _locked(file):
            if time.monotonic() >= until:
                raise ConflictError("A training is running already. Wait for it, or look at: deflect models runs")
            time.sleep(PAUSE)
        yield


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _begin(desk: Desk, cause: str, now: datetime) -> int:
    with desk.writing() as session:
        number = runs.begin(session, cause, platform.node(), now)
        session.commit()
    return number


def _fail(desk: Desk, number: int, error: BaseException, now: datetime) -> None:
    stopped = not isinstance(error, Exception)
    note = "It was stopped. The model that served before goes on." if stopped else f"{error}"[:2000]
    with desk.writing() as session:
        runs.fail(session, number, note, now, interrupted=stopped)
        session.commit()
