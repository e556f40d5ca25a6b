"""Work in a process of its own, beside this one.

Invariant: it finds what it would find here, and it never outlives the process that asked, however that one ends.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from types import TracebackType
from typing import Final, Generic, Self, TypeVar

from threadpoolctl import threadpool_limits

from classifier import machine

T = TypeVar("T")
TWO: Final = 2
INTERRUPTED: Final = 1


class Beside(Generic[T]):
    """``work(*given())`` beside what is done within ``with``; where it is not `worth` a process, when it is asked for.

    `given` makes what the work needs, so that this process does not hold it as well. `work` must be a function of a
    module. What it takes and gives is copied between the two processes, which is no file that somebody could have
    changed.
    """

    def __init__(self, work: Callable[..., T], given: Callable[[], tuple[object, ...]], *, worth: bool) -> None:
        self._work, self._given = work, given
        self._worth = worth and machine.cores() >= TWO
        self._process: SpawnProcess | None = None
        self._answer: Connection | None = None
        self._limits = ExitStack()

    def __enter__(self) -> Self:
        # Half of the cores each. A library's threads that wait for a core spin: one more than there are cores costs more
        # than it gives, and somebody may be serving beside this.
        threads = max(1, machine.cores() // TWO)
        self._limits.enter_context(threadpool_limits(threads))
        if self._worth:
            with suppress(OSError):  # Where no process can be had, it is done here.
                self._start(threads)
        return self

    def _start(self, threads: int) -> None:
        # A fresh one, not a fork: threads and locks of the libraries do not survive a fork.
        context = get_context("spawn")
        here, there = context.Pipe()
        process = context.Process(target=_run, args=(there, threads), daemon=True)
        try:
            process.start()
        finally:
            there.close()
        self._process, self._answer = process, here
        # Not among the arguments: those would be waited for without end where the process dies before it read them.
        here.send((self._work, self._given()))

    def result(self, *more: object) -> T:
        """What it found, waited for. Where the process ended without an answer it is done again, here, given `more`."""
        if self._answer is not None:
            with suppress(EOFError, OSError):
                found: T = self._answer.recv()
                return found
        return self._work(*self._given(), *more)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._limits.close()
        if self._process is not None and self._answer is not None:
            self._process.kill()
            self._process.join()
            self._answer.close()


def _run(answer: Connection, threads: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # The one that asked hears it as well, and ends this one.
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # Without an answer the work is done again by the one that asked, and fails there, where it can be said.
    with threadpool_limits(threads), suppress(Exception):
        work, given = answer.recv()
        answer.send(work(*given))


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(INTERRUPTED)
