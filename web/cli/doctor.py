"""`deflect doctor`. Invariant: it changes nothing, and each line that is not well says how to mend it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Final

import click

from web.diagnosis import desk, machine
from web.diagnosis.check import Check
from web.settings import Settings

MARKS: Final = {"ok": ("ok  ", "green"), "warning": ("warn", "yellow"), "failed": ("FAIL", "red")}
NOT_WELL: Final = 5


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def doctor_command(*, as_json: bool) -> None:
    """Look at everything that may be wrong; the status is 0 unless something failed."""
    checks = list(diagnosed(Settings(), datetime.now(UTC)))
    bad = any(check.state == "failed" for check in checks)
    if as_json:
        rows = [{"name": c.name, "state": c.state, "says": c.says, "fix": c.fix} for c in checks]
        click.echo(json.dumps({"well": not bad, "checks": rows}, ensure_ascii=False))
    else:
        for check in checks:
            _say(check)
    if bad:
        raise click.exceptions.Exit(NOT_WELL)


def diagnosed(settings: Settings, now: datetime) -> Iterator[Check]:
    """Every check, the machine first."""
    yield machine.python()
    yield desk.attempted("Packages", machine.packages)
    yield machine.sqlite(settings)
    yield desk.attempted("Home", partial(machine.home, settings))
    yield desk.attempted("Disk", partial(machine.disk, settings))
    yield desk.attempted("Clock", partial(machine.clock, now, desk.newest_deed(settings)))
    yield desk.attempted("Port", partial(machine.port, settings))
    yield desk.attempted("Encoder", desk.encoder)
    found, engine = desk.records(settings)
    yield found
    standing = desk.standing_of(engine) if engine is not None else None
    if engine is not None and standing is not None:
        yield desk.attempted("Index", partial(desk.index, settings, engine, standing))
        yield desk.attempted("Errands", partial(desk.errands, standing))
    yield desk.attempted("Model", partial(desk.model, settings))
    yield desk.attempted("Ranker", partial(desk.ranker, settings))
    yield desk.attempted("Backup", partial(desk.backups, settings, now))


def _say(check: Check) -> None:
    mark, colour = MARKS[check.state]
    # The mark carries the meaning; colour is left out where the terminal or the person does not want it.
    shown = click.style(mark, fg=colour) if not os.environ.get("NO_COLOR") else mark
    click.echo(f"{shown}  {check.name:<9} {check.says}")
    if check.fix:
        click.echo(f"      {'':<9} → {check.fix}")
