"""Progress of long work on the terminal: percent, rate, time left. Invariant: on standard error, so output stays clean."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Never

from tqdm import tqdm


class Bar:
    """A bar a step; called by the engines and the importer with (step, done, total)."""

    def __init__(self, unit: str = "") -> None:
        self._unit = unit
        self._step = ""
        self._bar: tqdm[Never] | None = None

    def __enter__(self) -> Bar:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self._close()

    def __call__(self, step: str, done: int, total: int) -> None:
        if step != self._step:
            self._close()
            self._step = step
            # Without a terminal a line now and then is enough for a log.
            pause = 0.1 if sys.stderr.isatty() else 10.0
            self._bar = tqdm(
                total=total,
                desc=step,
                unit=self._unit,
                unit_scale=self._unit == "B",
                file=sys.stderr,
                mininterval=pause,
                maxinterval=pause,
                dynamic_ncols=True,
                leave=True,
            )
        if self._bar is not None:
            self._bar.total = total  # How much there is may show only on the way.
            self._bar.update(done - self._bar.n)

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
