"""Model versions on disk.

Invariant: a version is whole (its manifest was written last and every file matches it) or it does not exist; nothing
is ever unpickled; exactly one version is active, and the pointer moves by one rename.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import skops.io

from classifier.contract import ModelVersion, NoModelError
from classifier.pipeline import Model

MODEL, CARD, READABLE, MANIFEST, POINTER = "model.skops", "card.json", "card.md", "manifest.json", "ACTIVE"
TRUSTED: Final = ["classifier.features.TicketVectorizer"]
"""The only types beyond scikit-learn's and NumPy's own that a model file may hold."""
SCHEMA: Final = 1


@dataclass(frozen=True, slots=True)
class Card:
    """The model card: what it learned from, how good it is, and its limits."""

    version: str
    created_at: str
    examples: int
    first: str
    last: str
    trained: tuple[str, ...]
    skipped: Mapping[str, str]
    figures: Mapping[str, float]
    method: str
    limits: str


class Registry:
    """The folder of versions."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._versions = folder / "versions"

    def save(self, model: Model, card: Card) -> None:
        """Store a version; it appears whole or not at all. It is not active yet."""
        self._versions.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=".version-", dir=self._versions))
        try:
            skops.io.dump(model.to_parts(), aside / MODEL)
            (aside / CARD).write_text(json.dumps(asdict(card), indent=1), encoding="utf-8")
            (aside / READABLE).write_text(readable(card), encoding="utf-8")
            files = {name: _checksum(aside / name) for name in (MODEL, CARD, READABLE)}
            (aside / MANIFEST).write_text(json.dumps({"schema": SCHEMA, "files": files}), encoding="utf-8")
            aside.rename(self._versions / card.version)
        finally:
            shutil.rmtree(aside, ignore_errors=True)

    def load(self, version: str) -> Model:
        """The model of a version.

        Raises:
            NoModelError: there is no such version, or its files are not what was stored.
        """
        self._verify(version)
        path = self._versions / version / MODEL
        try:
            unknown = set(skops.io.get_untrusted_types(file=path)) - set(TRUSTED)
            if unknown:
                raise NoModelError(f"Model {version} holds types that are not allowed. Train again: deflect train")
            return Model.from_parts(skops.io.load(path, trusted=TRUSTED))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise NoModelError(f"Model {version} cannot be read. Train again: deflect train") from error

    def card(self, version: str) -> Card:
        """The card of a version; NoModelError where there is none."""
        try:
            content: dict[str, Any] = json.loads((self._versions / version / CARD).read_text(encoding="utf-8"))
            return Card(**content)
        except (OSError, ValueError, TypeError) as error:
            raise NoModelError(f"There is no model {version}. See: deflect models list") from error

    def active(self) -> str | None:
        """The version that serves."""
        try:
            return (self._folder / POINTER).read_text(encoding="utf-8").strip() or None
        except OSError:
            return None

    def mark(self) -> int:
        """Changes whenever the pointer moves."""
        try:
            return (self._folder / POINTER).stat().st_mtime_ns
        except OSError:
            return 0

    def activate(self, version: str) -> None:
        """Serve that version from now on; it is verified first."""
        with self._alone():
            self._verify(version)
            aside = self._folder / f".{POINTER}.{os.getpid()}"
            with aside.open("w", encoding="utf-8") as file:
                file.write(version)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(self._folder / POINTER)

    def list(self) -> tuple[ModelVersion, ...]:
        """Whole versions, newest first."""
        active = self.active()
        found = []
        for folder in sorted(self._versions.glob("[!.]*"), reverse=True):
            try:
                card = self.card(folder.name)
            except NoModelError:
                continue
            found.append(ModelVersion(
                card.version, card.version == active, card.created_at, tuple(card.trained), card.figures, card.examples
            ))  # fmt: skip
        return tuple(found)

    def new_version(self, now: datetime) -> str:
        """A name no version has, in the order of time."""
        base, number = f"{now:%Y%m%d-%H%M%S}", 1
        name = base
        while (self._versions / name).exists():
            number += 1
            name = f"{base}-{number}"
        return name

    def _verify(self, version: str) -> None:
        folder = self._versions / version
        try:
            manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            if manifest["schema"] > SCHEMA:
                raise NoModelError(f"Model {version} was stored by a newer Deflect. Train again: deflect train")
            broken = [name for name, digest in manifest["files"].items() if _checksum(folder / name) != digest]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise NoModelError(f"Model {version} is missing or damaged. Train again: deflect train") from error
        if broken:
            raise NoModelError(f"Model {version} is damaged ({', '.join(broken)}). Train again: deflect train")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "writer.lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def readable(card: Card) -> str:
    """The card as Markdown."""
    rows = "\n".join(f"| {name} | {value:.4g} |" for name, value in card.figures.items())
    skipped = "\n".join(f"- {name}: {reason}" for name, reason in card.skipped.items()) or "- nothing"
    return (
        f"# Model {card.version}\n\nTrained {card.created_at} on {card.examples} tickets"
        f"{f' from {card.first} to {card.last}' if card.first else ''}: {', '.join(card.trained)}.\n\n"
        f"{card.method}\n\n## Figures on held-out tickets\n\n| figure | value |\n| --- | --- |\n{rows}\n\n"
        f"## Not trained\n\n{skipped}\n\n## Limits\n\n{card.limits}\n"
    )


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
