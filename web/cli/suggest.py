"""`deflect search` and `deflect suggest`. Invariant: an output file appears whole or not at all."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from kb.records import TICKET_FIELDS, TicketRecord
from kb.services.asking import Answer, Asked, Hit, ask
from kb.viewers import ANONYMOUS, Viewer
from web.cli.output import replaced
from web.cli.progress import Bar
from web.connectors.files import read_tickets
from web.connectors.mapping import parse_mapping
from web.connectors.rows import RowError
from web.desk import Desk
from web.questions import find
from web.settings import Settings

SOME_ROWS_BAD = 3
EVERYONE = Viewer(role="lead", name="command line")
"""Suggestions for tickets are for agents: internal articles count."""


@click.command("search")
@click.argument("words", nargs=-1, required=True)
@click.option("--limit", default=5, type=click.IntRange(1, 50))
@click.option("--product", default="")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def search_command(words: tuple[str, ...], limit: int, product: str, *, as_json: bool) -> None:
    """What the help centre would show an anonymous customer."""
    desk = Desk(Settings())
    with desk.reading() as session:
        asked = Asked(" ".join(words), product=product)
        answer = find(desk, session, asked, ANONYMOUS, datetime.now(UTC), limit=limit)
    if as_json:
        click.echo(json.dumps(_as_json(answer), ensure_ascii=False, indent=1))
        return
    if answer.note:
        click.echo(answer.note, err=True)
    if not answer.answered:
        click.echo("No good answer found." + (" The nearest articles:" if answer.hits else ""))
    for hit in answer.hits:
        click.echo(f"{hit.rank}. {hit.title}  [{hit.slug}]")
        where = f"{hit.heading}: " if hit.heading else ""
        answering = " … ".join(" ".join(piece.split()) for piece, answers in hit.extract if answers) or hit.passage
        click.echo(f"   {where}{' '.join(answering.split())[:240]}")
        click.echo(f"   {hit.why}; updated {hit.updated_at:%Y-%m-%d}")


def _as_json(answer: Answer) -> dict[str, Any]:
    return {"answered": answer.answered, "note": answer.note, "hits": [_hit(hit) for hit in answer.hits]}


def _hit(hit: Hit) -> dict[str, Any]:
    return {
        "rank": hit.rank, "slug": hit.slug, "title": hit.title, "heading": hit.heading, "anchor": hit.anchor,
        "passage": hit.passage, "extract": [piece for piece, answers in hit.extract if answers], "score": round(hit.score, 6), "why": hit.why, "updated_at": hit.updated_at.isoformat(),
    }  # fmt: skip


@click.command("suggest")
@click.option(
    "--input", "source", required=True, type=click.Path(path_type=Path), help="Tickets, JSONL or CSV, gz allowed."
)
@click.option("--output", required=True, type=click.Path(path_type=Path), help="query_id rank slug score answered")
@click.option("--map", "mapping", multiple=True, metavar="FIELD=COLUMN")
@click.option("--id", "id_column", default=None, help="Column with the ticket's id.")
@click.option("--limit", default=10, type=click.IntRange(1, 100))
def suggest_command(source: Path, output: Path, mapping: tuple[str, ...], id_column: str | None, limit: int) -> None:
    """Suggested articles for many tickets at once, best first."""
    desk = Desk(Settings())
    pairs = (*mapping, f"id={id_column}") if id_column else mapping
    names = parse_mapping(pairs, TICKET_FIELDS)
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter="\t", lineterminator="\n")
    writer.writerow(("query_id", "rank", "slug", "score", "answered"))
    errors: list[RowError] = []
    with Bar("B") as bar, desk.reading() as session:
        for row in read_tickets(source, names, (), lambda done, total: bar("suggesting", done, total)):
            if isinstance(row, RowError):
                errors.append(row)
                continue
            answer = ask(
                session, desk.search, asked_of(row[1]), EVERYONE, datetime.now(UTC), limit=limit, record=False,
                extract=False,
            )  # fmt: skip
            if answer.note and not answer.hits:
                raise click.ClickException(f"{answer.note} Run: deflect index")
            writer.writerows(_lines(row[1].id, answer))
    with replaced(output) as file:
        file.write(buffer.getvalue())
    report(errors)


def asked_of(record: TicketRecord) -> Asked:
    """Only what was known when the ticket was written."""
    return Asked(
        record.subject, record.body, record.product, record.topic, surface="api", locale=record.locale,
        asked_at=record.created_at,
    )  # fmt: skip


def _lines(query_id: str, answer: Answer) -> Sequence[tuple[str, int, str, str, int]]:
    return [(query_id, h.rank, h.slug, f"{h.score:.6f}", int(answer.answered)) for h in answer.hits]


def report(errors: Sequence[RowError]) -> None:
    """Name the rows that were left out, and let the status say so."""
    for error in errors[:20]:
        click.echo(f"line {error.line}: {error.reason}", err=True)
    if errors:
        click.echo(f"{len(errors)} rows left out", err=True)
        raise click.exceptions.Exit(SOME_ROWS_BAD)
