"""How long until everybody sees it: ``python -m tests.benchmarks.reach --home HOME --rounds 10``.

An article is published, changed, hidden, published again, archived and deleted, and a search and the feed are asked until
both answer accordingly: once with the worker in the same process, once with `deflect worker` in another. HOME is copied, not changed.

Invariant: the clock starts when the change is committed, and every answer comes through the flow that readers use.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
from sqlalchemy.orm import Session

from kb.services import announcing, editing, removing, shelving
from kb.services.asking import Asked, ask
from kb.services.publishing import Text
from kb.services.shelving import Shelving
from kb.viewers import ANONYMOUS, SYSTEM
from web.cli.progress import Bar
from web.desk import Desk
from web.freshness import bring_up_to_date
from web.settings import Settings
from web.worker import Worker

PAUSE: Final = 0.02
PATIENCE: Final = 120.0
OLD, NEW = "Put the frozen quarkle beside a warm lamp.", "Blow on the frozen quarkle instead."
WORDS: Final = "frozen quarkle"
PRODUCT: Final = "Quarkle"
"""A product of its own: what is measured is when, not how well it ranks among all others."""
Act = Callable[[Session, str, datetime], None]


def _publish(audience: str) -> Act:
    def act(session: Session, slug: str, now: datetime) -> None:
        version = editing.editable(session, SYSTEM, slug).version
        shelving.publish_newest(session, SYSTEM, slug, version, Shelving(audience, products=(PRODUCT,)), now)

    return act


def _rewrite(session: Session, slug: str, now: datetime) -> None:
    version = editing.editable(session, SYSTEM, slug).version
    editing.save(session, SYSTEM, slug, Text("Thaw the quarkle", "", NEW, "markdown"), version, now)
    _publish("public")(session, slug, now)


def _archive(session: Session, slug: str, now: datetime) -> None:
    shelving.archive(session, SYSTEM, slug, editing.editable(session, SYSTEM, slug).version, now)


def _delete(session: Session, slug: str, now: datetime) -> None:
    removing.remove_article(session, SYSTEM, slug, now)


ACTS: Final[tuple[tuple[str, Act, str], ...]] = (
    ("publish", _publish("public"), OLD), ("new text", _rewrite, NEW), ("hide from customers", _publish("internal"), ""),
    ("show to customers", _publish("public"), NEW), ("archive", _archive, ""), ("publish again", _publish("public"), NEW),
    ("delete", _delete, ""),
)  # fmt: skip
"""What is done, and which words are shown then; none where nothing of it is."""


def searched(desk: Desk, slug: str) -> str:
    """What a customer's search shows of the article."""
    with desk.reading() as session:
        hits = ask(
            session,
            desk.search,
            Asked(WORDS, product=PRODUCT),
            ANONYMOUS,
            datetime.now(UTC),
            record=False,
            extract=False,
        ).hits
    return next((hit.passage for hit in hits if hit.slug == slug), "")


def announced(desk: Desk, slug: str) -> str:
    """What the feed says of it."""
    with desk.reading() as session:
        return next((news.summary for news in announcing.newest(session) if news.slug == slug), "")


PLACES: Final[dict[str, Callable[[Desk, str], str]]] = {"feed": announced, "search": searched}


def timed(desk: Desk, rounds: int, bar: Bar, step: str) -> dict[str, list[float]]:
    """Seconds by what was done and where it was seen."""
    seconds: dict[str, list[float]] = defaultdict(list)
    for done in range(rounds):
        with desk.writing() as session:
            slug = editing.write(session, SYSTEM, Text("Thaw the quarkle", "", OLD, "markdown"), datetime.now(UTC))
            session.commit()
        for name, act, shown in ACTS:
            with desk.writing() as session:
                act(session, slug, datetime.now(UTC))
                session.commit()
            for place, passed in waited(desk, slug, shown).items():
                seconds[f"{name}: {place}"].append(passed)
        bar(step, done + 1, rounds)
    return seconds


def waited(desk: Desk, slug: str, shown: str) -> dict[str, float]:
    """Seconds from now until each place shows it."""
    started = time.monotonic()
    seconds: dict[str, float] = {}
    while len(seconds) < len(PLACES):
        for place, look in PLACES.items():
            if place not in seconds and look(desk, slug) == shown:
                seconds[place] = time.monotonic() - started
        if time.monotonic() - started > PATIENCE:
            raise TimeoutError(f"“{shown}” is not shown within {PATIENCE:.0f} s, but by {list(seconds) or 'none'}")
        time.sleep(PAUSE)
    return seconds


@contextmanager
def worker_here(desk: Desk) -> Iterator[None]:
    """As `deflect serve` runs it."""
    worker = Worker(desk)
    worker.start()
    yield
    worker.ask_to_stop()
    worker.stopped_within(60)


@contextmanager
def worker_elsewhere(desk: Desk) -> Iterator[None]:
    """`deflect worker`."""
    entry = "from web.cli import main; main()"
    command = [sys.executable, "-c", entry, "--home", str(desk.settings.home), "worker"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.terminate()


def main() -> None:
    """Entry."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=10)
    given = parser.parse_args()
    found: dict[str, dict[str, dict[str, float]]] = {}
    with tempfile.TemporaryDirectory() as folder, Bar() as bar:
        home = Path(shutil.copytree(given.home, Path(folder) / "home", symlinks=True))
        for place, working in (("one process", worker_here), ("two processes", worker_elsewhere)):
            desk = Desk(Settings(home=home, index_threads=1))
            desk.search.warm()
            # An index of another release is made anew first, which is not what is timed.
            bring_up_to_date(desk)
            with working(desk):
                # The first change also waits for the worker to begin.
                timed(desk, 1, bar, f"{place}, warming up")
                seconds = timed(desk, given.rounds, bar, place)
            desk.records.dispose()
            found[place] = {
                name: {"p50": float(np.quantile(all_, 0.5)), "p95": float(np.quantile(all_, 0.95)), "most": max(all_)}
                for name, all_ in seconds.items()
            }
    json.dump({"rounds": given.rounds, "seconds": found}, sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
