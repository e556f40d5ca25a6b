"""`deflect evaluate`. Invariant: nothing heavy is imported before one of its commands needs it."""

from __future__ import annotations

import importlib
from typing import Final

import click

COMMANDS: Final = {
    "search": ("web.cli.evaluate_search", "search_command", "How well articles are found."),
    "escalation": ("web.cli.evaluate_escalation", "escalation_command", "How well escalations and teams are foreseen."),
}


class Lazy(click.Group):
    """Commands that are imported when called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, name, _ = COMMANDS[cmd_name]
        found = getattr(importlib.import_module(module), name)
        return found if isinstance(found, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, _, words) in COMMANDS.items()])


@click.group("evaluate", cls=Lazy)
def evaluate_command() -> None:
    """Figures, as a table, JSON and plots."""
