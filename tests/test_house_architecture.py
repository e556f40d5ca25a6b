"""What import contracts cannot say of the house. Invariant: read from the source itself, so no list can go stale."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LAYERS = ("web", "kb", "search", "classifier")
LONG_FILES = {
    "kb/migrations/versions/2026_11_24_first_records.py": "one statement after another, written by Alembic",
    "search/contract.py": "what crosses the layer, in one place",
    "classifier/contract.py": "what crosses the layer, in one place",
    "search/learning.py": "one flow, from solved tickets to a ranker",
    "classifier/coldstart.py": "one flow, from teams' own words to a prediction",
}
LONG_FUNCTIONS = {
    ("kb/migrations/versions/2026_11_24_first_records.py", "upgrade"): "one statement after another",
    ("kb/migrations/versions/2026_11_24_first_records.py", "downgrade"): "one statement after another",
}
STATEMENTS = {"select", "insert", "update", "delete", "text"}
HEAVY = {
    "torch",
    "sentence_transformers",
    "sklearn",
    "faiss",
    "onnxruntime",
    "sqlalchemy",
    "fastapi",
    "numpy",
    "tantivy",
}


def sources(*layers: str) -> list[Path]:
    return sorted(path for layer in layers for path in (ROOT / layer).rglob("*.py"))


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def nodes(path: Path) -> Iterator[ast.AST]:
    yield from ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def imported(path: Path) -> Iterator[tuple[str, str]]:
    """(module, name) of each import; the name is empty where the whole module is imported."""
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, alias.name) for alias in node.names)


def test_a_long_file_has_a_reason() -> None:
    lengths = {named(path): path.read_text(encoding="utf-8").count("\n") for path in sources(*LAYERS)}
    assert {name for name, lines in lengths.items() if lines > 300} <= set(LONG_FILES)
    assert {name for name, lines in lengths.items() if lines > 400 and "versions" not in name} == set()


def test_a_long_function_has_a_reason() -> None:
    long = {
        (named(path), node.name)
        for path in sources(*LAYERS)
        for node in nodes(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (node.end_lineno or 0) - node.lineno >= 50
    }
    assert long == set(LONG_FUNCTIONS)


def test_no_drawer_for_odds_and_ends() -> None:
    odd = [named(path) for path in sources(*LAYERS) if re.search(r"util|helper|common|misc", path.stem)]
    assert odd == []


def test_every_module_says_what_always_holds() -> None:
    silent = [
        named(path)
        for path in sources(*LAYERS)
        # The invariant of all statements stands in kb/queries/__init__.py.
        if path.name != "__init__.py" and not {"versions", "queries"} & set(path.parts)
        if "Invariant:" not in (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "")
    ]
    assert silent == []


def test_statements_are_written_in_queries_alone() -> None:
    elsewhere = {
        named(path): names
        for path in sources("kb", "web")
        if not named(path).startswith(("kb/queries/", "kb/migrations/"))
        if (
            names := {name for module, name in imported(path) if module.startswith("sqlalchemy") and name in STATEMENTS}
        )
    }
    assert elsewhere == {}


def test_flows_never_commit() -> None:
    committing = [
        named(path)
        for path in sources("kb/services", "kb/queries", "kb/models")
        for node in nodes(path)
        if isinstance(node, ast.Attribute) and ast.unparse(node) in {"session.commit", "session.rollback"}
    ]
    assert committing == []


def test_the_environment_is_read_at_the_edge() -> None:
    reading = {
        named(path)
        for path in sources("kb", "search", "classifier")
        for node in nodes(path)
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    }
    # The exporting process is handed an environment; nothing is read from it.
    assert reading == {"search/export.py"}


def test_the_clock_is_read_at_the_edge() -> None:
    reading = {
        named(path)
        for path in sources("kb", "search", "classifier")
        for node in nodes(path)
        if isinstance(node, ast.Attribute) and node.attr in {"now", "utcnow", "today"}
        if ast.unparse(node.value) in {"datetime", "date", "datetime.datetime"}
    }
    # A stored ranker says when it was stored; nothing is decided by that.
    assert reading <= {"search/promoting.py"}


def test_redacted_text_has_one_maker() -> None:
    makers = {
        named(path) for path in sources(*LAYERS) if re.search(r"\bRedactedText\(", path.read_text(encoding="utf-8"))
    }
    assert makers == {"kb/redaction.py"}


def test_every_library_that_is_imported_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {plain(re.split(r"[\[<>=!;~ ]", line)[0]) for line in project["dependencies"]}
    known = packages_distributions()
    undeclared = {
        top
        for path in sources(*LAYERS)
        for module, _ in imported(path)
        if (top := module.partition(".")[0]) not in {*LAYERS, "__future__", *sys.stdlib_module_names}
        if not {plain(name) for name in known.get(top, [])} & declared
    }
    assert undeclared == set()


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_torch_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert "torch==2.13.0" in project["dependencies"]


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    program = (
        "import sys, web.cli\n"
        "try:\n    web.cli.main()\n"
        "finally:\n    print(*sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert "deflect" in done.stdout
    assert set(done.stderr.split()) & HEAVY == set()
