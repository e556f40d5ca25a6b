"""`deflect users`. Invariant: a password is prompted for, read from standard input or made here and shown once; never an argument."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import Final

import click
from sqlalchemy.orm import Session

from kb.passwords import generated
from kb.services import accounts, audit
from kb.viewers import COMMAND_LINE
from web.desk import Desk
from web.settings import Settings

ROLES: Final = ("customer", "agent", "lead", "operator")
KEY_DAYS: Final = 90


def _written(session: Session, action: str, email: str, **details: str | int) -> None:
    """Commit, with the deed in the audit log."""
    audit.record(
        session, COMMAND_LINE, action, f"account:{email.strip().casefold()}"[:200], datetime.now(UTC), **details
    )
    session.commit()


def _given(*, from_stdin: bool, made: bool) -> tuple[str, bool]:
    """A password, and whether it was made here: from standard input, from a person at a terminal, or generated."""
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
        if not password:
            raise click.ClickException("Standard input holds no password. Write it on the first line.")
        return password, False
    if made or not sys.stdin.isatty():
        return generated(), True
    return click.prompt("Password", hide_input=True, confirmation_prompt="Again"), False


EXAMPLES: Final = """\b
Examples:
  deflect users add ada@example.com --role lead --name "Ada Byrne" --team Payments
  deflect users set-password ada@example.com
  deflect users key ada@example.com --name "ticket sync"
"""


@click.group("users", help=f"Add people, set passwords, give keys to programs.\n\n{EXAMPLES}")
def users_command() -> None:
    """Hold the commands below."""


password_options = (
    click.option("--password-stdin", "from_stdin", is_flag=True, help="Read the password from standard input."),
    click.option("--generate", "made", is_flag=True, help="Make one and show it once (the way without a terminal)."),
)


@users_command.command("add")
@click.argument("email")
@click.option("--role", type=click.Choice(ROLES), default="agent", show_default=True)
@click.option("--name", default="", help="As others see it; the address if left out.")
@click.option("--team", default=None, help="A team that exists.")
@password_options[0]
@password_options[1]
def users_add(email: str, role: str, name: str, team: str | None, *, from_stdin: bool, made: bool) -> None:
    """Let somebody in."""
    desk = Desk(Settings())
    password, shown = _given(from_stdin=from_stdin, made=made)
    with desk.writing() as session:
        new = accounts.NewPerson(email, name, role, password, team)
        person = accounts.create_account(session, new, datetime.now(UTC))
        _written(session, "person added", person.email, role=role)
    click.echo(f"{person.email} is {role}." + (f" Password, shown this once: {password}" if shown else ""))


@users_command.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def users_list(*, as_json: bool) -> None:
    """Everybody who may enter."""
    with Desk(Settings()).reading() as session:
        people = accounts.people(session)
    if as_json:
        fields = ("email", "name", "role", "team", "disabled", "demo")
        click.echo(json.dumps([{field: getattr(person, field) for field in fields} for person in people]))
        return
    if not people:
        click.echo("Nobody yet. The first: deflect users add you@example.com --role operator")
    for person in people:
        marks = [word for word, holds in (("disabled", person.disabled), ("demo", person.demo)) if holds]
        click.echo(
            f"{person.role:<9} {person.email:<34} {person.name:<24} {person.team or '-':<16} {' '.join(marks)}".rstrip()
        )


@users_command.command("set-password")
@click.argument("email")
@password_options[0]
@password_options[1]
def users_set_password(email: str, *, from_stdin: bool, made: bool) -> None:
    """Give a new password; every session and key of the account ends."""
    desk = Desk(Settings())
    password, shown = _given(from_stdin=from_stdin, made=made)
    with desk.writing() as session:
        accounts.set_password(session, email, password, datetime.now(UTC))
        _written(session, "password set", email)
    click.echo("The password is set." + (f" Shown this once: {password}" if shown else ""))


@users_command.command("disable")
@click.argument("email")
def users_disable(email: str) -> None:
    """Shut somebody out at once; what they wrote stays."""
    with Desk(Settings()).writing() as session:
        accounts.disable(session, email, datetime.now(UTC))
        _written(session, "person disabled", email)
    click.echo(f"{email} cannot enter any more. Back with: deflect users enable {email}")


@users_command.command("enable")
@click.argument("email")
def users_enable(email: str) -> None:
    """Let somebody in again."""
    with Desk(Settings()).writing() as session:
        accounts.enable(session, email)
        _written(session, "person enabled", email)
    click.echo(f"{email} can enter again.")


@users_command.command("key")
@click.argument("email")
@click.option("--name", required=True, help="What it is for, such as “ticket sync”.")
@click.option("--days", type=click.IntRange(1, 730), default=KEY_DAYS, show_default=True, help="When it expires.")
def users_key(email: str, name: str, days: int) -> None:
    """A key for a program that acts as that person; shown this once, on standard output alone."""
    with Desk(Settings()).writing() as session:
        key = accounts.create_key(session, email, name, datetime.now(UTC), days=days)
        _written(session, "key given", email, days=days)
    click.echo(f"For {email}, {days} days. Send it as: Authorization: Bearer KEY", err=True)
    click.echo(key)
