from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from kb.models import Question
from kb.services.sampling import own_questions
from search.contract import NoIndexError
from tests.classifier import desk as made_up
from tests.kb.desk_of_people import article, solved
from web.cli import cli
from web.cli.benchmark_predicting import MANY
from web.desk import Desk
from web.settings import Settings


@pytest.fixture
def desk(ready_home: Path, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("DEFLECT_HOME", str(ready_home))
    made = Desk(Settings())
    with made.writing() as session:
        article(session, now, "print-a-receipt")
        for number in range(5):
            solved(session, now, f"T{number}")
        session.commit()
    return made


def run(*arguments: str) -> dict[str, Any]:
    done = CliRunner().invoke(cli, ["benchmark", "--json", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def test_every_question_is_asked_once_and_nothing_is_recorded(desk: Desk) -> None:
    desk.search.index(desk.source)
    report = run("--count", "3")
    taken = report["milliseconds"]
    assert {name: taken[name]["n"] for name in ("suggesting", "finding", "ranking", "embedding")} == {
        "suggesting": 3, "finding": 3, "ranking": 3, "embedding": 3,
    }  # fmt: skip
    assert all(0 < row["p50"] <= row["p95"] <= row["p99"] <= row["longest"] for row in taken.values())
    assert 0.98 <= report["encoder_agreement"]["mean"] <= 1
    assert taken["finding"]["mean"] < taken["suggesting"]["mean"]
    with desk.reading() as session:
        assert session.scalar(select(func.count(Question.id))) == 0


def test_predictions_are_measured_where_there_is_a_model(desk: Desk) -> None:
    desk.search.index(desk.source)
    assert run("--count", "3")["predictions"] is None
    without = CliRunner().invoke(cli, ["benchmark", "--count", "1"], catch_exceptions=False)
    assert "predictions were not measured: no model was trained yet" in without.stdout
    made = desk.escalation.train(made_up.examples(80, dated=True), now=made_up.START)
    report = run("--count", "3")
    assert report["milliseconds"]["predicting"]["n"] == 3
    batch = report["predictions"]
    assert (batch["tickets"], batch["model"]) == (MANY, made.version)
    assert batch["per_second"] > 0 < batch["per_cpu_second"]
    told = CliRunner().invoke(cli, ["benchmark", "--count", "1"], catch_exceptions=False)
    assert f"1000 predictions at once by model {made.version}" in told.stdout


def test_questions_may_come_from_a_file(desk: Desk, tmp_path: Path) -> None:
    desk.search.index(desk.source)
    file = tmp_path / "questions.jsonl"
    file.write_text('{"id": "1", "title": "Where is my receipt?"}\n{"id": "2", "title": "x"}\n')
    assert run("--input", str(file), "--map", "subject=title", "--count", "9")["questions"] == 2


def test_without_an_index_it_says_what_to_do(desk: Desk) -> None:
    with pytest.raises(NoIndexError, match="Run: deflect index"):
        run()


def test_without_a_ticket_it_says_what_to_do(ready_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEFLECT_HOME", str(ready_home))
    done = CliRunner().invoke(cli, ["benchmark"])
    assert done.exit_code == 1
    assert "Import tickets" in done.output


def test_the_sample_spreads_over_the_history_and_is_the_same_every_time(desk: Desk) -> None:
    with desk.reading() as session:
        assert [asked.subject for asked in own_questions(session, 2)] == ["Subject T0", "Subject T2"]
        assert len(own_questions(session, 50)) == 5
