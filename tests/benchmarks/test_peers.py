"""What a comparison with peers stands on; the peers themselves need the extra ``bench`` and run by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.benchmarks.peers import COST, QUALITY, judgments, main, table
from tests.benchmarks.sample import demo_files
from tests.benchmarks.texts import read


def test_the_demo_desk_asks_only_what_came_after_what_was_solved(tmp_path: Path) -> None:
    given = demo_files(tmp_path, count=500)
    texts, truth = read(given), judgments(given.judgments, "")
    assert set(texts.questions) == set(truth)
    assert all(right <= set(texts.slugs) for right in truth.values())
    solved, asked = (
        [json.loads(line)["created_at"] for line in path.read_text().splitlines()]
        for path in (given.solved, given.questions)
    )
    assert max(solved) < min(asked)


def test_each_figure_stands_beside_its_ratio() -> None:
    names = (*QUALITY, *COST)
    rows = {"deflect": dict.fromkeys(names, 2.0) | {"questions": 7.0}, "other": dict.fromkeys(names, 3.0)}
    lines = table(rows).splitlines()
    assert lines[0] == "7 questions"
    assert lines[1].split() == ["deflect", "other"]
    assert all(line.split()[1:] == ["2.000", "(", "1.00", "x)", "3.000", "(", "1.50", "x)"] for line in lines[2:])
    assert [line.split()[0] for line in lines[2:]] == list(names)


def test_files_of_ones_own_come_all_or_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["peers", "--articles", "help.jsonl"])
    with pytest.raises(SystemExit):
        main()
    assert "or none of them to ask the demo desk" in capsys.readouterr().err
