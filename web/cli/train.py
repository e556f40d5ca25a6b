"""`deflect train`. Invariant: says what was trained, on how many tickets, and of the rest why not."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

import click

from classifier.card import Card
from classifier.contract import NothingToTrainError, TrainingReport
from kb.services.training import train
from web.cli.progress import Bar
from web.desk import Desk
from web.settings import Settings

POLITE: Final = 10
"""Whoever serves goes first."""


@click.command("train")
def train_command() -> None:
    """Train every model for which the desk has labels, and say which it could not train and why."""
    os.nice(POLITE)
    desk = Desk(Settings())
    with Bar() as bar, desk.reading() as session:
        try:
            made = train(session, desk.search, desk.escalation, datetime.now(UTC), bar)
        except NothingToTrainError as error:
            raise click.ClickException(f"Nothing was trained. {error}") from error
    for line in lines(made, desk.escalation.card(made.version)):
        click.echo(line)


def lines(made: TrainingReport, card: Card) -> Iterable[str]:
    """The report in words."""
    yield f"Model {made.version} from {made.examples} tickets in {made.seconds:.0f} s: {', '.join(made.trained)}"
    yield f"Measured on {card.measured_on}; in brackets 95 % intervals:"
    for task in made.trained:
        prefix = f"{task} "
        figures = {name.removeprefix(prefix): value for name, value in made.figures.items() if name.startswith(prefix)}
        yield f"  {task} (n = {int(figures.pop('tickets', 0))})"
        for name, value in figures.items():
            low, high = card.intervals.get(prefix + name, (None, None))
            yield f"    {name:<22} {value:.3f}" + ("" if low is None else f"  [{low:.3f}, {high:.3f}]")
    for name, reason in made.skipped.items():
        yield f"  not trained: {name}, because {reason}"
