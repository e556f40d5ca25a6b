"""`deflect train`, `predict` and `models`. Invariant: a prediction never reads what only history knows."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from classifier.contract import NothingToTrainError, Prediction
from kb.records import TICKET_FIELDS, TicketRecord
from kb.services.training import embedded, rows, train
from web.cli.output import replaced
from web.cli.progress import Bar
from web.cli.suggest import report
from web.connectors.files import read_tickets
from web.connectors.mapping import parse_mapping
from web.connectors.rows import RowError
from web.desk import Desk
from web.settings import Settings

BATCH = 256


@click.command("train")
def train_command() -> None:
    """Train every model for which the desk has labels, and say which it could not train and why."""
    desk = Desk(Settings())
    with Bar() as bar, desk.reading() as session:
        try:
            made = train(session, desk.search, desk.escalation, datetime.now(UTC), bar)
        except NothingToTrainError as error:
            raise click.ClickException(f"Nothing was trained. {error}") from error
    click.echo(f"Model {made.version} from {made.examples} tickets in {made.seconds:.0f} s: {', '.join(made.trained)}")
    for name, value in made.figures.items():
        click.echo(f"  {name}: {value:.4g}")
    for name, reason in made.skipped.items():
        click.echo(f"  not trained: {name}, because {reason}")


@click.command("predict")
@click.option(
    "--input", "source", required=True, type=click.Path(path_type=Path), help="Tickets, JSONL or CSV, gz allowed."
)
@click.option("--output", required=True, type=click.Path(path_type=Path), help="One JSON object a ticket.")
@click.option("--map", "mapping", multiple=True, metavar="FIELD=COLUMN")
@click.option("--attribute", "attributes", multiple=True, metavar="COLUMN")
@click.option("--id", "id_column", default=None, help="Column with the ticket's id.")
def predict_command(
    source: Path, output: Path, mapping: tuple[str, ...], attributes: tuple[str, ...], id_column: str | None
) -> None:
    """Escalation and team for many tickets at once."""
    desk = Desk(Settings())
    names = parse_mapping((*mapping, f"id={id_column}") if id_column else mapping, TICKET_FIELDS)
    errors: list[RowError] = []
    waiting: list[TicketRecord] = []
    with Bar("B") as bar, replaced(output) as file:
        for row in read_tickets(source, names, attributes, lambda done, total: bar("predicting", done, total)):
            if isinstance(row, RowError):
                errors.append(row)
                continue
            waiting.append(row[1])
            if len(waiting) == BATCH:
                file.writelines(_predicted(desk, waiting))
                waiting = []
        file.writelines(_predicted(desk, waiting))
    report(errors)


def _predicted(desk: Desk, records: list[TicketRecord]) -> list[str]:
    made = desk.escalation.predict(embedded(desk.search, rows(records)))
    return [json.dumps(as_json(prediction), ensure_ascii=False) + "\n" for prediction in made]


def as_json(prediction: Prediction) -> dict[str, Any]:
    """The contract's form."""
    return {
        "id": prediction.id,
        "escalate": {
            "probability": prediction.probability, "decision": prediction.decision,
            "reasons": [{"text": reason.text, "weight": reason.weight} for reason in prediction.reasons],
        },
        "teams": [{"team": share.team, "probability": share.probability} for share in prediction.teams],
        "set": list(prediction.team_set),
        "level": prediction.level,
        "model": prediction.model,
    }  # fmt: skip


@click.group("models")
def models_command() -> None:
    """List, show and promote model versions."""


@models_command.command("list")
@click.option("--json", "as_json_", is_flag=True)
def models_list(*, as_json_: bool) -> None:
    """Stored versions, newest first."""
    versions = Desk(Settings()).escalation.versions()
    if as_json_:
        click.echo(
            json.dumps([{"version": v.version, "active": v.active, "figures": dict(v.figures)} for v in versions])
        )
        return
    if not versions:
        click.echo("No model was trained yet. Run: deflect train")
    for version in versions:
        click.echo(
            f"{'*' if version.active else ' '} {version.version}  {version.examples} tickets  {', '.join(version.trained)}"
        )


@models_command.command("show")
@click.argument("version", required=False)
def models_show(version: str | None) -> None:
    """The model card of a version, or of the active one."""
    from classifier.registry import readable

    engine = Desk(Settings()).escalation
    wanted = version or engine.version
    if wanted is None:
        raise click.ClickException("No model was trained yet. Run: deflect train")
    click.echo(readable(engine.card(wanted)))


@models_command.command("promote")
@click.argument("version")
def models_promote(version: str) -> None:
    """Serve that version from now on."""
    engine = Desk(Settings()).escalation
    before = engine.version
    engine.promote(version)
    click.echo(f"Model {version} serves now; before it was {before}. Back with: deflect models promote {before}")
