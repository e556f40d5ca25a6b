from __future__ import annotations

import contextlib
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import click
import pytest

from tests.cli.command import DEFLECT, deflect, environment
from web.cli import COMMANDS, Lazy, cli

HEAVY = {
    "alembic", "argon2", "bs4", "faiss", "fastapi", "lxml", "matplotlib", "numpy", "onnxruntime", "pandas",
    "pydantic", "pydantic_settings", "scipy", "search", "classifier", "sentence_transformers", "sklearn", "sqlalchemy",
    "starlette", "tantivy", "tokenizers", "torch", "tqdm", "transformers", "uvicorn", "zxcvbn",
}  # fmt: skip
LOADED = """
import json, sys
sys.argv = ["deflect", "{word}"]
try:
    from web.cli import main
    main()
finally:
    sys.stderr.write(json.dumps(sorted(sys.modules)))
"""


@pytest.mark.parametrize("word", ["--help", "--version"])
def test_help_imports_nothing_heavy(word: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED.format(word=word)], capture_output=True, text=True, env=environment(), check=False
    )
    loaded = set(json.loads(done.stderr))
    assert "web.cli" in loaded
    assert {name.partition(".")[0] for name in loaded} & HEAVY == set()
    # The tree of errors is all that may come of kb: it imports nothing.
    assert {name for name in loaded if name.startswith("kb.")} <= {"kb.errors"}


def test_every_command_that_help_names_exists() -> None:
    assert isinstance(cli, Lazy)
    context = click.Context(cli)
    for name in COMMANDS:
        found = cli.get_command(context, name)
        assert isinstance(found, click.Command)
        assert found.help, name


def test_help_begins_with_examples() -> None:
    shown = deflect(Path("nowhere"), "--help").out
    assert shown.index("deflect demo") < shown.index("Options:") < shown.index("Commands:")


@pytest.mark.parametrize(("typed", "meant"), [("sugest", "suggest"), ("serv", "serve"), ("user", "users")])
def test_a_slip_gets_the_right_command(typed: str, meant: str) -> None:
    ended = deflect(Path("nowhere"), typed)
    assert ended.status == 2
    assert f"Did you mean: deflect {meant}?" in ended.err


def test_a_word_like_no_command_points_to_help() -> None:
    ended = deflect(Path("nowhere"), "xyzzy")
    assert (ended.status, ended.said) == (2, ["Error: There is no command “xyzzy”. See: deflect --help"])


def test_nothing_is_coloured_when_piped(tmp_path: Path) -> None:
    assert "\x1b" not in deflect(tmp_path / "none", "doctor").out


@pytest.mark.parametrize(("wish", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_a_terminal_is_coloured_unless_somebody_minds(wish: dict[str, str], coloured: bool, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    env = environment(TERM="xterm", **wish)
    if "NO_COLOR" not in wish:
        env.pop("NO_COLOR", None)
    running = subprocess.Popen([DEFLECT, "--home", str(tmp_path / "none"), "doctor"], stdout=theirs, env=env)
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # how Linux says that the other end was closed
        while part := os.read(ours, 4096):
            shown += part
    os.close(ours)
    assert running.wait() == 0
    assert b"Python" in shown
    assert (b"\x1b[" in shown) == coloured


def test_a_reader_that_leaves_ends_it_quietly(small_home: Path) -> None:
    shell = f"'{DEFLECT}' --home '{small_home}' users list --json | true"
    done = subprocess.run(["/bin/sh", "-c", shell], capture_output=True, text=True, env=environment(), check=False)
    assert done.stderr == ""
