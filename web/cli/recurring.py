"""`deflect recurring`. Invariant: looking takes no lock, and what was found takes the place of what the last look found."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import click

from kb.services import recurring
from kb.services.recurring import IssueView
from kb.viewers import SYSTEM
from web.cli.progress import Bar
from web.desk import Desk
from web.settings import Settings

SHOWN = 20


@click.command("recurring")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def recurring_command(*, as_json: bool) -> None:
    """Look for what keeps coming back: tickets without an article, and questions without an answer. The worker does it daily."""
    desk, now = Desk(Settings()), datetime.now(UTC)
    with Bar() as bar:
        for kind in recurring.KINDS:
            with desk.reading() as session:
                found = recurring.gathered(session, desk.search, desk.cluster, kind, now, bar)
            with desk.writing() as session:
                recurring.keep(session, kind, found, now)
                session.commit()
    with desk.reading() as session:
        issues = recurring.issues(session, SYSTEM, limit=10_000 if as_json else SHOWN)
    click.echo(json.dumps([_plain(one) for one in issues]) if as_json else _told(issues))


def _plain(one: IssueView) -> dict[str, Any]:
    return {
        "id": one.id, "kind": one.kind, "name": one.name, "terms": list(one.terms), "size": one.size, "hours": one.hours,
        "first_at": one.first_at.isoformat(), "last_at": one.last_at.isoformat(), "article": one.article,
        "references": list(one.references),
    }  # fmt: skip


def _told(issues: Sequence[IssueView]) -> str:
    if not issues:
        return "Nothing keeps coming back."
    return "\n".join(f"{one.size:6} {one.kind}, {one.hours:.0f} hours: {one.name}" for one in issues)
