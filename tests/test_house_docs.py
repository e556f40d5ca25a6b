"""The documents say what the code does. Invariant: a setting, a command or a version is in both or the test fails."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from web.cli import COMMANDS
from web.settings import Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CHANGES = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```\w*\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def row(name: str) -> str:
    """The README's line on a setting."""
    field = Settings.model_fields[name]
    default = str(field.default).lower() if isinstance(field.default, bool) else str(field.default)
    return f"| `DEFLECT_{name.upper()}` |{f' `{default}` ' if default else ' '}| {field.description} |"


def test_every_setting_is_documented_and_nothing_else() -> None:
    documented = re.findall(r"^\| `DEFLECT_.*\|$", README, re.MULTILINE)
    assert documented == [row(name) for name in Settings.model_fields]


def test_every_command_is_named() -> None:
    missing = [name for name in COMMANDS if not re.search(rf"\bdeflect (?:--home \S+ )?{name}\b", README)]
    assert missing == []


def test_no_command_is_named_that_is_not_there() -> None:
    shown = re.findall(r"^(?:\$ )?deflect ([a-z]+)", "\n".join(BLOCKS), re.MULTILINE)
    assert set(shown) <= set(COMMANDS)


def test_ci_runs_the_readmes_own_line() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    (pattern,) = re.findall(r"grep -E '(.+)' README\.md", script)
    (line,) = re.findall(pattern, README, re.MULTILINE)
    assert f"{line}\n" in BLOCKS
    assert ".[test]" in line
    for tool in ("pip", "pytest", "ruff", "mypy", "lint-imports"):
        assert not re.search(rf"\b{tool}\b", script.replace(pattern, "")), f"the README does not name {tool}"


def test_the_change_log_is_in_order() -> None:
    current = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    headings = re.findall(r"^## \[(.+?)\](?: - (.+))?$", CHANGES, re.MULTILINE)
    assert headings[0] == ("Unreleased", "")
    released = [(tuple(map(int, name.split("."))), date) for name, date in headings[1:]]
    assert released == sorted(released, reverse=True)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", date) for _, date in released)
    assert all(version <= tuple(map(int, current.split("."))) for version, _ in released)


def test_links_between_documents_lead_somewhere() -> None:
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", text)
        assert [target for target in targets if not (ROOT / target).exists()] == []
