"""`deflect demo`. Invariant: it never mixes with records of a desk's own unless told, and no password is a default one."""

from __future__ import annotations

import signal
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from kb.services import demo as demo_desk
from kb.services.predictions import predict_waiting
from web.cli.index import run_index
from web.cli.progress import Bar
from web.cli.serve import serve
from web.cli.train import ranker_lines
from web.demo.desk import COMPANY, sample_questions
from web.demo.loading import Entry, load
from web.demo.removing import remove
from web.desk import Desk
from web.settings import Settings
from web.training import train_once

AT_ONCE: Final = 20
MIXED: Final = (
    "{home} holds records of your own ({held}), and the demo desk would stand among them. "
    "Choose another home (--home demo-home), or add --mix."
)


@click.command("demo")
@click.option("--port", type=click.IntRange(0, 65535), default=None, help="Port (or DEFLECT_PORT); 0 takes a free one.")
@click.option("--no-serve", is_flag=True, help="Prepare the home, and leave serving to: deflect serve")
@click.option("--mix", is_flag=True, help="Bring it in among records of your own.")
@click.option("--remove", "away", is_flag=True, help="Take the demo desk away again; your own records stay.")
def demo_command(port: int | None, *, no_serve: bool, mix: bool, away: bool) -> None:
    """A home with a demo desk: Brasswick, a company that does not exist. Made once, served at once the next time."""
    settings = Settings() if port is None else Settings().model_copy(update={"port": port})
    desk = Desk(settings)
    if away:
        _remove(desk)
        return
    said = "\n".join([*_prepared(desk, mix=mix), ""])
    if no_serve:
        click.echo(f"{said}Serve it with: deflect{_home(desk.settings.home)} serve")
    else:
        serve(desk, said)


def _prepared(desk: Desk, *, mix: bool) -> list[str]:
    """Do what is still missing; what was interrupted goes on from there. Answers what to tell."""
    entries = _load(desk, mix=mix)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    if desk.search.generation is None:
        run_index(desk)
        for number, handler in handlers.items():
            signal.signal(number, handler)
    if desk.escalation.version is None:
        _train(desk)
    _predict(desk)
    return _words(desk, entries)


def _load(desk: Desk, *, mix: bool) -> list[Entry]:
    with desk.reading() as session:
        found = demo_desk.standing(session)
    if found.present:
        return []
    if found.mixed and not mix:
        held = ", ".join(f"{count:,} {name}" for name, count in found.own.items() if count)
        raise click.ClickException(MIXED.format(home=desk.settings.home, held=held))
    with Bar() as bar, desk.writing() as session:
        entries = load(session, datetime.now(UTC), bar)
        session.commit()
    return entries


def _train(desk: Desk) -> None:
    with Bar() as bar:
        made = train_once(desk, progress=bar)
    for line in ranker_lines(made.ranker):
        click.echo(line, err=True)
    if made.report is None:
        click.echo(f"Escalation and teams: not trained. {made.problem}", err=True)
        return
    report = made.report
    click.echo(f"Model {report.version} from {report.examples} tickets in {report.seconds:.0f} s", err=True)


def _predict(desk: Desk) -> None:
    done = 0
    while desk.escalation.version is not None:
        with desk.writing() as session:
            made = predict_waiting(session, desk.search, desk.escalation, datetime.now(UTC), limit=AT_ONCE)
            session.commit()
        done += made
        if made < AT_ONCE:
            break
    if done:
        click.echo(f"{done} waiting tickets predicted", err=True)


def _words(desk: Desk, entries: list[Entry]) -> list[str]:
    questions = sample_questions()
    lines = [f"The desk of {COMPANY}, which does not exist, is ready. Try in the help centre:"]
    lines += [f"  {question}" for question in questions[:3]]
    if not entries:
        return [*lines, "Passwords were shown when it was made. A new one: deflect users set-password EMAIL"]
    lines.append("Sign in (these passwords are shown this once; the help centre needs none):")
    width = max(len(entry.email) for entry in entries)
    lines += [f"  {entry.role:<9} {entry.email:<{width}}  {entry.password}" for entry in entries]
    return [*lines, f"Take it away again with: deflect{_home(desk.settings.home)} demo --remove"]


def _home(home: Path) -> str:
    return "" if home == Settings.model_fields["home"].default else f" --home {home}"


def _remove(desk: Desk) -> None:
    gone = remove(desk, datetime.now(UTC))
    if gone is None:
        click.echo("There is no demo desk in this home.")
        return
    records = gone.records
    click.echo(f"Gone: {records.articles:,} articles, {records.tickets:,} tickets, {records.people:,} people.")
    if records.kept_teams:
        click.echo(f"Teams that your own records name stay: {', '.join(records.kept_teams)}.")
    if gone.retired:
        click.echo(f"Model {gone.retired} knew nothing else and no longer serves. Train your own: deflect train")
    if gone.tainted:
        click.echo(f"Model {gone.tainted} has learned from it too. Train again: deflect train")
    if desk.search.generation is not None:
        run_index(desk)
