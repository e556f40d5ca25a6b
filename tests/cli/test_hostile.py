"""Hostile questions in the shell: none ends in a traceback, none keeps the others from their answer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.command import deflect
from tests.cli.conftest import run_in
from tests.search.poison import POISON

SLUGS = {"reset-reader", "refund", "till-offline"}


@pytest.mark.parametrize(
    "name", ["nothing", "spaces", "quote", "near", "field", "lone surrogate", "emoji", "cjk", "slop", "nul", "star"]
)
def test_searching_for_it_answers_like_any_other(small_home: Path, name: str) -> None:
    done = run_in(small_home, "search", "--json", "--", POISON[name])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert {hit["slug"] for hit in found["hits"]} <= SLUGS
    assert found["note"] == ""
    if not any(letter.isalnum() for letter in POISON[name]):
        assert found["hits"] == []
        assert not found["answered"]


@pytest.mark.slow
def test_many_at_once_are_answered_each_on_its_own_line(small_home: Path, tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    questions = [*POISON.items(), ("plain", "the card reader is frozen")]
    with rows.open("w") as file:
        for name, text in questions:
            file.write(json.dumps({"id": name, "subject": text[:500], "body": text}) + "\n")
    done = deflect(small_home, "suggest", "--input", str(rows), "--output", str(tmp_path / "run.tsv"))
    lines = [line.split("\t") for line in (tmp_path / "run.tsv").read_text().splitlines()]
    assert lines[0] == ["query_id", "rank", "slug", "score", "answered"]
    assert {slug for _, _, slug, _, _ in lines[1:]} <= SLUGS
    assert next(line[2] for line in lines if line[0] == "plain") == "reset-reader"
    answered = {line[0] for line in lines[1:]}
    # A question without a word is a row that cannot be read, or has no suggestion; the others have one.
    assert {"plain", "sql", "cjk", "instructions", "one long line", "many different words"} <= answered
    assert done.status in {0, 3}
