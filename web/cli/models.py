"""`deflect models`. Invariant: what serves changes only by a version's full name, and the way back is said."""

from __future__ import annotations

import json

import click

from web.desk import Desk
from web.settings import Settings

NONE_YET = "No model was trained yet. Run: deflect train"


@click.group("models")
def models_command() -> None:
    """List, show, promote and roll back model versions."""


@models_command.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def models_list(*, as_json: bool) -> None:
    """Stored versions, newest first; the one that serves is marked."""
    versions = Desk(Settings()).escalation.versions()
    if as_json:
        click.echo(
            json.dumps([
                {
                    "version": v.version, "active": v.active, "created_at": v.created_at, "examples": v.examples,
                    "trained": list(v.trained), "figures": dict(v.figures),
                }
                for v in versions
            ])
        )  # fmt: skip
        return
    if not versions:
        click.echo(NONE_YET)
    for v in versions:
        click.echo(f"{'*' if v.active else ' '} {v.version}  {v.examples} tickets  {', '.join(v.trained)}")


@models_command.command("show")
@click.argument("version", required=False)
def models_show(version: str | None) -> None:
    """The model card of a version, or of the one that serves."""
    from classifier.registry import readable

    engine = Desk(Settings()).escalation
    wanted = version or engine.version
    if wanted is None:
        raise click.ClickException(NONE_YET)
    click.echo(readable(engine.card(wanted)))


@models_command.command("promote")
@click.argument("version")
def models_promote(version: str) -> None:
    """Serve that version from now on."""
    engine = Desk(Settings()).escalation
    before = engine.version
    engine.promote(version)
    click.echo(f"Model {version} serves now; before it was {before}. Back with: deflect models promote {before}")
