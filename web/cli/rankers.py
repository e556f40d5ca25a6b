"""`deflect models answers`, `rankers` and `serve-ranker`. Invariant: as on the lead's page, and audited alike."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime

import click

from kb.errors import ConflictError
from kb.services import answers, rankers
from kb.services.rankers import RankerVersion
from kb.viewers import COMMAND_LINE
from web.desk import Desk
from web.settings import Settings

FIXED = "fixed"


@click.command("answers")
@click.option("--risk", type=click.FloatRange(0, 1), default=None, metavar="SHARE",
              help="Of the questions without an article, how many may be answered all the same.")  # fmt: skip
@click.option("--balance", is_flag=True, help="Wrong answers and missing answers weigh alike.")
def answers_command(risk: float | None, *, balance: bool) -> None:
    """When a suggestion is called an answer: shows what counts and what it means; with an option, chooses it."""
    if risk is not None and balance:
        raise click.UsageError("Choose one of --risk and --balance.")
    desk = Desk(Settings())
    if risk is not None or balance:
        with desk.writing() as session:
            before = answers.chosen(session, desk.search)
            answers.choose(session, desk.search, COMMAND_LINE, risk, before.number, datetime.now(UTC))
            session.commit()
    with desk.reading() as session:
        chosen = answers.chosen(session, desk.search)
    click.echo(f"{chosen.words}.")
    meant = answers.meaning(desk.search, COMMAND_LINE, chosen.share)
    if meant is None:
        click.echo("What that means is known once a ranker was learned from solved tickets: deflect train")
        return
    click.echo(
        f"From {meant.bar:.0%} on: of tickets whose article is here {meant.answered:.0%} get an answer, "
        f"{meant.right:.0%} of the answers are right, and {meant.refused:.0%} of those whose article is missing are told so."
    )


@click.command("rankers")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def rankers_command(*, as_json: bool) -> None:
    """Stored rankers of suggestions, newest first; the one that serves is marked."""
    found = rankers.listed(Desk(Settings()).search, COMMAND_LINE)
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found]))
        return
    if not any(one.serves for one in found):
        click.echo(f"* {FIXED}: the fixed rule")
    for one in found:
        click.echo(f"{'*' if one.serves else ' '} {one.name}  {one.at[:16]}  {one.lessons} tickets  {_learned(one)}")


@click.command("serve-ranker")
@click.argument("name")
def serve_ranker_command(name: str) -> None:
    """Rank by that version from now on, with the encoder tuned for it; “fixed” is the fixed rule."""
    desk = Desk(Settings())
    before = next((one.name for one in rankers.listed(desk.search, COMMAND_LINE) if one.serves), "")
    wanted = "" if name == FIXED else name
    with desk.writing() as session:
        try:
            rankers.serve(session, desk.search, COMMAND_LINE, wanted, before, datetime.now(UTC))
        except ConflictError:
            # The refusal was written down.
            session.commit()
            raise
        session.commit()
    click.echo(f"Ranked by {name} from now on. Back: deflect models serve-ranker {before or FIXED}")


def _learned(one: RankerVersion) -> str:
    what = "order and probabilities" if one.orders else "probabilities; the fixed rule orders"
    tuned = ", encoder" if one.tuned and one.orders else ""
    figures = one.figures
    return f"{what}{tuned}  MRR@10 {figures.get('learned mrr@10', 0):.3f} (fixed rule {figures.get('fixed mrr@10', 0):.3f})"
