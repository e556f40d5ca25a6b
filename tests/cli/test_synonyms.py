from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from kb.errors import InvalidError, NotFoundError
from web.cli import cli


@pytest.fixture(autouse=True)
def at_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEFLECT_HOME", str(home))


def said(*words: str) -> str:
    done = CliRunner().invoke(cli, ["synonyms", *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_an_operator_adds_sees_and_removes_synonyms() -> None:
    assert "No synonyms yet" in said("list")
    added = said("add", "Wi-Fi", "wireless network")
    assert added.endswith(": Wi-Fi = wireless network\n")
    (group,) = json.loads(said("list", "--json"))["groups"]
    assert group["words"] == ["Wi-Fi", "wireless network"]
    assert said("list") == added
    said("remove", str(group["id"]))
    said("decline", "Wi-Fi", "cable")
    assert json.loads(said("list", "--json")) == {"groups": [], "proposals": []}


def test_what_makes_no_group_is_refused() -> None:
    with pytest.raises(InvalidError, match="at least two"):
        said("add", "one")
    with pytest.raises(NotFoundError):
        said("remove", "7")
