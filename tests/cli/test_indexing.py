from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from tests.cli.command import deflect
from web.cli.index import Stop


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_stop_it_stops_after_this_batch_and_then_signals_mean_what_they_did(number: signal.Signals) -> None:
    heard: list[int] = []
    before = signal.signal(number, lambda got, _frame: heard.append(got))
    try:
        with Stop() as stop:
            assert not stop()
            signal.raise_signal(number)
            assert stop()
        assert heard == []
        signal.raise_signal(number)
        assert heard == [number]
    finally:
        signal.signal(number, before)


def test_signals_are_given_back_where_it_failed() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(ValueError, match="no"), Stop():
        raise ValueError("no")
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.slow
def test_programs_read_what_an_index_run_did(small_home: Path) -> None:
    done = deflect(small_home, "index", "--json")
    report = json.loads(done.out)
    assert (report["passages"], report["embedded"]) == (3, 0)
    assert set(report) == {
        "generation", "embedded", "updated", "removed", "unchanged", "passages", "cases", "seconds",
    }  # fmt: skip
    next((small_home / "index" / "generations" / report["generation"]).glob("doc*")).write_text("broken")
    mended = deflect(small_home, "check", "--repair", "--json")
    assert json.loads(mended.out)["clean"] is False
    assert "passages" in mended.err
    assert json.loads(deflect(small_home, "check", "--json").out)["clean"] is True
