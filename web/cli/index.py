"""`deflect index` and `deflect check`. Invariant: stopping keeps what was embedded, and running again goes on."""

from __future__ import annotations

import json
import signal
from types import FrameType

import click

from search.contract import IndexStoppedError
from web.cli.progress import Bar
from web.desk import Desk
from web.freshness import bring_up_to_date
from web.settings import Settings

STOPPED = 130
DIVERGED = 4


class Stop:
    """Turns the first Ctrl-C (or a polite kill) into "stop after this batch"."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self.asked = True

    def __call__(self) -> bool:
        return self.asked


def run_index(desk: Desk, *, full: bool = False) -> None:
    """Index with a bar and say what was done."""
    stop = Stop()
    with Bar() as bar:
        try:
            report = bring_up_to_date(desk, full=full, progress=bar, stop=stop)
        except IndexStoppedError as stopped:
            click.echo(str(stopped), err=True)
            raise click.exceptions.Exit(STOPPED) from stopped
    click.echo(
        f"{report.generation}: {report.passages} passages, {report.cases} solved tickets; {report.embedded} embedded, "
        f"{report.updated} updated, {report.removed} removed, {report.unchanged} unchanged in {report.seconds:.1f} s"
    )


@click.command("index")
@click.option("--full", is_flag=True, help="Embed everything again.")
def index_command(*, full: bool) -> None:
    """Bring the search index in line with the database; only what changed is embedded."""
    run_index(Desk(Settings()), full=full)


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
    run_index(desk, full=False)
    if not desk.search.check(desk.source).clean:
        run_index(desk, full=True)


def _words(parts: dict[str, int], *, clean: bool) -> str:
    if clean:
        return "The index agrees with the database."
    return "The index differs: " + ", ".join(f"{count} {name}" for name, count in parts.items() if count)
