from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kb.models import Team, Ticket
from kb.services.firstdays import first_days
from kb.viewers import COMMAND_LINE
from tests.classifier.test_coldstart import PATHWAYS
from tests.cli.conftest import run_in
from tests.cli.trained import write_history
from web.desk import Desk
from web.settings import Settings
from web.training import COMMAND, alone, is_running, settle


def desk_in(home: Path) -> Desk:
    return Desk(Settings(home=home))


def states(home: Path) -> list[str]:
    told = run_in(home, "models", "runs", "--json")
    assert told.exit_code == 0, told.output
    return [run["state"] for run in json.loads(told.stdout)]


def test_the_first_training_serves_and_is_written_down(trained_home: Path) -> None:
    assert states(trained_home) == ["done"]
    listed = json.loads(run_in(trained_home, "models", "list", "--json").stdout)
    assert [one["active"] for one in listed] == [True]
    assert listed[0]["trained"] == ["escalation", "team"]


def test_the_report_says_what_and_why_not_with_figures_and_n(own_home: Path) -> None:
    told = run_in(own_home, "train")
    assert told.exit_code == 0, told.output
    assert "escalation (n = " in told.output
    assert "AUC" in told.output
    assert "not trained: level, because 0 tickets name a level" in told.output
    assert "Against " in told.output
    assert "tickets written 2025-" in told.output
    assert "serves now." in told.output


def test_the_report_for_programs_holds_what_the_words_hold(own_home: Path) -> None:
    told = run_in(own_home, "train", "--json")
    assert told.exit_code == 0, told.output
    found = json.loads(told.stdout)
    listed = json.loads(run_in(own_home, "models", "list", "--json").stdout)
    assert found["report"]["version"] in [one["version"] for one in listed]
    assert found["report"]["trained"] == ["escalation", "team"]
    assert found["report"]["skipped"]["level"].startswith("0 tickets name a level")
    assert found["report"]["comparison"]["tickets"] > 0
    assert found["ranker"]["name"] == ""
    assert found["ranker"]["reason"]


def test_nothing_trained_is_told_to_programs_with_the_exit_code(ready_home: Path) -> None:
    told = run_in(ready_home, "train", "--json")
    assert told.exit_code == 1
    found = json.loads(told.stdout)
    assert found["report"] is None
    assert found["problem"]


def test_a_worse_model_is_stored_and_does_not_serve(own_home: Path, tmp_path: Path) -> None:
    before = json.loads(run_in(own_home, "models", "list", "--json").stdout)[0]["version"]
    file = write_history(tmp_path / "again.csv")
    rows = file.read_text(encoding="utf-8").splitlines()
    turned = [turn(row) for row in rows[1:100]]
    file.write_text("\n".join([rows[0], *turned, *rows[100:]]) + "\n", encoding="utf-8")
    assert run_in(own_home, "import", "tickets", str(file), "--attribute", "site").exit_code == 0
    told = run_in(own_home, "train")
    assert told.exit_code == 0, told.output
    assert "is stored but does not serve:" in told.output
    assert "average precision fell" in told.output
    listed = json.loads(run_in(own_home, "models", "list", "--json").stdout)
    assert [one["version"] for one in listed if one["active"]] == [before]
    assert len(listed) == 2
    promoted = run_in(own_home, "models", "promote", listed[0]["version"])
    assert promoted.exit_code == 0, promoted.output
    back = run_in(own_home, "models", "rollback")
    assert back.exit_code == 0, back.output
    assert f"Model {before} serves again" in back.output


def turn(row: str) -> str:
    """The same ticket with the opposite label and one team for all."""
    columns = row.split(",")
    columns[6], columns[7] = str(1 - int(columns[6])), "Service desk"
    return ",".join(columns)


def test_a_leak_is_named_and_left_out(ready_home: Path, tmp_path: Path) -> None:
    file = write_history(tmp_path / "history.csv", 220)
    rows = [row.split(",") for row in file.read_text(encoding="utf-8").splitlines()]
    told = [",".join([*row, "closed_as" if n == 0 else f"code {row[6]}"]) for n, row in enumerate(rows)]
    file.write_text("\n".join(told) + "\n", encoding="utf-8")
    assert run_in(ready_home, "import", "tickets", str(file), "--attribute", "closed_as").exit_code == 0
    report = run_in(ready_home, "train")
    assert "left out: closed_as, because by itself it tells which of" in report.output
    assert "--trust closed_as" in report.output


def test_nothing_to_learn_from_is_one_line_and_a_failed_run(ready_home: Path) -> None:
    told = run_in(ready_home, "train")
    assert told.exit_code == 1
    assert "Nothing was trained." in told.output
    assert states(ready_home) == ["failed"]


def test_one_training_at_a_time(own_home: Path) -> None:
    desk = desk_in(own_home)
    assert not is_running(desk)
    with alone(desk):
        assert is_running(desk)
        told = run_in(own_home, "train")
        assert told.exit_code == 1
        assert "running already" in str(told.exception)
        assert settle(desk) == 0
    assert states(own_home) == ["done"]


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_training_that_is_killed_leaves_the_champion_and_is_called_interrupted(own_home: Path, number: int) -> None:
    before = desk_in(own_home).escalation.version
    models = sorted((own_home / "models" / "versions").iterdir())
    environment = {**os.environ, "DEFLECT_HOME": str(own_home), "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, "train"],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    told = iter(process.stderr.readline, "")
    assert any("training" in line for line in told)
    process.send_signal(number)
    process.communicate()
    assert process.returncode in (-signal.SIGKILL, 130)
    assert states(own_home) == ["interrupted", "done"]
    desk = desk_in(own_home)
    assert desk.escalation.version == before
    assert sorted((own_home / "models" / "versions").glob("[!.]*")) == models
    assert len(desk.escalation.versions()) == 1


def test_watching_says_that_nothing_differs(trained_home: Path) -> None:
    told = run_in(trained_home, "models", "watch")
    assert told.exit_code == 0, told.output
    assert "Nothing differs" in told.output
    assert "kept out of the list by chance" in told.output
    assert "Training is not due." in told.output


def test_going_back_with_nothing_before_is_one_line(own_home: Path) -> None:
    told = run_in(own_home, "models", "rollback")
    assert told.exit_code == 1
    assert "no earlier model" in str(told.exception)


def test_the_card_is_shown(trained_home: Path) -> None:
    told = run_in(trained_home, "models", "show")
    assert told.exit_code == 0, told.output
    assert "# Model " in told.output
    assert "## Limits" in told.output


def test_alarms_are_chosen_from_the_shell(own_home: Path) -> None:
    told = run_in(own_home, "models", "choose")
    assert told.exit_code == 0, told.output
    assert "Misses and false alarms weigh alike (as it was trained; nobody chose otherwise yet)." in told.output
    assert re.search(r"Of \d+ tickets written 2025-\d\d-\d\d to ", told.output)
    chosen = run_in(own_home, "models", "choose", "--per-day", "1")
    assert chosen.exit_code == 0, chosen.output
    assert "As many alarms as 1 a day (chosen on " in chosen.output
    shown = run_in(own_home, "models", "show")
    assert "Alarms: As many alarms as 1 a day" in shown.output
    assert "As many alarms as 1 a day" in run_in(own_home, "models", "list").output
    for wrong in (("--per-day", "1", "--balance"), ("--each-team",), ("--per-day", "0")):
        refused = run_in(own_home, "models", "choose", *wrong)
        assert refused.exit_code != 0
        assert "Traceback" not in refused.output


def test_labels_are_asked_for_as_on_the_page_of_models(ready_home: Path) -> None:
    desk = desk_in(ready_home)
    with desk.writing() as session:
        session.add_all(Team(name=one.team, level=one.level, description=one.text.redacted) for one in PATHWAYS)
        for number, subject in enumerate(
            ("vpn tunnel drops", "screen is dark", "nothing works", "hello", "odd", "what now", "?!")
        ):
            session.add(Ticket(
                reference=f"W{number}", subject=subject, body="", created_at=datetime.now(UTC), text_hash=str(number)
            ))  # fmt: skip
        session.commit()
    result = run_in(ready_home, "train")
    assert result.exit_code == 0, result.output
    with desk.reading() as session:
        found = first_days(session, desk.escalation, COMMAND_LINE)
    assert found is not None
    assert len(found.asked) == 5
    assert f"would teach most: {', '.join(one.reference for one in found.asked)}" in result.output
