from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

from tests.cli.conftest import run_in
from tests.cli.trained import write_history

METHODS = ["Deflect", "majority", "DummyClassifier, stratified", "TF-IDF + logistic regression"]


def test_a_file_with_outcomes_is_judged_beside_simple_methods(trained_home: Path, tmp_path: Path) -> None:
    source = write_history(tmp_path / "later.csv", 120, seed=5)
    plots, output = tmp_path / "plots", tmp_path / "figures.json"
    told = run_in(
        trained_home, "evaluate", "escalation", "--input", str(source), "--attribute", "site", "--by", "site",
        "--capacity", "3", "--plots", str(plots), "--output", str(output), "--json",
    )  # fmt: skip
    assert told.exit_code == 0, told.output
    values = json.loads(told.stdout)
    assert json.loads(output.read_text(encoding="utf-8")) == values
    assert list(values["methods"]) == METHODS
    ours = values["methods"]["Deflect"]
    assert ours["whether"]["tickets"]["value"] == 120
    assert ours["whether"]["AUC"]["low"] <= ours["whether"]["AUC"]["value"] <= ours["whether"]["AUC"]["high"]
    assert ours["where"]["accuracy"]["value"] > values["methods"]["majority"]["where"]["accuracy"]["value"]
    assert values["capacity"]["per_day"] == 3
    assert values["capacity"]["looked_at"] == 15
    assert {one["value"] for one in values["slices"] if one["name"] == "site"} == {"site-0", "site-1", "site-2"}
    names = {path.stem for path in plots.iterdir()}
    assert names == {f"escalation-{kind}" for kind in ("reliability", "capacity", "probabilities", "methods", "slices")}
    for path in plots.iterdir():
        if path.suffix == ".svg":
            assert ElementTree.parse(path).getroot().tag.endswith("svg")  # noqa: S314 - our own file
        else:
            assert path.read_bytes().startswith(b"\x89PNG")


def test_the_desks_own_history_as_of_a_past_day(trained_home: Path) -> None:
    before = json.loads(run_in(trained_home, "models", "list", "--json").stdout)
    told = run_in(trained_home, "evaluate", "escalation")
    assert told.exit_code == 0, told.output
    assert "learned from 100 earlier tickets, judged on 60 later ones" in told.output
    assert "Whether it escalates" in told.output
    assert "Where it goes" in told.output
    assert all(method[:20] in told.output for method in METHODS)
    assert "At capacity (20 a day)" in told.output
    assert json.loads(run_in(trained_home, "models", "list", "--json").stdout) == before


def test_what_was_learned_from_is_said(trained_home: Path) -> None:
    told = run_in(
        trained_home,
        "evaluate",
        "escalation",
        "--input",
        str(trained_home.parent / "history.csv"),
        "--attribute",
        "site",
    )
    assert told.exit_code == 0, told.output
    assert "160 of them are in what it learned from" in told.output


def test_a_file_without_outcomes_is_one_line(trained_home: Path, tmp_path: Path) -> None:
    source = tmp_path / "new.csv"
    source.write_text("id,subject\nN1,vpn\n", encoding="utf-8")
    told = run_in(trained_home, "evaluate", "escalation", "--input", str(source))
    assert told.exit_code == 1
    assert "The file names no outcome" in told.output


def test_an_empty_desk_is_one_line(ready_home: Path) -> None:
    told = run_in(ready_home, "evaluate", "escalation")
    assert told.exit_code == 1
    assert "There is nothing to judge." in told.output
