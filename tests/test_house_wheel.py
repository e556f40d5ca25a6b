"""What is installed is whole. Invariant: everything in the packages that is not ignored is in the wheel, and it runs from there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[1]
LAYERS = ("web", "kb", "search", "classifier")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built without reaching for the network: the builder comes with the test extra."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(folder),
        str(ROOT),
    ]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("deflect-*.whl")
    return built


@pytest.fixture(scope="module")
def contents(wheel: Path) -> set[str]:
    with ZipFile(wheel) as archive:
        return set(archive.namelist())


def ours() -> set[str]:
    """Every file below the packages but what the interpreter leaves behind."""
    found = (path for layer in LAYERS for path in (ROOT / layer).rglob("*") if path.is_file())
    return {path.relative_to(ROOT).as_posix() for path in found if "__pycache__" not in path.parts}


@pytest.mark.slow
def test_nothing_is_left_out(contents: set[str]) -> None:
    assert ours() - contents == set()


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    ["web/py.typed", "kb/py.typed", "search/py.typed", "classifier/py.typed", "kb/migrations/env.py",
     "kb/migrations/script.py.mako", "web/demo/material/issues-till.yaml"],
)  # fmt: skip
def test_what_is_not_code_is_there(contents: set[str], name: str) -> None:
    assert name in contents


@pytest.mark.slow
def test_there_are_pages_and_articles(contents: set[str]) -> None:
    for pattern in ("web/templates/", "web/static/", "web/demo/articles/", "kb/migrations/versions/"):
        assert any(name.startswith(pattern) for name in contents), pattern


@pytest.mark.slow
def test_nothing_else_is_installed(contents: set[str]) -> None:
    tops = {name.partition("/")[0] for name in contents}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(LAYERS)


@pytest.mark.slow
def test_it_runs_from_the_wheel(wheel: Path, tmp_path: Path) -> None:
    with ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    program = (
        "import web.cli, kb.migrations, pathlib, sys\n"
        "assert pathlib.Path(web.cli.__file__).is_relative_to(sys.argv.pop(1)), web.cli.__file__\n"
        "web.cli.main()"
    )

    def deflect(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-P", "-c", program, tmp_path / "site", "--home", tmp_path / "home", *arguments],
            capture_output=True, text=True, cwd=tmp_path, check=True,
            env={**os.environ, "PYTHONPATH": str(tmp_path / "site")},
        )  # fmt: skip
        return done.stdout

    (tmp_path / "help").mkdir()
    (tmp_path / "help" / "refunds.md").write_text("# Refunds\n\nOpen the order and choose Refund.\n")
    assert deflect("import", "articles", str(tmp_path / "help")).startswith("1 created")
    assert deflect("import", "articles", str(tmp_path / "help")).startswith("0 created, 0 updated, 1 unchanged")
