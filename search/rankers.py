"""Learned rankers on disk.

Invariant: a version appears whole or not at all, holds plain numbers only, and serves only if its bytes are what its
manifest says and its vectors are of the recipe that serves.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np

from search.affinity import Affinity
from search.calibration import NAMES as SIGNS
from search.calibration import Calibration
from search.contract import RankerConflictError, RankerVersion, SearchError
from search.features import NAMES
from search.files import alone, broken_files, read_manifest, sync, write_atomically, write_manifest
from search.popularity import Popularity
from search.ranker import Ranker
from search.recipe import Recipe

POINTER: Final = "CURRENT"
FIXED: Final = "fixed"
"""What the pointer says where the fixed rule was chosen."""
NAME: Final = re.compile(r"ranker-\d{6,}")
ARRAYS: Final = "arrays.npz"
FACTS: Final = "facts.json"
ENCODER: Final = "encoder"
KEPT: Final = 5
READ: Final = [*NAMES, *SIGNS]
BROKEN: Final = "Ranking by the fixed rule: the learned ranker is damaged. Run: deflect train"
OLDER: Final = "Ranking by the fixed rule: the learned ranker is of another version of Deflect. Run: deflect train"
FOREIGN: Final = "Ranking by the fixed rule: the learned ranker knows another encoder. Run: deflect train"


class Rankers:
    """The folder that holds them, and the pointer to the one that serves."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def mark(self) -> tuple[int, int]:
        """Changes whenever the pointer moves; (0, 0) where there is none."""
        try:
            seen = (self.folder / POINTER).stat()
        except OSError:
            return 0, 0
        return seen.st_ino, seen.st_mtime_ns

    def current(self) -> str:
        """Name of the version that serves; empty where the fixed rule does."""
        try:
            name = (self.folder / POINTER).read_text(encoding="ascii", errors="replace").strip()
        except OSError:
            return ""
        return "" if name == FIXED else name

    def load(self) -> tuple[Ranker | None, str]:
        """The ranker that serves, or none and a note that says why; the note is empty where none was ever chosen."""
        name = self.current()
        if not name:
            return None, ""
        try:
            if not NAME.fullmatch(name):
                raise ValueError("not a version")
            return self.read(name)
        except (OSError, ValueError, KeyError, TypeError, EOFError):
            return None, BROKEN

    def versions(self) -> dict[str, Mapping[str, Any]]:
        """Manifests by name, oldest first; a version whose manifest cannot be read is left out."""
        found: dict[str, Mapping[str, Any]] = {}
        for name in self.names():
            try:
                found[name] = read_manifest(self.folder / name)
            except (OSError, ValueError):
                continue
        return found

    def described(self) -> tuple[RankerVersion, ...]:
        """Those that can be read, newest first."""
        serving = self.current()
        return tuple(_described(name, manifest, serving) for name, manifest in reversed(self.versions().items()))

    def names(self) -> list[str]:
        """Of all versions, oldest first."""
        found = (path.name for path in self.folder.glob("ranker-*") if NAME.fullmatch(path.name))
        return sorted(found, key=lambda name: int(name.removeprefix("ranker-")))

    def serve(self, name: str, expected: str) -> None:
        """As `promote`, if `expected` serves now; both empty for the fixed rule.

        Raises:
            RankerConflictError: another one serves.
            SearchError: there is no such version, or it is damaged.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with alone(self.folder / "pointer.lock"):
            serving = self.current()
            if serving != expected:
                raise RankerConflictError(f"Meanwhile {serving or 'the fixed rule'} serves. Look again.")
            self.promote(name or FIXED)

    def promote(self, name: str) -> None:
        """Serve that version from now on, or the fixed rule where `name` is "fixed".

        Raises:
            SearchError: there is no such version, or it is damaged.
        """
        if name != FIXED:
            try:
                if not NAME.fullmatch(name) or broken_files(self.folder / name, read_manifest(self.folder / name)):
                    raise SearchError(f"The ranker {name} is damaged. Choose another, or run: deflect train")
            except (OSError, ValueError) as error:
                raise SearchError(f"There is no ranker {name}.") from error
        self.folder.mkdir(parents=True, exist_ok=True)
        write_atomically(self.folder / POINTER, name)

    def add(self, ranker: Ranker, facts: Mapping[str, Any]) -> str:
        """Keep a version; it does not serve by that. `facts` go into its manifest."""
        with alone(self.folder / "writer.lock"):
            aside = Path(tempfile.mkdtemp(prefix=".ranker-", dir=self.folder))
            try:
                _write(ranker, aside)
                write_manifest(aside, {"recipe": Recipe.current().fingerprint, "features": READ, **facts})
                last = self.names()[-1:]
                name = f"ranker-{int(last[0].removeprefix('ranker-')) + 1 if last else 1:06d}"
                aside.rename(self.folder / name)
                sync(self.folder)
            finally:
                shutil.rmtree(aside, ignore_errors=True)
            for old in self.names()[:-KEPT]:
                if old != self.current():
                    shutil.rmtree(self.folder / old, ignore_errors=True)
        return name

    def drop(self, name: str) -> None:
        """Keep that version no longer, unless it serves."""
        if NAME.fullmatch(name) and name != self.current():
            shutil.rmtree(self.folder / name, ignore_errors=True)

    def read(self, name: str) -> tuple[Ranker | None, str]:
        """One version, or none and why; OSError, ValueError, KeyError, TypeError or EOFError where it cannot be read."""
        folder = self.folder / name
        manifest = read_manifest(folder)
        if broken_files(folder, manifest):
            return None, BROKEN
        if manifest.get("recipe") != Recipe.current().fingerprint:
            return None, FOREIGN
        if manifest.get("features") != READ:
            return None, OLDER
        facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        with np.load(folder / ARRAYS, allow_pickle=False) as held:
            arrays = {name: held[name] for name in held.files}
        return _made(arrays, facts, folder), ""


ARRAYS_OF_AFFINITY: Final = ("articles", "towards", "bias", "unknown", "nothing")
TUNED: Final = "tuned "
"""Before the names of what belongs to the tuned encoder."""


def _described(name: str, manifest: Mapping[str, Any], serving: str) -> RankerVersion:
    figures = {key: float(value) for key, value in manifest.get("figures", {}).items()}
    return RankerVersion(
        name, serves=name == serving, orders=figures.get("gain mrr@10, low", 0.0) > 0,
        tuned=bool(manifest.get("tuned")), at=str(manifest.get("at", "")), lessons=int(manifest.get("lessons", 0)),
        judged_on=int(manifest.get("judged on", 0)), by_time=bool(manifest.get("by time", True)), figures=figures,
    )  # fmt: skip


def _write(ranker: Ranker, folder: Path) -> None:
    arrays = {"mean": ranker.mean, "deviation": ranker.deviation, "weights": ranker.weights}
    for prefix, affinity in (("", ranker.affinity), (TUNED, ranker.tuned)):
        if affinity is not None:
            arrays |= {prefix + name: getattr(affinity, name) for name in ARRAYS_OF_AFFINITY}
    np.savez(folder / ARRAYS, **arrays)  # type: ignore[arg-type] # its stubs take names for flags
    if ranker.encoder is not None:
        shutil.copytree(ranker.encoder, folder / ENCODER)
    popular, products = ranker.popular, ranker.affinity.products if ranker.affinity else None
    facts = {
        "calibration": asdict(ranker.calibration), "refused": ranker.refused, "balanced": ranker.balanced,
        "answered": ranker.answered, "right": ranker.right,
        "fixed": ranker.fixed, "usual": ranker.usual, "products": products,
        "popularity": [[*key, count, list(popular.solved.get(key, {}).items())] for key, count in popular.tickets.items()],
    }  # fmt: skip
    (folder / FACTS).write_text(json.dumps(facts), encoding="utf-8")


def _affinity(arrays: Mapping[str, Any], products: tuple[str, ...], prefix: str = "") -> Affinity | None:
    if f"{prefix}towards" not in arrays:
        return None
    articles, towards, bias, unknown, nothing = (arrays[prefix + name] for name in ARRAYS_OF_AFFINITY)
    return Affinity(articles, products, towards, bias, unknown, nothing)


def _made(arrays: Mapping[str, Any], facts: Mapping[str, Any], folder: Path) -> Ranker:
    products = tuple(facts["products"] or ())
    rows = [
        ((product, topic), count, dict(map(tuple, solved))) for product, topic, count, solved in facts["popularity"]
    ]
    said = facts["calibration"]
    mean, deviation, weights = (tuple(said[name]) for name in ("mean", "deviation", "weights"))
    calibration = Calibration(mean, deviation, weights, float(said["intercept"]))
    tuned = _affinity(arrays, products, TUNED)
    return Ranker(
        arrays["mean"], arrays["deviation"], arrays["weights"], _affinity(arrays, products),
        Popularity({key: count for key, count, _ in rows}, {key: solved for key, _, solved in rows}),
        calibration, tuple(facts["refused"]), tuple(facts.get("answered", ())), tuple(facts.get("right", ())),
        float(facts["balanced"]), float(facts["usual"]), bool(facts["fixed"]), tuned=tuned, encoder=folder / ENCODER if tuned else None,
    )  # fmt: skip
