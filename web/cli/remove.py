"""`deflect remove`. Invariant: nothing is deleted that was not named, and none of it comes back."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from kb.services import removing
from kb.viewers import SYSTEM
from web.desk import Desk
from web.settings import Settings


@click.group("remove")
def remove_command() -> None:
    """Delete records for good. Whoever may want an article back archives it instead."""


@remove_command.command("article")
@click.argument("slug")
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove_article(slug: str, *, yes: bool) -> None:
    """An article with its history, files, votes and links."""
    _sure(f"Delete the article {slug} for good?", yes=yes)
    with Desk(Settings()).writing() as session:
        removing.remove_article(session, SYSTEM, slug, datetime.now(UTC))
        session.commit()
    click.echo(f"deleted {slug}; nobody is shown it any more")


@remove_command.command("ticket")
@click.argument("reference")
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove_ticket(reference: str, *, yes: bool) -> None:
    """A ticket with its thread, links, predictions and what was suggested for it."""
    _sure(f"Delete the ticket {reference} for good?", yes=yes)
    with Desk(Settings()).writing() as session:
        removing.remove_ticket(session, SYSTEM, reference, datetime.now(UTC))
        session.commit()
    click.echo(f"deleted {reference}; it speaks for no article any more")


def _sure(question: str, *, yes: bool) -> None:
    if not yes:
        click.confirm(question, abort=True)
