"""`deflect index` and `deflect check`. Invariant: stopping keeps what was embedded, and running again goes on."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from dataclasses import asdict
from types import FrameType
from typing import Any, Final, Self

import click

from search.contract import IndexStoppedError
from web.cli.progress import Bar
from web.desk import Desk
from web.freshness import bring_up_to_date
from web.settings import Settings

STOPPED: Final = 130
DIVERGED: Final = 4
Handler = Callable[[int, FrameType | None], Any] | int | signal.Handlers | None


class Stop:
    """Turns the first Ctrl-C (or a polite kill) into "stop after this batch", as long as it is open."""

    def __init__(self) -> None:
        self.asked = False
        self._before: dict[signal.Signals, Handler] = {}

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._ask) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            # None stands for a handler that was not set from Python.
            signal.signal(number, signal.SIG_DFL if handler is None else handler)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self.asked = True

    def __call__(self) -> bool:
        return self.asked


def run_index(desk: Desk, *, full: bool = False, as_json: bool = False, err: bool = False) -> None:
    """Index with a bar and say what was done, `err` to standard error."""
    with Stop() as stop, Bar() as bar:
        try:
            report = bring_up_to_date(desk, full=full, progress=bar, stop=stop)
        except IndexStoppedError as stopped:
            click.echo(str(stopped), err=True)
            raise click.exceptions.Exit(STOPPED) from stopped
    said = (
        f"{report.generation}: {report.passages} passages, {report.cases} solved tickets; {report.embedded} embedded, "
        f"{report.updated} updated, {report.removed} removed, {report.unchanged} unchanged in {report.seconds:.1f} s"
    )
    click.echo(json.dumps(asdict(report)) if as_json else said, err=err)


@click.command("index")
@click.option("--full", is_flag=True, help="Embed everything again.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def index_command(*, full: bool, as_json: bool) -> None:
    """Bring the search index in line with the database; only what changed is embedded."""
    run_index(Desk(Settings()), full=full, as_json=as_json)


@click.command("check")
@click.option("--repair", is_flag=True, help="Mend what differs.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def check_command(*, repair: bool, as_json: bool) -> None:
    """Compare the index with the database and verify its files."""
    desk = Desk(Settings())
    found = desk.search.check(desk.source)
    parts = {
        "missing": len(found.missing), "stale": len(found.stale), "orphaned": len(found.orphaned),
        "broken files": len(found.broken_files),
    }  # fmt: skip
    click.echo(json.dumps(parts | {"clean": found.clean}) if as_json else _words(parts, clean=found.clean))
    if found.clean:
        return
    if not repair:
        raise click.exceptions.Exit(DIVERGED)
    # With --json standard output is one object, about what was found.
    run_index(desk, full=False, err=as_json)
    if not desk.search.check(desk.source).clean:
        run_index(desk, full=True, err=as_json)


def _words(parts: dict[str, int], *, clean: bool) -> str:
    if clean:
        return "The index agrees with the database."
    return "The index differs: " + ", ".join(f"{count} {name}" for name, count in parts.items() if count)
