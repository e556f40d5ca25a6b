"""The command `deflect`. Invariant: nothing heavy is imported before a command needs it, so help is instant."""

from __future__ import annotations

import difflib
import importlib
import os
import sys
from pathlib import Path
from typing import Final

import click

COMMANDS: Final = {
    "demo": ("web.cli.demo", "A home with a demo desk, indexed, trained and served."),
    "serve": ("web.cli.serve", "Run the web service."),
    "worker": ("web.cli.serve", "Run the background worker alone."),
    "import": ("web.cli.importing", "Bring in articles or tickets from files."),
    "export": ("web.cli.exporting", "Take articles elsewhere: a folder of Markdown, a Confluence space."),
    "index": ("web.cli.index", "Bring the search index in line with the database."),
    "check": ("web.cli.index", "Compare the index with the database."),
    "search": ("web.cli.suggest", "What the help centre would show."),
    "suggest": ("web.cli.suggest", "Suggested articles for many tickets at once."),
    "train": ("web.cli.train", "Train every model for which the desk has labels."),
    "predict": ("web.cli.predict", "Escalation and team for many tickets at once."),
    "evaluate": ("web.cli.evaluate", "Figures, as a table, JSON and plots."),
    "models": ("web.cli.models", "List, show, promote and roll back model versions."),
    "synonyms": ("web.cli.synonyms", "Words that mean the same here: list, add, remove."),
    "recurring": ("web.cli.recurring", "Look now for what keeps coming back."),
    "remove": ("web.cli.remove", "Delete an article or a ticket for good."),
    "users": ("web.cli.users", "Add people, set passwords, give keys to programs."),
    "doctor": ("web.cli.doctor", "Diagnose the installation."),
    "backup": ("web.cli.backup", "Write everything to one archive."),
    "restore": ("web.cli.backup", "Bring a home back from an archive."),
    "benchmark": ("web.cli.benchmark", "Measure suggestions and predictions on this machine."),
}
EXAMPLES: Final = """\b
Examples:
  deflect demo                                   try it, with a desk written for that
  deflect import articles help/ --dry-run        what would come in
  deflect import articles help.jsonl.gz --map body=html
  deflect import tickets tickets.csv --map subject=title --attribute site
  deflect index && deflect train && deflect serve
  deflect search "card reader does not connect"
"""


class Lazy(click.Group):
    """A group whose commands are imported when called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        found = getattr(importlib.import_module(COMMANDS[cmd_name][0]), f"{cmd_name}_command")
        if not isinstance(found, click.Command):
            raise TypeError(f"{cmd_name} is not a command")
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], COMMANDS, n=1, cutoff=0.6)
            hint = f" Did you mean: deflect {near[0]}?" if near else " See: deflect --help"
            raise click.UsageError(f"There is no command “{args[0]}”.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])


@click.group(
    cls=Lazy, epilog=None, help=f"A knowledge base that deflects tickets and predicts escalations.\n\n{EXAMPLES}"
)
@click.option("--home", type=click.Path(path_type=Path), default=None, help="Home folder (or DEFLECT_HOME).")
@click.version_option(package_name="deflect", prog_name="deflect")
def cli(home: Path | None) -> None:
    """Keep the home for the command that follows."""
    if home is not None:
        os.environ["DEFLECT_HOME"] = str(home)


def main() -> None:
    """Entry point: any error we know becomes one line and a status."""
    from kb.errors import DeflectError

    try:
        status = cli(standalone_mode=False)
    except click.exceptions.Abort:
        _leave("Stopped.", 130)
    except click.UsageError as error:
        error.show()
        sys.exit(error.exit_code)
    except click.ClickException as error:
        _leave(error.format_message(), error.exit_code)
    except click.exceptions.Exit as leaving:
        sys.exit(leaving.exit_code)
    except DeflectError as error:
        _leave(error.message, 1)
    except BrokenPipeError:
        # The reader of our output left; there is nobody to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except KeyboardInterrupt:
        _leave("Stopped.", 130)
    except Exception as error:  # noqa: BLE001 - the last line of defence: a person never sees a traceback
        from web.cli.trouble import said

        _leave(said(error), 1)
    # What a command raises as its status arrives here as a value.
    sys.exit(status if isinstance(status, int) else 0)


def _leave(message: str, status: int) -> None:
    click.echo(f"deflect: {message}", err=True)
    sys.exit(status)
