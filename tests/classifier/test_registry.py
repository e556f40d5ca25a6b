from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
import skops.io

from classifier.contract import NoModelError, PromotionConflictError
from classifier.engine import Engine
from classifier.registry import MODEL, Registry
from tests.classifier import desk


def version_folder(folder: Path) -> Path:
    (found,) = (folder / "versions").iterdir()
    return found


def test_a_version_is_whole(folder: Path) -> None:
    assert sorted(path.name for path in version_folder(folder).iterdir()) == [
        "card.json", "card.md", "history.json", "manifest.json", "model.skops",
    ]  # fmt: skip


def test_a_model_file_holds_nothing_but_plain_things(folder: Path) -> None:
    assert skops.io.get_untrusted_types(file=version_folder(folder) / MODEL) == []


@pytest.mark.parametrize("name", ["model.skops", "card.json", "card.md", "history.json", "manifest.json"])
@pytest.mark.parametrize("harm", ["cut", "flip", "empty", "gone"])
def test_a_harmed_file_is_noticed(folder: Path, name: str, harm: str) -> None:
    path = version_folder(folder) / name
    content = bytearray(path.read_bytes())
    if harm == "gone":
        path.unlink()
    elif harm == "flip":
        content[len(content) // 2] ^= 0x10
        path.write_bytes(content)
    else:
        path.write_bytes(content[: len(content) // 2] if harm == "cut" else b"")
    with pytest.raises(NoModelError, match=r"Model \d{8}-\d{6} is (incomplete or )?damaged.*Train again"):
        Engine(folder).predict([desk.ticket(1, "vpn", "")])


def rewrite(folder: Path, parts: object) -> None:
    """A model file with matching checksum, as someone who can write to the folder might leave it."""
    import hashlib

    skops.io.dump(parts, folder / MODEL)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"][MODEL] = hashlib.sha256((folder / MODEL).read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))


def test_a_foreign_type_is_never_loaded(folder: Path) -> None:
    rewrite(version_folder(folder), {"vectorizer": desk.Text("not a plain thing")})
    with pytest.raises(NoModelError, match="types that are not allowed"):
        Engine(folder).predict([desk.ticket(1, "vpn", "")])


def test_plain_things_that_are_no_model(folder: Path) -> None:
    rewrite(version_folder(folder), {"something": [1, 2, 3]})
    with pytest.raises(NoModelError, match="cannot be read"):
        Engine(folder).predict([desk.ticket(1, "vpn", "")])


def test_a_manifest_from_the_future(folder: Path) -> None:
    path = version_folder(folder) / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"schema": 99}))
    with pytest.raises(NoModelError, match="newer Deflect"):
        Registry(folder).load(version_folder(folder).name)


@pytest.mark.parametrize("name", ["../../etc", "", ".", "20250301-080000/../x", "latest"])
def test_a_name_that_is_none_is_refused(folder: Path, name: str) -> None:
    with pytest.raises(NoModelError, match="not the name of a model"):
        Registry(folder).activate(name)


def test_an_unknown_version_leaves_the_active_one(folder: Path) -> None:
    registry = Registry(folder)
    before = registry.active()
    with pytest.raises(NoModelError, match="There is no model"):
        registry.activate("20200101-000000")
    assert registry.active() == before


def test_a_damaged_version_cannot_become_active(folder: Path) -> None:
    engine = Engine(folder)
    first = engine.version
    second = engine.train(desk.examples(60, seed=3), now=desk.START + timedelta(days=1)).version
    engine.promote(second)
    assert first is not None
    (folder / "versions" / first / MODEL).write_bytes(b"")
    with pytest.raises(NoModelError, match="damaged"):
        engine.promote(first)
    assert engine.version == second


def test_what_a_killed_run_left_is_not_listed_and_goes_away(folder: Path) -> None:
    stray = folder / "versions" / ".version-killed"
    stray.mkdir()
    (stray / MODEL).write_bytes(b"half")
    engine = Engine(folder)
    assert len(engine.versions()) == 1
    engine.train(desk.examples(60), now=desk.START + timedelta(days=1))
    assert not stray.exists()
    assert len(engine.versions()) == 2


def test_versions_of_one_second_are_told_apart_newest_first(folder: Path) -> None:
    engine = Engine(folder)
    made = [engine.train(desk.examples(60, seed=n), now=desk.START).version for n in (1, 2)]
    engine.promote(made[1])
    listed = [one.version for one in engine.versions()]
    assert listed == [made[1], made[0], "20250301-080000"]
    assert [one.active for one in engine.versions()] == [True, False, False]


def test_two_promotions_at_once_leave_one_of_them(folder: Path) -> None:
    engine = Engine(folder)
    first = engine.version
    second = engine.train(desk.examples(60, seed=3), now=desk.START + timedelta(days=1)).version
    assert first is not None
    names = [first, second]
    failures: list[BaseException] = []
    start = threading.Barrier(2)

    def promote(name: str) -> None:
        try:
            for _ in range(10):
                start.wait(timeout=30)
                Engine(folder).promote(name)
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test reports it
            failures.append(error)

    threads = [threading.Thread(target=promote, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert engine.version in names
    assert sum(one.active for one in engine.versions()) == 1
    assert not list(folder.glob(".ACTIVE*"))


def test_of_fifty_races_each_has_one_winner_and_the_loser_is_told(folder: Path) -> None:
    engine = Engine(folder)
    names = [engine.version, engine.train(desk.examples(60, seed=3), now=desk.START + timedelta(days=1)).version]
    registry = Registry(folder)
    for race in range(50):
        before = registry.active() or ""
        start, outcomes = threading.Barrier(2), []

        def promote(
            name: str, before: str = before, start: threading.Barrier = start, outcomes: list[str] = outcomes
        ) -> None:
            start.wait(timeout=30)
            try:
                Registry(folder).activate(name, before)
                outcomes.append(name)
            except PromotionConflictError:
                outcomes.append("refused")

        other = next(name for name in names if name != before)
        threads = [threading.Thread(target=promote, args=(str(other),)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == [other, "refused"], race
        assert registry.active() == other


def test_rolling_back_goes_back_step_by_step_and_then_says_that_there_is_no_more(folder: Path) -> None:
    registry = Registry(folder)
    first = str(registry.active())
    second = Engine(folder).train(desk.examples(60, seed=3), now=desk.START + timedelta(days=1)).version
    registry.activate(second)
    assert registry.previous() == first
    with pytest.raises(PromotionConflictError, match=second):
        registry.step_back(first)
    assert registry.step_back(second) == first == registry.active()
    with pytest.raises(NoModelError, match="no earlier model"):
        registry.step_back()
    assert registry.active() == first


def test_serving_none_is_a_state_that_can_be_expected(folder: Path) -> None:
    registry = Registry(folder)
    first = str(registry.active())
    registry.deactivate()
    with pytest.raises(PromotionConflictError, match="No model serves"):
        registry.activate(first, first)
    registry.activate(first, "")
    assert registry.active() == first


def test_a_write_that_fails_leaves_everything_as_it_was(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(folder)
    before, listed = engine.version, engine.versions()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            engine.train(desk.examples(60), now=desk.START + timedelta(days=1))
    assert engine.version == before
    assert engine.versions() == listed
    assert not list((folder / "versions").glob(".*"))


def test_the_card_says_what_a_reader_asks(folder: Path) -> None:
    card = Engine(folder).card(version_folder(folder).name)
    assert card.examples == 240
    assert set(card.figures) == set(card.intervals)
    assert all(
        low <= card.figures[name] <= high or name.endswith("calibration error")
        for name, (low, high) in card.intervals.items()
    )
    text = (version_folder(folder) / "card.md").read_text(encoding="utf-8")
    assert all(
        word in text
        for word in ("240 tickets", "Limits", "escalation AUC", "Candidates", "Attributes: product", "unsure between")
    )


def test_old_versions_go_but_what_serves_and_what_served_before_stay(folder: Path) -> None:
    engine, known = Engine(folder, kept=2), desk.examples(60)
    made = [engine.train(known, now=desk.START + timedelta(days=n)).version for n in (1, 2)]
    engine.promote(made[0])
    engine.train(known, now=desk.START + timedelta(days=3))
    engine.promote(made[0])
    before = engine.previous()
    last = [engine.train(known, now=desk.START + timedelta(days=n)) for n in (4, 5)]
    stored = {one.version for one in engine.versions()}
    assert {one.version for one in last} <= stored
    assert {engine.version, engine.previous()} <= stored
    assert before is not None
    assert "20250301-080000" not in stored, "the oldest, which nothing needs, is gone"
    assert len(stored) <= 4
    assert sorted(path.name for path in (folder / "versions").iterdir()) == sorted(stored)
    back = engine.rollback()
    assert engine.predict([desk.ticket(1, "vpn", "")])[0].model == back
    while engine.previous():
        assert engine.rollback() in stored


def test_reading_models_does_not_load_torch() -> None:
    look = "import sys, classifier.engine; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", look], check=False).returncode == 0
