"""`deflect predict`. Invariant: what only history knows is never read, and the output appears whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final, TextIO

import click

from classifier.contract import Choice, Prediction
from kb.records import OUTCOME_FIELDS, TICKET_FIELDS, TicketRecord
from kb.services.choosing import choice_of, decided
from kb.services.training import embedded, rows
from web.cli.output import replaced
from web.cli.progress import Bar
from web.cli.suggest import report
from web.connectors.files import read_tickets
from web.connectors.mapping import parse_mapping
from web.connectors.rows import RowError
from web.desk import Desk
from web.settings import Settings

BATCH: Final = 256
KNOWN_BEFORE: Final = tuple(name for name in TICKET_FIELDS if name not in OUTCOME_FIELDS)


@click.command("predict")
@click.option(
    "--input", "source", required=True, type=click.Path(path_type=Path), help="Tickets, JSONL or CSV, gz allowed."
)
@click.option("--output", required=True, type=click.Path(path_type=Path), help="One JSON object a ticket.")
@click.option("--map", "mapping", multiple=True, metavar="FIELD=COLUMN", help="Which column feeds which field.")
@click.option("--attribute", "attributes", multiple=True, metavar="COLUMN", help="A column that was trained with.")
@click.option("--id", "id_column", default=None, help="Column with the ticket's id.")
@click.option("--limit", default=10, type=click.IntRange(1, 10), help="Teams named for a ticket.")
def predict_command(
    source: Path, output: Path, mapping: tuple[str, ...], attributes: tuple[str, ...], id_column: str | None, limit: int
) -> None:
    """Escalation and team for many tickets at once.

    A part that was not trained is null, never a default "no". Columns that tell the outcome are not read. What came
    before a ticket is read from the desk's own tickets, as they stood at its created_at.
    """
    desk = Desk(Settings())
    with desk.reading() as session:
        choice = choice_of(session)
    names = parse_mapping((*mapping, f"id={id_column}") if id_column else mapping, TICKET_FIELDS)
    names = {field: column for field, column in names.items() if field in KNOWN_BEFORE}
    errors: list[RowError] = []
    with Bar("B") as bar, replaced(output) as file:
        found = read_tickets(
            source, names, attributes, lambda done, total: bar("predicting", done, total), KNOWN_BEFORE
        )
        missing, undated = _write(desk, _records(found, errors), file, limit, choice)
    for part in missing:
        click.echo(f"Not available: {part}. See: deflect models show", err=True)
    if undated:
        click.echo(f"Without what came before, because created_at is not known: {undated} tickets", err=True)
    report(errors)


def _records(found: Iterator[tuple[int, TicketRecord] | RowError], errors: list[RowError]) -> Iterator[TicketRecord]:
    for row in found:
        if isinstance(row, RowError):
            errors.append(row)
        else:
            yield row[1]


def _write(
    desk: Desk, records: Iterator[TicketRecord], file: TextIO, limit: int, choice: Choice | None
) -> tuple[list[str], int]:
    """Write all predictions, decided by the lead's choice; which parts no prediction had, in words, and how many had no date."""
    desk.escalation.predict([])  # without a model this fails before any file is read
    chances = teams = total = undated = 0
    while some := list(islice(records, BATCH)):
        with desk.reading() as session:
            seen = rows(session, some)
        made = decided(desk.escalation, embedded(desk.search, seen), choice)
        file.writelines(json.dumps(as_json(one, limit), ensure_ascii=False) + "\n" for one in made)
        total, undated = total + len(made), undated + sum(one.created_at is None for one in some)
        chances += sum(one.probability is not None for one in made)
        teams += sum(bool(one.teams) for one in made)
    parts = (("whether a ticket escalates (its probability is null)", chances), ("teams (the list is empty)", teams))
    return [name for name, count in parts if total and not count], undated


def as_json(prediction: Prediction, limit: int = 10) -> dict[str, Any]:
    """The contract's form; `level` and `notes` only where there is something to say."""
    found: dict[str, Any] = {
        "id": prediction.id,
        "escalate": {
            "probability": prediction.probability, "decision": prediction.decision,
            "reasons": [{"text": reason.text, "weight": reason.weight} for reason in prediction.reasons],
        },
        "teams": [{"team": share.team, "probability": share.probability} for share in prediction.teams[:limit]],
        "set": list(prediction.team_set),
        "model": prediction.model,
    }  # fmt: skip
    more = {"level": prediction.level, "notes": list(prediction.notes)}
    return found | {name: value for name, value in more.items() if value}
