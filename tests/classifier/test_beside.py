"""Real processes, killed for real."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from multiprocessing import spawn
from pathlib import Path

import pytest

from classifier import challenge, machine
from classifier.beside import Beside
from classifier.challenge import Champion, Material
from classifier.history import History
from tests.classifier import desk

PATIENCE = 60.0


@pytest.fixture(autouse=True)
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "cores", lambda: 2)


def who(*more: object) -> tuple[object, ...]:
    return (os.getpid(), *more)


def fail() -> None:
    raise ValueError("cannot be learned")


def die_elsewhere(asked_by: int) -> int:
    if os.getpid() != asked_by:
        os._exit(9)
    return asked_by


def sleep(folder: str) -> None:
    Path(folder, "pid").write_text(str(os.getpid()))
    time.sleep(600)


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    stat = Path(f"/proc/{pid}/stat")  # Dead already, but nobody has fetched it yet.
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z"


def wait_for(folder: Path) -> int:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if (folder / "pid").exists() and (text := (folder / "pid").read_text()):
            return int(text)
        time.sleep(0.05)
    raise AssertionError("the process did not begin")


def ends(pid: int) -> bool:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and not gone(pid):
        time.sleep(0.05)
    return gone(pid)


def test_runs_in_a_process_of_its_own() -> None:
    with Beside(who, lambda: (1,), worth=True) as other:
        pid, *more = other.result(2)
    assert pid != os.getpid()
    assert more == [1]
    assert gone(pid)


def test_runs_here_where_it_is_not_worth_a_process() -> None:
    with Beside(who, lambda: (1,), worth=False) as other:
        assert other.result(2) == (os.getpid(), 1, 2)


def test_runs_here_on_one_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "cores", lambda: 1)
    with Beside(who, tuple, worth=True) as other:
        assert other.result() == (os.getpid(),)


def test_what_fails_there_fails_here() -> None:
    with Beside(fail, tuple, worth=True) as other, pytest.raises(ValueError, match="cannot be learned"):
        other.result()


def test_is_done_again_here_when_the_process_was_killed() -> None:
    with Beside(die_elsewhere, lambda: (os.getpid(),), worth=True) as other:
        assert other.result() == os.getpid()


def test_runs_here_where_no_process_can_be_had(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(spawn, "_python_exe", os.fsencode(tmp_path / "no python"))
    with Beside(who, lambda: (b"x" * 10_000_000,), worth=True) as other:
        assert other.result()[0] == os.getpid()


def test_ends_with_an_error_of_the_one_that_asked(tmp_path: Path) -> None:
    def interrupted() -> None:
        with Beside(sleep, lambda: (str(tmp_path),), worth=True):
            wait_for(tmp_path)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert gone(wait_for(tmp_path))


def test_does_not_outlive_a_killed_process(tmp_path: Path) -> None:
    asks = (
        "import sys, time; from classifier import beside, machine; from tests.classifier.test_beside import sleep\n"
        "machine.cores = lambda: 2\n"
        "with beside.Beside(sleep, lambda: (sys.argv[1],), worth=True): time.sleep(600)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", asks, str(tmp_path)])
    pid = wait_for(tmp_path)
    assert not gone(pid)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    assert ends(pid)


def test_a_past_day_is_learned_alike_in_either_place(monkeypatch: pytest.MonkeyPatch) -> None:
    examples = desk.examples(150, dated=True)
    champion = Champion("A", None, History(), (), 0)
    here = challenge.challenge(Material(examples), champion)
    monkeypatch.setattr(challenge, "MANY", 150)
    there = challenge.challenge(Material(examples), champion)
    assert here.history.judged
    assert there.history.judged == here.history.judged
    tickets = [example.ticket for example in examples[:50]]
    assert there.model.predict(tickets, "") == here.model.predict(tickets, "")
