"""An encoder whose question side was tuned on the desk's own pairs.

Invariant: it is tuned in a process of its own, so that torch's memory goes with it; of the texts only token numbers leave
this process, in a folder that nobody else may read and that goes when the learning ends. Passages and remembered tickets
keep the plain encoder's vectors: the tuned ones are compared with what was learnt together with them, and nothing else.
"""

from __future__ import annotations

import json
import logging
import subprocess
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from search.affinity import Affinity
from search.contract import Progress, Vectors
from search.embedding import UNREADABLE, Encoder
from search.export import apart
from search.lessons import Lessons
from search.pairs import descended, folded, of_unlinked, pairs_of
from search.ranker import Ranker
from search.recipe import DIMENSIONS
from search.texts import of_query

LEAST_TUNED: Final = 1500
"""Fewer solved questions than this do not pay for the minutes."""
MOST_TUNED: Final = 10_000
"""Of more, the latest are read."""
LONGEST: Final = 128
"""Tokens of a question that the tuned encoder reads."""
STEP: Final = "tuning the encoder"
PAIRS: Final = "pairs.npz"
STATE: Final = "state.npz"
ENCODER: Final = "encoder"
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Tuned:
    """What was learnt together with the encoder in `folder`."""

    affinity: Affinity
    folder: Path
    encoder: Encoder

    def serving(self, ranker: Ranker) -> Ranker:
        """The same ranker, hearing this encoder too."""
        return replace(ranker, tuned=self.affinity, encoder=self.folder)

    def vectors(self, lessons: Lessons, rows: NDArray[np.int64]) -> Vectors:
        """Shape (rows, dimensions)."""
        return self.encoder.encode([of_query(lessons.all[row].query) for row in rows])


@dataclass(frozen=True, slots=True)
class Tuning:
    """Tunes below `folder`, which goes with everything in it when the learning ends."""

    folder: Path
    plain: Encoder
    threads: int
    least: int = LEAST_TUNED

    def __call__(self, lessons: Lessons, rows: NDArray[np.int64], progress: Progress) -> Tuned | None:
        """Tune on those lessons; None where there are too few, or where it failed, which is logged."""
        rows = rows[-MOST_TUNED:]
        solved, vectors, columns = lessons.solved(rows), lessons.vectors[rows], lessons.columns
        here = np.asarray(columns) > 0
        known = pairs_of(vectors, lessons.product_of(rows), solved, lessons.passages, here, len(lessons.products))
        if len(known.rows) < self.least:
            return None
        place = Path(tempfile.mkdtemp(dir=self.folder))
        texts = [of_query(lessons.all[row].query) for row in rows[known.rows]]
        state = descended(known, vectors[known.rows], lambda: progress(STEP, 0, 1))
        _write(place / PAIRS, self.plain.tokens(texts), {
            "product_of": known.product_of, "target": known.target, "weight": known.weight, "means": known.means, **state,
        })  # fmt: skip
        try:
            _run(place, self.threads, progress)
        except (OSError, subprocess.SubprocessError) as error:
            logger.warning("The encoder was not tuned: %s", error)
            return None
        finally:
            (place / PAIRS).unlink()
        with np.load(place / STATE, allow_pickle=False) as held:
            after = {name: held[name] for name in held.files}
        encoder = Encoder(place / ENCODER, threads=self.threads, longest=LONGEST)
        made = folded(known, after, columns, lessons.products, np.zeros(DIMENSIONS + 1, np.float32))
        some = encoder.encode(texts[:: max(1, len(texts) // 200)])
        unknown = of_unlinked(made, some, known.means, solved)
        return Tuned(replace(made, unknown=unknown), place / ENCODER, encoder)


def _write(path: Path, tokens: list[list[int]], arrays: dict[str, NDArray[np.generic]]) -> None:
    flat = np.array([token for each in tokens for token in each[:LONGEST]], np.int32)
    lengths = np.array([len(each[:LONGEST]) for each in tokens], np.int64)
    np.savez(path, tokens=flat, lengths=lengths, **arrays)  # type: ignore[arg-type] # its stubs take names for flags


def _run(place: Path, threads: int, progress: Progress) -> None:
    """The process that tunes; it says on each line how far it is. It ends with us, whatever happens here."""
    command, environment = apart("search.tuning", str(place), str(threads))
    with subprocess.Popen(  # noqa: S603 - our own module, our own interpreter
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as process:
        try:
            for line in process.stdout or ():
                done, total = json.loads(line)
                progress(STEP, done, total)
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, "the tuning process")


class TunedEncoder:
    """What reads a question for the ranker that serves. It stays loaded until another version serves."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._held: tuple[Path, Encoder] | None = None

    def read(self, folder: Path, text: str) -> Vectors | None:
        """A vector of shape (384,); None where the folder has gone or is damaged."""
        try:
            held = self._held
            if held is None or held[0] != folder:
                held = self._held = folder, Encoder(folder, threads=self._threads, longest=LONGEST)
            vector: Vectors = held[1].encode([text])[0]
        except UNREADABLE:
            return None
        return vector
