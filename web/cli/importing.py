"""`deflect import`.

Invariant: a row that cannot be read is named with its line and never keeps the others out; a file that cannot be read
to its end brings in nothing.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
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
from web.connectors.rows import RowError, Told
from web.desk import Desk
from web.rehearsal import rehearsed
from web.settings import Settings

ROWS_A_COMMIT: Final = 500
ERRORS_SHOWN: Final = 20
SOME_ROWS_BAD: Final = 3
R = TypeVar("R", ArticleRecord, TicketRecord)
Rows = Iterator[tuple[int, R] | RowError]


@dataclass(slots=True)
class Report:
    """What became of the rows of one file."""

    counts: Counter[str] = field(default_factory=Counter)
    errors: list[RowError] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    """What has no counterpart here, by name."""


@click.group("import")
def import_command() -> None:
    """Bring in articles or tickets. Running the same file twice changes nothing."""


options = [
    click.argument("path", type=click.Path(path_type=Path)),
    click.option("--map", "mapping", multiple=True, metavar="FIELD=COLUMN", help="Which column feeds which field."),
    click.option("--dry-run", is_flag=True, help="Show the same report and write nothing."),
    click.option("--json", "as_json", is_flag=True, help="The report for programs."),
]


def with_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that both commands take."""
    for option in reversed(options):
        command = option(command)
    return command


@import_command.command("articles")
@with_options
@click.option("--body-format", default=None, help="markdown, html or text; told from the body if left out.")
def articles(path: Path, mapping: tuple[str, ...], body_format: str | None, *, dry_run: bool, as_json: bool) -> None:
    """JSONL, CSV, a folder of Markdown or HTML, a Confluence space export (ZIP), or Zendesk's or Freshdesk's JSON."""
    names = parse_mapping(mapping, ARTICLE_FIELDS)
    dropped: Counter[str] = Counter()

    def read(told: Told) -> Rows[ArticleRecord]:
        # The file is read twice; what is dropped counts once.
        dropped.clear()
        return read_articles(path, names, body_format, told, dropped)

    report = _bring_in(
        read, "articles", import_article, dry_run=dry_run,
        unit="" if path.is_dir() else "B",
    )  # fmt: skip
    report.dropped.update(dropped)
    _say(report, dry_run=dry_run, as_json=as_json)


@import_command.command("confluence")
@click.argument("url")
@click.option("--space", required=True, help="Key of the space.")
@click.option("--user", default="", help="E-mail of the token's owner; needed for Atlassian's cloud.")
def confluence(url: str, space: str, user: str) -> None:
    """Pages of a Confluence space over its interface; the token comes from DEFLECT_CONFLUENCE_TOKEN."""
    from web.cli.exporting import pull

    pull(url, space, user)


@import_command.command("tickets")
@with_options
@click.option("--attribute", "attributes", multiple=True, metavar="COLUMN", help="Keep a column as an attribute.")
def tickets(path: Path, mapping: tuple[str, ...], attributes: tuple[str, ...], *, dry_run: bool, as_json: bool) -> None:
    """JSONL or CSV; gz allowed."""
    names = parse_mapping(mapping, TICKET_FIELDS)
    report = _bring_in(
        lambda told: read_tickets(path, names, attributes, told), "tickets", import_ticket, dry_run=dry_run, unit="B"
    )
    _say(report, dry_run=dry_run, as_json=as_json)


def _bring_in(
    read: Callable[[Told], Rows[R]],
    what: str,
    bring: Callable[[Session, R, datetime], Imported],
    *,
    dry_run: bool,
    unit: str,
) -> Report:
    """Read the file once to its end, then once more to write row by row, committing now and then.

    A dry run goes the same way in a copy of the records that goes away, and commits nothing.
    """
    report, now = Report(), datetime.now(UTC)
    with Bar(unit) as bar, ExitStack() as stack:
        for _ in read(lambda done, total: bar(f"checking {what}", done, total)):
            pass
        desk = Desk(Settings())
        desk = stack.enter_context(rehearsed(desk)) if dry_run else desk
        session = stack.enter_context(desk.writing())
        for record in _new(read(lambda done, total: bar(what, done, total)), report):
            report.counts[bring(session, record, now)] += 1
            if not dry_run and report.counts.total() % ROWS_A_COMMIT == 0:
                session.commit()
                session.expunge_all()
        if not dry_run:
            session.commit()
    return report


def _new(rows: Rows[R], report: Report) -> Iterator[R]:
    """The records; what is none, or would undo an earlier row of the same file, goes to the report."""
    seen: dict[str, tuple[int, int]] = {}
    for number, row in enumerate(rows):
        if isinstance(row, RowError):
            report.errors.append(row)
            continue
        line, record = row
        name = record.slug if isinstance(record, ArticleRecord) else record.id
        first, said = seen.setdefault(name, (number, hash(repr(record))))
        if first != number and said != hash(repr(record)):
            report.errors.append(RowError(line, f"“{name[:80]}” came before in this file, with other values"))
            continue
        yield record


def _say(report: Report, *, dry_run: bool, as_json: bool) -> None:
    counts, errors = report.counts, report.errors
    states = {state: counts[state] for state in ("created", "updated", "unchanged")}
    if as_json:
        rows = [{"line": e.line, "file": e.source, "reason": e.reason} for e in errors]
        left = {"errors": rows, "dropped": dict(report.dropped), "dry_run": dry_run}
        click.echo(json.dumps(states | left, ensure_ascii=False))
    else:
        for error in errors[:ERRORS_SHOWN]:
            click.echo(f"{error.source + ' ' if error.source else ''}line {error.line}: {error.reason}", err=True)
        if len(errors) > ERRORS_SHOWN:
            click.echo(f"… and {len(errors) - ERRORS_SHOWN} more rows with errors", err=True)
        for name, count in report.dropped.most_common():
            click.echo(f"left out {count} times: {name}", err=True)
        said = ", ".join(f"{count} {state}" for state, count in states.items())
        click.echo(f"{'Would be: ' if dry_run else ''}{said}, {len(errors)} with errors")
    if errors:
        raise click.exceptions.Exit(SOME_ROWS_BAD)
