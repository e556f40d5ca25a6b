"""`deflect export`. Invariant: only published articles leave, and only for those who may read them."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import click

from kb.services.exporting import exported, titles
from kb.services.importing import import_article
from kb.viewers import ANONYMOUS, SYSTEM, Viewer
from web.cli.progress import Bar
from web.connectors.confluence_rest import Access, Confluence
from web.connectors.files import records
from web.connectors.writing import write_article
from web.desk import Desk
from web.settings import Settings

SOME_LEFT = 3


@click.group("export")
def export_command() -> None:
    """Take articles elsewhere."""


@export_command.command("articles")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--public", is_flag=True, help="Only what everybody may read.")
def articles(folder: Path, *, public: bool) -> None:
    """A folder of Markdown with front matter and files; `deflect import articles FOLDER` brings it back."""
    viewer = _viewer(public=public)
    desk = Desk(Settings())
    with desk.reading() as session, Bar() as bar:
        total = len(titles(session, viewer))
        for number, record in enumerate(exported(session, viewer), 1):
            write_article(folder, record)
            bar("articles", number, total)
    click.echo(f"{total} articles written to {folder}")


def access(url: str, space: str, user: str, token: str) -> Access:
    """Where and as whom.

    Raises:
        UsageError: the token is missing.
    """
    if not token:
        raise click.UsageError("Give the token in DEFLECT_CONFLUENCE_TOKEN; it must not stand on the command line.")
    return Access(url, space, token, user)


@export_command.command("confluence")
@click.argument("url")
@click.option("--space", required=True, help="Key of the space.")
@click.option("--user", default="", help="E-mail of the token's owner; needed for Atlassian's cloud.")
@click.option("--public", is_flag=True, help="Only what everybody may read.")
def confluence(url: str, space: str, user: str, *, public: bool) -> None:
    """Write published articles to a Confluence space; the token comes from DEFLECT_CONFLUENCE_TOKEN."""
    viewer = _viewer(public=public)
    desk = Desk(settings := Settings())
    states: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    with (
        desk.reading() as session,
        Confluence(access(url, space, user, settings.confluence_token)) as there,
        Bar() as bar,
    ):
        led = titles(session, viewer)
        for number, record in enumerate(exported(session, viewer), 1):
            state = there.push(record, led, dropped)
            states[state] += 1
            if state == "conflict":
                click.echo(f"{record.slug}: changed there meanwhile and was left alone", err=True)
            bar("articles", number, len(led))
    _tell(dropped)
    click.echo(", ".join(f"{states[state]} {state}" for state in ("created", "updated", "unchanged", "conflict")))
    if states["conflict"]:
        raise click.exceptions.Exit(SOME_LEFT)


def pull(url: str, space: str, user: str) -> None:
    """Bring the pages of a space in."""
    desk = Desk(settings := Settings())
    dropped: Counter[str] = Counter()
    states: Counter[str] = Counter()
    now = datetime.now(UTC)
    with Confluence(access(url, space, user, settings.confluence_token)) as there, desk.writing() as session:
        for row in records(there.pull(dropped)):
            if isinstance(row, tuple):
                states[import_article(session, row[1], now)] += 1
            else:
                click.echo(f"{row.source}: {row.reason}", err=True)
                states["errors"] += 1
        session.commit()
    _tell(dropped)
    click.echo(", ".join(f"{states[state]} {state}" for state in ("created", "updated", "unchanged")))


def _tell(dropped: Counter[str]) -> None:
    for name, number in dropped.most_common():
        click.echo(f"left out {number} times: {name}", err=True)


def _viewer(*, public: bool) -> Viewer:
    return ANONYMOUS if public else SYSTEM
