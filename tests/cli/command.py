"""The real command in a process of its own, and small files to feed it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

DEFLECT = shutil.which("deflect", path=str(Path(sys.executable).parent)) or "deflect"
ARTICLES = [
    {"slug": "reset-reader", "title": "Reset the card reader", "body": "# Reset\n\nHold the button for ten seconds."},
    {"slug": "refund", "title": "Refund a payment", "body": "Open the sale, choose refund, and enter the amount."},
    {"slug": "till-offline", "title": "The till is offline", "body": "Check the cable, then restart the router."},
]
TICKETS = [
    {"id": "T-1", "subject": "Reader frozen", "body": "It shows nothing at all", "articles": ["reset-reader"]},
    {"id": "T-2", "subject": "Money back", "body": "The customer paid twice", "articles": ["refund"], "escalated": 1},
    {"id": "T-3", "subject": "Offline", "body": "The till has no connection", "team": "Network"},
]


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def said(self) -> list[str]:
        """Lines on standard error, without progress bars."""
        lines = [line.split("\r")[-1] for line in self.err.splitlines()]
        return [line for line in lines if line.strip() and "|" not in line]


def environment(**more: str) -> dict[str, str]:
    """Without whatever the person who tests has set."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("DEFLECT_", "COV_"))}
    return plain | {"OMP_NUM_THREADS": "1"} | more


def deflect(
    home: Path, *words: str, given: str | None = None, before: Callable[[], None] | None = None, **more: str
) -> Ended:
    """Run it to its end. `before` runs in the new process first; `more` are environment variables."""
    done = subprocess.run(
        [DEFLECT, "--home", str(home), *words], input=given or "", capture_output=True, text=True, timeout=240,
        env=environment(**more), preexec_fn=before, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return Ended(done.returncode, done.stdout, done.stderr)


def write_rows(path: Path, rows: list[dict[str, object]]) -> Path:
    """As JSONL."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def tree(folder: Path) -> dict[str, int]:
    """Every file and its length; logs of the database, which come and go, left out."""
    kept = (p for p in folder.rglob("*") if p.is_file() and not p.name.endswith(("-wal", "-shm", ".lock")))
    return {path.relative_to(folder).as_posix(): path.stat().st_size for path in kept}
