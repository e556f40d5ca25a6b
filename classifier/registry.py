"""Model versions on disk.

Invariant: a version is whole (its manifest was written last and every file matches it) or it does not exist; nothing
is ever unpickled; at most one version is active, and the pointer moves by one rename.

``<folder>/versions/<version>/{model.skops, card.json, card.md, history.json, manifest.json}``, ``<folder>/ACTIVE``,
``<folder>/writer.lock``.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from classifier import parts
from classifier.card import Card, readable
from classifier.challenge import AnyModel
from classifier.coldstart import ColdModel
from classifier.contract import ModelVersion, NoModelError
from classifier.history import History
from classifier.pipeline import Model
from classifier.pointer import Pointer, sync

__all__ = ["Card", "Registry", "readable"]

MODEL, CARD, READABLE, HISTORY = "model.skops", "card.json", "card.md", "history.json"
FILES: Final = (MODEL, CARD, READABLE, HISTORY)
MANIFEST, POINTER = "manifest.json", "ACTIVE"
SCHEMA: Final = 1
AGAIN: Final = "Train again: deflect train"
NOTHING_SEEN: Final = History()

_NAME = re.compile(r"\d{8}-\d{6}(-\d+)?")


class Registry:
    """The folder of versions. Safe to use from several threads and processes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._versions = folder / "versions"
        self._pointer = Pointer(folder / POINTER)

    def save(
        self, model: AnyModel, now: datetime, card: Callable[[str], Card], history: History = NOTHING_SEEN
    ) -> Card:
        """Store a new version; it appears whole or not at all. It is not active yet. `card` gets the version's name."""
        with self._alone():
            self._versions.mkdir(parents=True, exist_ok=True)
            for stray in self._versions.glob(".*"):
                shutil.rmtree(stray, ignore_errors=True)
            made = card(self._new_name(now))
            aside = Path(tempfile.mkdtemp(prefix=".version-", dir=self._versions))
            try:
                _write(aside, model, made, history)
                aside.rename(self._versions / made.version)
            finally:
                shutil.rmtree(aside, ignore_errors=True)
            sync(self._versions)
        return made

    def load(self, version: str) -> AnyModel:
        """The model of a version.

        Raises:
            NoModelError: there is no such version, or its files are not what was stored.
        """
        self._verify(version)
        try:
            known = parts.read(self._versions / version / MODEL)
            return (ColdModel if known.get("kind") == "cold" else Model).from_parts(known)
        except NoModelError as error:
            raise NoModelError(f"Model {version} cannot be used: {error}. {AGAIN}") from error
        except parts.UNREADABLE as error:
            raise NoModelError(f"Model {version} cannot be read. {AGAIN}") from error

    def card(self, version: str) -> Card:
        """The card of a version; NoModelError where there is none."""
        try:
            content: dict[str, Any] = json.loads((self._at(version) / CARD).read_text(encoding="utf-8"))
            return Card(**content)
        except (OSError, ValueError, TypeError) as error:
            raise NoModelError(f"There is no model {version}. See: deflect models list") from error

    def history(self, version: str) -> History:
        """What a version had seen; NoModelError where its files are not what was stored."""
        self._verify(version)
        try:
            return History.from_json(json.loads((self._versions / version / HISTORY).read_text(encoding="utf-8")))
        except parts.UNREADABLE as error:
            raise NoModelError(f"The history of model {version} cannot be read. {AGAIN}") from error

    def active(self) -> str | None:
        """The version that serves."""
        return self._pointer.active

    def previous(self) -> str | None:
        """The version that served before it."""
        return self._pointer.previous

    def activate(self, version: str, expected: str | None = None) -> None:
        """Serve that version from now on. It is loaded first: what cannot be read never becomes active.

        Raises:
            NoModelError: it cannot be read; the version that was active stays so.
            PromotionConflictError: another than `expected` serves by now.
        """
        self.load(version)
        with self._alone():
            self._pointer.push(version, expected)

    def step_back(self, expected: str | None = None) -> str:
        """Serve again what served before; which version that is. Raises as `activate` does."""
        previous, serving = self.previous(), self.active()
        if previous is not None:
            self.load(previous)
        with self._alone():
            self._pointer.pop(serving or "" if expected is None else expected)
            return self._pointer.active or ""

    def deactivate(self) -> None:
        """Serve none from now on."""
        with self._alone():
            self._pointer.clear()

    def prune(self, kept: int) -> tuple[str, ...]:
        """Delete what is older than the newest `kept` versions; which. What serves and what served before it stay."""
        with self._alone():
            names = sorted((folder.name for folder in self._versions.glob("[!.]*")), key=_order, reverse=True)
            staying = {*names[: max(kept, 1)], *self._pointer.stack()[:2]}
            old = tuple(name for name in names if name not in staying and _NAME.fullmatch(name))
            self._pointer.forget(set(old))
            for name in old:
                # Out of sight in one step: a version is whole or it does not exist.
                aside = self._versions / f".{name}"
                (self._versions / name).rename(aside)
                shutil.rmtree(aside, ignore_errors=True)
        return old

    def list(self) -> tuple[ModelVersion, ...]:
        """Whole versions, newest first."""
        active, found = self.active(), []
        for folder in sorted(self._versions.glob("[!.]*"), key=lambda one: _order(one.name), reverse=True):
            try:
                card = self.card(folder.name)
            except NoModelError:
                continue
            found.append(ModelVersion(
                card.version, card.version == active, card.created_at, tuple(card.trained), card.figures, card.examples
            ))  # fmt: skip
        return tuple(found)

    def _at(self, version: str) -> Path:
        # A name comes from outside; one that is no name must not become a path.
        if not _NAME.fullmatch(version):
            raise NoModelError(f"“{version[:40]}” is not the name of a model. See: deflect models list")
        return self._versions / version

    def _new_name(self, now: datetime) -> str:
        base, number = f"{now:%Y%m%d-%H%M%S}", 1
        name = base
        while (self._versions / name).exists():
            number += 1
            name = f"{base}-{number}"
        return name

    def _verify(self, version: str) -> None:
        folder = self._at(version)
        if not folder.is_dir():
            raise NoModelError(f"There is no model {version}. See: deflect models list")
        try:
            manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            newer = int(manifest["schema"]) > SCHEMA
            broken = [name for name in FILES if _checksum(folder / name) != manifest["files"][name]]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise NoModelError(f"Model {version} is incomplete or damaged. {AGAIN}") from error
        if newer:
            raise NoModelError(f"Model {version} was stored by a newer Deflect. Update Deflect, or train again.")
        if broken:
            raise NoModelError(f"Model {version} is damaged ({', '.join(broken)}). {AGAIN}")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "writer.lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _write(folder: Path, model: AnyModel, card: Card, history: History) -> None:
    """All files of a version, the manifest last."""
    parts.write(folder / MODEL, model.to_parts())
    (folder / CARD).write_text(json.dumps(asdict(card), indent=1, ensure_ascii=False), encoding="utf-8")
    (folder / READABLE).write_text(readable(card), encoding="utf-8")
    (folder / HISTORY).write_text(json.dumps(history.to_json(), ensure_ascii=False), encoding="utf-8")
    files = {name: _checksum(folder / name) for name in FILES}
    for name in files:
        sync(folder / name)
    (folder / MANIFEST).write_text(json.dumps({"schema": SCHEMA, "files": files}, indent=1), encoding="utf-8")
    sync(folder / MANIFEST)


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _order(name: str) -> tuple[str, int]:
    """Versions of one second by their number."""
    base, _, number = name.rpartition("-") if name.count("-") == 2 else (name, "", "1")
    return base, int(number) if number.isdigit() else 0
