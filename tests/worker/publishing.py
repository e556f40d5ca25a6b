"""A process that publishes and indexes, and is killed at its Nth step. Run by `test_killed`."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import event

from kb.services import editing, shelving
from kb.services.publishing import Text
from kb.services.shelving import Shelving
from kb.viewers import SYSTEM
from web.desk import Desk
from web.settings import Settings
from web.worker import Worker

WATCHED = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.rmtree", "shutil.copytree", "sqlite3.connect"}
NEW = "The new words: hold the green button for ten seconds."


class Steps:
    """Counts what changes something, and dies at the step it was told."""

    def __init__(self, deadly: int) -> None:
        self.deadly, self.count, self.armed = deadly, 0, False

    def step(self) -> None:
        if self.armed:
            self.count += 1
            if self.count == self.deadly:
                os.kill(os.getpid(), signal.SIGKILL)

    def heard(self, name: str, given: tuple[object, ...]) -> None:
        writing = name == "open" and isinstance(given[1], str) and set("wax+") & set(given[1])
        if name in WATCHED or writing:
            self.step()


def publish(desk: Desk, now: datetime) -> None:
    """A new text of the article, published as a lead would."""
    with desk.writing() as session:
        held = editing.editable(session, SYSTEM, "reader")
        text = Text(held.title, held.summary, NEW, "markdown")
        version = editing.save(session, SYSTEM, "reader", text, held.version, now)
        shelving.publish_newest(session, SYSTEM, "reader", version, Shelving("public"), now)
        session.commit()


def die_at_step(work: Callable[[Desk], None]) -> None:
    """Do it on HOME and die at the step named beside it; prints how many steps there are if it lives."""
    steps = Steps(int(sys.argv[2]))
    desk = Desk(Settings(home=Path(sys.argv[1]), index_threads=1))
    desk.search.warm()
    event.listen(desk.records, "before_cursor_execute", lambda *_: steps.step())
    event.listen(desk.records, "commit", lambda *_: steps.step())
    sys.addaudithook(steps.heard)
    steps.armed = True
    work(desk)
    steps.armed = False
    sys.stdout.write(f"{steps.count}\n")


def publish_and_work(desk: Desk) -> None:
    """Publish, and let the worker do what follows."""
    publish(desk, datetime.now(UTC))
    worker = Worker(desk)
    while worker.round():
        pass


if __name__ == "__main__":
    die_at_step(publish_and_work)
