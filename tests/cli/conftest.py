from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kb.errors import DeflectError
from tests.cli.command import ARTICLES, TICKETS, write_rows
from web.cli import cli

Run = Callable[..., Result]


def run_in(home: Path, *words: str) -> Result:
    """A command in that home, as `deflect` would run it; an error that we know is told as `main` tells it."""
    niced = os.nice
    try:
        os.nice = lambda _step: 0  # type: ignore[assignment] # a test run must not slow itself down
        result = CliRunner().invoke(cli, ["--home", str(home), *words], catch_exceptions=True)
    finally:
        os.nice = niced
        os.environ.pop("DEFLECT_HOME", None)
    if isinstance(result.exception, DeflectError):
        result.exit_code = 1
    return result


@pytest.fixture(scope="session")
def trained_home(migrated_home: Path, encoder_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a trained model; copy it before changing it."""
    from tests.cli.trained import write_history

    home = Path(shutil.copytree(migrated_home, tmp_path_factory.mktemp("trained") / "home"))
    (home / "index").mkdir()
    (home / "index" / "encoders").symlink_to(encoder_folder, target_is_directory=True)
    file = write_history(home.parent / "history.csv")
    brought = run_in(home, "import", "tickets", str(file), "--attribute", "site")
    assert brought.exit_code == 0, brought.output
    made = run_in(home, "train")
    assert made.exit_code == 0, made.output
    return home


@pytest.fixture
def own_home(trained_home: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained_home, tmp_path / "trained", symlinks=True))


@pytest.fixture(scope="session")
def indexed_home(migrated_home: Path, encoder_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with three articles and three solved tickets, indexed; copy it before changing it."""
    home = Path(shutil.copytree(migrated_home, tmp_path_factory.mktemp("indexed") / "home"))
    (home / "index").mkdir()
    (home / "index" / "encoders").symlink_to(encoder_folder, target_is_directory=True)
    for kind, rows in (("articles", ARTICLES), ("tickets", TICKETS)):
        brought = run_in(home, "import", kind, str(write_rows(home.parent / f"{kind}.jsonl", list(rows))))
        assert brought.exit_code == 0, brought.output
    made = run_in(home, "index")
    assert made.exit_code == 0, made.output
    return home


@pytest.fixture
def small_home(indexed_home: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(indexed_home, tmp_path / "small", symlinks=True))
