from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import run_in
from tests.cli.trained import predictions, write_new

NEW = [
    {"id": "N1", "subject": "firewall blocks the branch", "body": "vpn tunnel drops", "product": "Portal"},
    {"id": "N2", "subject": "password forgotten", "body": "please have a look", "product": "Desk"},
]


def test_the_output_is_what_the_contract_says(trained_home: Path, tmp_path: Path) -> None:
    source, output = write_new(tmp_path / "new.jsonl", list(NEW)), tmp_path / "out.jsonl"
    result = run_in(trained_home, "predict", "--input", str(source), "--output", str(output), "--limit", "2")
    assert result.exit_code == 0, result.output
    first, second = predictions(output)
    assert set(first) >= {"id", "escalate", "teams", "set", "model"}
    assert set(first) <= {"id", "escalate", "teams", "set", "model", "level", "notes"}
    assert (first["id"], second["id"]) == ("N1", "N2")
    escalate = first["escalate"]
    assert isinstance(escalate, dict)
    assert set(escalate) == {"probability", "decision", "reasons"}
    assert escalate["probability"] > 0.5 > second["escalate"]["probability"]  # type: ignore[index]
    assert escalate["decision"] in ("escalate", "keep", "unsure")
    assert all(set(reason) == {"text", "weight"} for reason in escalate["reasons"])
    teams = first["teams"]
    assert isinstance(teams, list)
    assert len(teams) == 2
    assert teams[0]["team"] == "Network"
    assert teams[0]["probability"] >= teams[1]["probability"]
    assert "Network" in first["set"]  # type: ignore[operator]


def test_what_the_file_says_of_the_outcome_changes_nothing(trained_home: Path, tmp_path: Path) -> None:
    lies = {
        "escalated": "perhaps", "team": "Storage", "level": "L3", "resolved_at": "never", "resolution": "rebooted",
        "articles": ["x"],
    }  # fmt: skip
    plain, lying = tmp_path / "plain.jsonl", tmp_path / "lying.jsonl"
    write_new(plain, list(NEW))
    write_new(lying, [row | lies for row in NEW])
    for source in (plain, lying):
        output = source.with_suffix(".out")
        assert run_in(trained_home, "predict", "--input", str(source), "--output", str(output)).exit_code == 0
    assert predictions(plain.with_suffix(".out")) == predictions(lying.with_suffix(".out"))


def test_a_mapped_outcome_is_not_read_either(trained_home: Path, tmp_path: Path) -> None:
    source = write_new(tmp_path / "new.jsonl", [row | {"closed": "nonsense"} for row in NEW])
    output = tmp_path / "out.jsonl"
    result = run_in(
        trained_home, "predict", "--input", str(source), "--output", str(output), "--map", "escalated=closed"
    )
    assert result.exit_code == 0, result.output


def test_rows_that_cannot_be_read_are_named_and_the_rest_predicted(trained_home: Path, tmp_path: Path) -> None:
    source = tmp_path / "new.jsonl"
    source.write_text(json.dumps(NEW[0]) + "\n{broken\n" + json.dumps({"id": "N9"}) + "\n", encoding="utf-8")
    output = tmp_path / "out.jsonl"
    result = run_in(trained_home, "predict", "--input", str(source), "--output", str(output))
    assert result.exit_code == 3
    assert "line 2" in result.output
    assert "line 3" in result.output
    assert [one["id"] for one in predictions(output)] == ["N1"]


def test_the_id_may_stand_in_another_column(trained_home: Path, tmp_path: Path) -> None:
    source = write_new(tmp_path / "new.jsonl", [{"number": "77", "subject": "screen is too dark"}])
    output = tmp_path / "out.jsonl"
    result = run_in(trained_home, "predict", "--input", str(source), "--output", str(output), "--id", "number")
    assert result.exit_code == 0, result.output
    assert predictions(output)[0]["id"] == "77"


@pytest.mark.parametrize("why", ["no model", "no file", "no column"])
def test_a_failure_leaves_the_old_output_alone(trained_home: Path, home: Path, tmp_path: Path, why: str) -> None:
    output = tmp_path / "out.jsonl"
    output.write_text("old")
    source = write_new(tmp_path / "new.jsonl", list(NEW))
    words = ["--map", "subject=nowhere"] if why == "no column" else []
    where = home if why == "no model" else trained_home
    named = tmp_path / "gone.jsonl" if why == "no file" else source
    result = run_in(where, "predict", "--input", str(named), "--output", str(output), *words)
    assert result.exit_code != 0
    assert output.read_text() == "old"
    assert sorted(path.name for path in tmp_path.glob("*out.jsonl*")) == ["out.jsonl"]


def test_teams_alone_are_no_default_no(trained_home: Path, ready_home: Path, tmp_path: Path) -> None:
    history = (trained_home.parent / "history.csv").read_text(encoding="utf-8").replace("escalated", "unused", 1)
    (tmp_path / "teams.csv").write_text(history, encoding="utf-8")
    assert run_in(ready_home, "import", "tickets", str(tmp_path / "teams.csv")).exit_code == 0
    assert run_in(ready_home, "train").exit_code == 0
    source, output = write_new(tmp_path / "new.jsonl", list(NEW)), tmp_path / "out.jsonl"
    result = run_in(ready_home, "predict", "--input", str(source), "--output", str(output))
    assert result.exit_code == 0, result.output
    assert "Not available: whether" in result.output
    assert [one["escalate"] for one in predictions(output)] == [
        {"probability": None, "decision": None, "reasons": []}
    ] * 2
    shutil.rmtree(ready_home / "models")


def test_tickets_of_unknown_date_are_said_to_have_no_history(trained_home: Path, tmp_path: Path) -> None:
    dated = {"created_at": "2026-06-01", "requester": "user-1"}
    source = write_new(tmp_path / "new.jsonl", [NEW[0] | dated, NEW[1]])
    command = ("predict", "--input", str(source), "--output", str(tmp_path / "out.jsonl"))
    assert "because created_at is not known: 1 tickets" in run_in(trained_home, *command).output
    write_new(source, [NEW[0] | dated])
    assert "created_at" not in run_in(trained_home, *command).output
