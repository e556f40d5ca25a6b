"""`deflect import`. Invariant: a row that cannot be read is named with its line, and never keeps the others out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

import click
from sqlalchemy.orm import Session

from kb.records import ARTICLE_FIELDS, TICKET_FIELDS, ArticleRecord, TicketRecord
from kb.services.importing import Imported, import_article, import_ticket
from web.cli.progress import Bar
from web.connectors.files import read_articles, read_tickets
from web.connectors.mapping import parse_mapping
from web.connectors.rows import RowError, SourceError
from web.desk import Desk
from web.settings import Settings

ROWS_A_COMMIT: Final = 500
ERRORS_SHOWN: Final = 20
SOME_ROWS_BAD: Final = 3
R = TypeVar("R", ArticleRecord, TicketRecord)


@click.group("import")
def import_command() -> None:
    """Bring in articles or tickets. Running the same file twice changes nothing."""


options = [
    click.argument("path", type=click.Path(path_type=Path)),
    click.option("--map", "mapping", multiple=True, metavar="FIELD=COLUMN", help="Which column feeds which field."),
    click.option("--dry-run", is_flag=True, help="Show the same report and write nothing."),
]


def with_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that both commands take."""
    for option in reversed(options):
        command = option(command)
    return command


@import_command.command("articles")
@with_options
@click.option("--body-format", default=None, help="markdown, html or text; told from the body if left out.")
def articles(path: Path, mapping: tuple[str, ...], body_format: str | None, *, dry_run: bool) -> None:
    """JSONL, CSV, or a folder of Markdown or HTML; gz allowed."""
    names = parse_mapping(mapping, ARTICLE_FIELDS)
    with Bar("" if path.is_dir() else "B") as bar:
        rows = read_articles(path, names, body_format, lambda done, total: bar("articles", done, total))
        _bring_in(rows, import_article, dry_run=dry_run)


@import_command.command("tickets")
@with_options
@click.option("--attribute", "attributes", multiple=True, metavar="COLUMN", help="Keep a column as an attribute.")
def tickets(path: Path, mapping: tuple[str, ...], attributes: tuple[str, ...], *, dry_run: bool) -> None:
    """JSONL or CSV; gz allowed."""
    names = parse_mapping(mapping, TICKET_FIELDS)
    with Bar("B") as bar:
        rows = read_tickets(path, names, attributes, lambda done, total: bar("tickets", done, total))
        _bring_in(rows, import_ticket, dry_run=dry_run)


def _bring_in(
    rows: Iterator[tuple[int, R] | RowError], bring: Callable[[Session, R, datetime], Imported], *, dry_run: bool
) -> None:
    """Write row by row, committing now and then; a dry run goes the same way and never commits."""
    desk = Desk(Settings())
    now = datetime.now(UTC)
    counts: Counter[str] = Counter()
    errors: list[RowError] = []
    with desk.writing() as session:
        try:
            for row in rows:
                if isinstance(row, RowError):
                    errors.append(row)
                    continue
                counts[bring(session, row[1], now)] += 1
                if not dry_run and counts.total() % ROWS_A_COMMIT == 0:
                    session.commit()
                    session.expunge_all()
        except SourceError:
            if counts and not dry_run:
                session.commit()
            raise
        if dry_run:
            session.rollback()
        else:
            session.commit()
    _report(counts, errors, dry_run=dry_run)


def _report(counts: Counter[str], errors: list[RowError], *, dry_run: bool) -> None:
    for error in errors[:ERRORS_SHOWN]:
        click.echo(f"{error.source + ' ' if error.source else ''}line {error.line}: {error.reason}", err=True)
    if len(errors) > ERRORS_SHOWN:
        click.echo(f"… and {len(errors) - ERRORS_SHOWN} more rows with errors", err=True)
    said = ", ".join(f"{counts[state]} {state}" for state in ("created", "updated", "unchanged"))
    click.echo(f"{'Would be: ' if dry_run else ''}{said}, {len(errors)} with errors")
    if errors:
        raise click.exceptions.Exit(SOME_ROWS_BAD)
