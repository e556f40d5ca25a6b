from __future__ import annotations

from pathlib import Path

import pytest

from classifier import challenge, machine
from classifier.challenge import Material
from tests.classifier import desk

GB = 10**9


@pytest.fixture
def stated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(machine, "MEMORY", tmp_path / "meminfo")
    monkeypatch.setattr(machine, "LIMIT", tmp_path)
    return tmp_path


def test_this_machine_has_cores_and_some_memory() -> None:
    assert machine.cores() >= 1
    assert machine.has_memory(1)
    assert not machine.has_memory(10**18)


def test_the_machine_says_what_it_has_left(stated: Path) -> None:
    (stated / "meminfo").write_text("MemTotal: 9000000 kB\nMemAvailable: 2000000 kB\n")
    assert machine.has_memory(2 * GB)
    assert not machine.has_memory(3 * GB)


@pytest.mark.parametrize(("limit", "enough"), [("max", True), (str(4 * GB), False), (str(8 * GB), True)])
def test_a_container_says_what_it_may_have(stated: Path, limit: str, *, enough: bool) -> None:
    (stated / "meminfo").write_text("MemAvailable: 9000000 kB\n")
    (stated / "memory.max").write_text(f"{limit}\n")
    (stated / "memory.current").write_text(f"{2 * GB}\n")
    assert machine.has_memory(3 * GB) is enough


@pytest.mark.parametrize("text", ["", "MemAvailable: lots\n", "MemAvailable:\n"])
def test_where_nobody_says_it_is_tried(stated: Path, text: str) -> None:
    assert machine.has_memory(GB)
    (stated / "meminfo").write_text(text)
    assert machine.has_memory(GB)


def test_without_memory_for_two_a_training_takes_one_process(stated: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "cores", lambda: 2)
    monkeypatch.setattr(challenge, "MANY", 60)
    (stated / "meminfo").write_text("MemAvailable: 100000 kB\n")
    steps: list[str] = []
    challenge.challenge(Material(desk.examples(60)), None, lambda step, _done, _total: steps.append(step))
    assert "training on one part" in steps, "its bar is told here, by this very process"
