"""`deflect synonyms`. Invariant: what a lead may do on a page, an operator may do here, and both are audited alike."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import click

from kb.services import synonyms
from kb.viewers import SYSTEM
from web.desk import Desk
from web.settings import Settings


@click.group("synonyms")
def synonyms_command() -> None:
    """Words that mean the same here: a search for one finds the others too."""


@synonyms_command.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def synonyms_list(*, as_json: bool) -> None:
    """What serves now, and what rephrased searches propose."""
    with Desk(Settings()).reading() as session:
        groups = synonyms.listed(session, SYSTEM)
        proposed = synonyms.proposals(session, SYSTEM, datetime.now(UTC))
    if as_json:
        click.echo(json.dumps({
            "groups": [{"id": group.id, "words": group.words} for group in groups],
            "proposals": [{"words": one.words, "people": one.people, "times": one.times} for one in proposed],
        }, ensure_ascii=False))  # fmt: skip
        return
    for group in groups:
        click.echo(f"{group.id}: {' = '.join(group.words)}")
    for one in proposed:
        seen = f"{one.times} times by {one.people} people"
        click.echo(f"proposed: {' = '.join(one.words)}, put in each other's place {seen}")
    if not groups and not proposed:
        click.echo('No synonyms yet. Add some with: deflect synonyms add "wi-fi" "wireless network"')


@synonyms_command.command("add")
@click.argument("words", nargs=-1, required=True)
def synonyms_add(words: tuple[str, ...]) -> None:
    """Let words or phrases stand for each other, from the next search on."""
    with Desk(Settings()).writing() as session:
        saved = synonyms.save(session, SYSTEM, words, datetime.now(UTC))
        session.commit()
    click.echo(f"{saved.id}: {' = '.join(saved.words)}")


@synonyms_command.command("decline")
@click.argument("words", nargs=-1, required=True)
def synonyms_decline(words: tuple[str, ...]) -> None:
    """Do not propose those words for each other again."""
    with Desk(Settings()).writing() as session:
        synonyms.decline(session, SYSTEM, words, datetime.now(UTC))
        session.commit()


@synonyms_command.command("remove")
@click.argument("number", type=int)
def synonyms_remove(number: int) -> None:
    """Take one group away, by its number."""
    with Desk(Settings()).writing() as session:
        synonyms.remove(session, SYSTEM, number, datetime.now(UTC))
        session.commit()
