"""`deflect models`. Invariant: what serves changes only by a version's full name, and the way back is said."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import click
from sqlalchemy.orm import Session

from kb.errors import ConflictError
from kb.services import choosing, promoting, retraining, runs
from kb.services.blind import blind_audit
from kb.services.choosing import Chosen, Wanted
from kb.viewers import COMMAND_LINE
from web.cli.rankers import answers_command, rankers_command, serve_ranker_command
from web.desk import Desk
from web.settings import Settings
from web.training import settle

NONE_YET = "No model was trained yet. Run: deflect train"


@click.group("models")
def models_command() -> None:
    """List, show, promote and roll back model versions; how alarms are decided, how training went, whether it still fits.

    For suggestions: when one is called an answer, and which ranker serves.
    """


for _command in (answers_command, rankers_command, serve_ranker_command):
    models_command.add_command(_command)


@models_command.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def models_list(*, as_json: bool) -> None:
    """Stored versions, newest first; the one that serves is marked."""
    desk = Desk(Settings())
    versions = desk.escalation.versions()
    if as_json:
        click.echo(
            json.dumps([
                {
                    "version": v.version, "active": v.active, "created_at": v.created_at, "examples": v.examples,
                    "trained": list(v.trained), "figures": dict(v.figures),
                }
                for v in versions
            ])
        )  # fmt: skip
        return
    if not versions:
        click.echo(NONE_YET)
    for v in versions:
        click.echo(f"{'*' if v.active else ' '} {v.version}  {v.examples} tickets  {', '.join(v.trained)}")
    if any(v.active for v in versions):
        _tell_choice(desk)


@models_command.command("show")
@click.argument("version", required=False)
def models_show(version: str | None) -> None:
    """The model card of a version, or of the one that serves, and how it did against the one before."""
    from classifier.card import readable
    from web.cli.train import compared

    desk = Desk(Settings())
    engine = desk.escalation
    wanted = version or engine.version
    if wanted is None:
        raise click.ClickException(NONE_YET)
    click.echo(readable(engine.card(wanted)))
    if wanted == engine.version:
        _tell_choice(desk)
    comparison = engine.comparison(wanted)
    for line in compared(comparison) if comparison else ():
        click.echo(line)


@models_command.command("promote")
@click.argument("version")
def models_promote(version: str) -> None:
    """Serve that version from now on."""
    desk = Desk(Settings())
    before = desk.escalation.version or ""
    _audited(desk, lambda s: promoting.promote(s, desk.escalation, COMMAND_LINE, version, before, datetime.now(UTC)))
    click.echo(
        f"Model {version} serves now{f'; before it was {before}' if before else ''}. Back: deflect models rollback"
    )


@models_command.command("rollback")
def models_rollback() -> None:
    """Serve again what served before."""
    desk = Desk(Settings())
    before = desk.escalation.version or ""
    _audited(desk, lambda s: promoting.rollback(s, desk.escalation, COMMAND_LINE, before, datetime.now(UTC)))
    click.echo(f"Model {desk.escalation.version} serves again; {before} is still stored.")


@models_command.command("choose")
@click.option(
    "--per-day", type=click.FloatRange(min=0), default=None, help="As many alarms a day as people can look at."
)
@click.option(
    "--miss", type=click.FloatRange(min=0), default=None, help="A miss weighs as much as so many false alarms."
)
@click.option("--balance", is_flag=True, help="Misses and false alarms weigh alike, as models are trained.")
@click.option("--each-team", is_flag=True, help="Sets of teams hold each team, also a rare one, as often as stated.")
def models_choose(per_day: float | None, miss: float | None, *, balance: bool, each_team: bool) -> None:
    """How alarms are decided: shows what counts and what it meant; with one option, chooses it from now on."""
    desk = Desk(Settings())
    if (per_day is not None) + (miss is not None) + balance > 1:
        raise click.UsageError("Choose one of --per-day, --miss and --balance.")
    if per_day is None and miss is None and not balance:
        if each_team:
            raise click.UsageError("Say with --per-day, --miss or --balance how alarms are decided, too.")
        _tell_choice(desk)
        return
    wanted = Wanted(
        "capacity" if per_day is not None else "cost" if miss is not None else "balance",
        1.0 if miss is None else miss, per_day or 0.0, each_team,
    )  # fmt: skip
    with desk.writing() as session:
        before = choosing.chosen(session, desk.escalation)
        choosing.choose(session, desk.escalation, COMMAND_LINE, wanted, before.number, datetime.now(UTC))
        session.commit()
    _tell_choice(desk)
    click.echo("Tickets that are not solved are decided again by the worker.")


def _tell_choice(desk: Desk) -> None:
    with desk.reading() as session:
        chosen = choosing.chosen(session, desk.escalation)
        meaning = choosing.meaning(session, desk.escalation, COMMAND_LINE)
    click.echo(f"Alarms: {chosen.words}{_since(chosen)}.")
    if chosen.problem:
        click.echo(f"What serves cannot follow that, so it decides as it was trained. {chosen.problem}")
    if meaning is not None:
        click.echo(f"{meaning.text} “Likely to escalate” begins at {meaning.threshold:.1%}.")


def _since(chosen: Chosen) -> str:
    if chosen.at is None:
        return " (as it was trained; nobody chose otherwise yet)"
    return f" (chosen{f' by {chosen.by}' if chosen.by else ''} on {chosen.at:%Y-%m-%d})"


@models_command.command("runs")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("--limit", default=20, type=click.IntRange(1, 500))
def models_runs(limit: int, *, as_json: bool) -> None:
    """How training went, newest first; a run that was killed is called interrupted."""
    desk = Desk(Settings())
    settle(desk)
    with desk.reading() as session:
        found = runs.recent(session, limit)
    if as_json:
        click.echo(json.dumps([_run(run) for run in found], ensure_ascii=False))
        return
    if not found:
        click.echo("Nothing was trained yet. Run: deflect train")
    for run in found:
        version = f"  {run.version}{' (serves or served)' if run.promoted else ' (stored only)'}" if run.version else ""
        note = f"{os.linesep}    {run.note}" if run.note else ""
        click.echo(f"{run.started_at:%Y-%m-%d %H:%M}  {run.state:<11} {run.cause}{version}{note}")


@models_command.command("watch")
def models_watch() -> None:
    """Whether predictions of the last weeks still fit, week by week, and what the list misses."""
    desk = Desk(Settings())
    now = datetime.now(UTC)
    with desk.reading() as session:
        found = retraining.drift(session, desk.escalation, now)
        due = retraining.training_is_due(session, desk.escalation, now)
        audit = blind_audit(session, COMMAND_LINE)
    click.echo("week        tickets  mean  alarms  given  shift  known  seen-said  team right")
    for w in found.weeks:
        click.echo(
            f"{w.start}  {w.tickets:>7}  {_part(w.probability)}  {w.alarms:>6.0%}  {w.given:>5.0%}  "
            f"{'    -' if w.shift is None else f'{w.shift:5.2f}'}  {w.known:>5}  "
            f"{'        -' if w.gap is None else f'{w.gap:+9.2f}'}  {_part(w.team_accuracy):>10}"
        )
    for team in found.teams:
        before, last = team.before, team.last
        click.echo(
            f"{team.team}: named first for {last.right} of its {last.tickets} tickets of the last two weeks, "
            f"for {before.right} of {before.tickets} before"
        )
    for line in found.warnings or ("Nothing differs that chance does not explain.",):
        click.echo(line)
    click.echo(audit.text)
    click.echo(f"Training is due: {due}" if due else "Training is not due.")


def _part(value: float | None) -> str:
    return "   -" if value is None else f"{value:4.0%}"


def _run(run: runs.RunView) -> dict[str, Any]:
    return {
        "id": run.id, "state": run.state, "cause": run.cause, "started_at": run.started_at.isoformat(),
        "ended_at": run.ended_at.isoformat() if run.ended_at else None, "version": run.version,
        "promoted": run.promoted, "examples": run.examples, "note": run.note,
    }  # fmt: skip


def _audited(desk: Desk, deed: Callable[[Session], object]) -> None:
    """Do it and commit; a refusal is in the audit log too."""
    with desk.writing() as session:
        try:
            deed(session)
        except ConflictError:
            session.commit()
            raise
        session.commit()
