"""`deflect train`. Invariant: says what was trained, on how many tickets, whether it serves, and of the rest why not."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from types import FrameType
from typing import Final

import click

from classifier.card import Card
from classifier.contract import Comparison, TrainingReport
from kb.services.firstdays import FirstDays, first_days
from kb.services.predictions import keep, predicted, undecided
from kb.viewers import COMMAND_LINE
from search.contract import RankerReport
from web.cli.progress import Bar
from web.desk import Desk
from web.settings import Settings
from web.training import BY_HAND, train_once

POLITE: Final = 10
"""Whoever serves goes first."""
WAITING: Final = 500
"""Tickets of which something is said before a few are asked about."""
NOTHING_TRAINED: Final = 1


@click.command("train")
@click.option(
    "--trust", "trusted", multiple=True, metavar="COLUMN",
    help="Learn from this attribute even if it tells the outcome by itself: it is known beforehand.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("--cause", default=BY_HAND, hidden=True)
def train_command(trusted: tuple[str, ...], cause: str, *, as_json: bool) -> None:
    """Train every model for which the desk has labels, and say which it could not train and why.

    What was learned serves only if it is not worse, on the latest tickets, than what serves now.
    """
    os.nice(POLITE)
    signal.signal(signal.SIGTERM, _stop)
    desk = Desk(Settings())
    with Bar() as bar:
        found = train_once(desk, cause, bar, trusted)
    if as_json:
        click.echo(json.dumps(asdict(found)))
        if found.is_empty:
            raise click.exceptions.Exit(NOTHING_TRAINED)
        return
    for line in ranker_lines(found.ranker):
        click.echo(line)
    if found.is_empty:
        raise click.ClickException(f"Nothing was trained. {found.problem}")
    made = found.report
    if made is None:
        click.echo(f"Escalation and teams: not trained. {found.problem}")
        return
    for line in lines(made, desk.escalation.card(made.version), found.averted):
        click.echo(line)
    _ask_for_labels(desk)


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def ranker_lines(made: RankerReport) -> Iterator[str]:
    """What came of the ranker of suggestions, in words."""
    if not made.name:
        yield f"Suggestions: not trained, because {made.reason}"
        return
    serves = "serves now" if made.promoted else "gives the probabilities now, and no order"
    yield f"Suggestions: ranker {made.name} from {made.lessons} solved tickets {serves}. {made.reason}"
    yield from (f"    {name:<28} {value:.3f}" for name, value in made.figures.items())


def lines(made: TrainingReport, card: Card, averted: int) -> Iterator[str]:
    """The report in words."""
    yield f"Model {made.version} from {made.examples} tickets in {made.seconds:.0f} s: {', '.join(made.trained)}"
    yield f"Measured on {card.measured_on}; in brackets 95 % intervals:"
    for task in made.trained:
        yield from _figures(task, made, card)
    for name, reason in made.skipped.items():
        yield f"  not trained: {name}, because {reason}"
    for name, problem in made.left_out.items():
        yield f"  left out: {name}, because {problem}. If it is known beforehand: --trust {name}"
    yield from made.warnings
    if averted:
        yield f"{averted} tickets that somebody took care of in time are not taken for a no."
    if made.curve:
        steps = ", ".join(f"{count} labels {value:.0%}" for count, value in made.curve.items())
        yield f"Learning curve, team named first right: {steps}"
    yield from _verdict(made)


def _figures(task: str, made: TrainingReport, card: Card) -> Iterator[str]:
    prefix = f"{task} "
    figures = {name.removeprefix(prefix): value for name, value in made.figures.items() if name.startswith(prefix)}
    yield f"  {task} (n = {int(figures.pop('tickets', 0))})"
    for name, value in figures.items():
        low, high = card.intervals.get(prefix + name, (None, None))
        yield f"    {name:<22} {value:.3f}" + ("" if low is None else f"  [{low:.3f}, {high:.3f}]")


def _verdict(made: TrainingReport) -> Iterator[str]:
    if made.comparison:
        yield from compared(made.comparison)
    if made.promoted:
        yield f"Model {made.version} serves now."
        return
    yield f"Model {made.version} is stored but does not serve:"
    yield from (f"  {reason}" for reason in made.held)
    yield f"To serve it all the same: deflect models promote {made.version}"


def compared(found: Comparison) -> Iterator[str]:
    """Champion and challenger side by side."""
    when = f" written {found.first} to {found.last}" if found.first else ""
    yield f"Against {found.champion} on {found.tickets} tickets{when} that neither had learned from:"
    for name, one in found.differences.items():
        yield f"    {name:<28} {one.champion:.3f} -> {one.challenger:.3f}  [{one.low:+.3f}, {one.high:+.3f}]"


def _ask_for_labels(desk: Desk) -> None:
    """What the page of models asks for, once it is known what is said of the tickets that wait; the worker would say it next."""
    if _first_days(desk) is None:
        return
    now = datetime.now(UTC)
    with desk.reading() as session:
        tickets = undecided(session, desk.escalation, now, WAITING)
        rows = predicted(session, desk.search, desk.escalation, tickets, now)
    with desk.writing() as session:
        keep(session, rows)
        session.commit()
    found = _first_days(desk)
    if found and found.asked:
        click.echo(f"A team for these tickets would teach most: {', '.join(one.reference for one in found.asked)}")


def _first_days(desk: Desk) -> FirstDays | None:
    with desk.reading() as session:
        return first_days(session, desk.escalation, COMMAND_LINE)
