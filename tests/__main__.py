"""All checks in one go: ``python -m tests``. Invariant: everything runs, and one failure makes the whole fail.

Arguments are handed to pytest, which then runs alone: ``python -m tests tests/kb -k audit``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
SCRIPTS: Final = Path(sysconfig.get_path("scripts"))
CHECKS: Final = (
    ("ruff", "check"),
    ("ruff", "format", "--check"),
    ("mypy",),
    ("lint-imports",),
)
WHOLE: Final = ("pytest", "-n", "logical", "--maxprocesses=4", "--dist=loadfile", "--cov", "--cov-report=term")
"""A file's tests stay together, because they share what takes long to make."""
BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
NO_BROWSER: Final = """
Chromium was not found, so the tests that drive a browser are left out.
On Debian or Ubuntu: apt-get install chromium
"""


def main(arguments: Sequence[str]) -> int:
    """Run what was asked for; the number of checks that failed."""
    if arguments:
        return run(("pytest", *arguments))
    failed = [check[0] for check in (*CHECKS, tests()) if run(check) != 0]
    say(f"Failed: {', '.join(failed)}" if failed else "All checks passed.")
    return len(failed)


def tests() -> tuple[str, ...]:
    """The whole suite with coverage; without a browser, and not on a build server, what needs one is left out."""
    if os.environ.get("CI") or any(shutil.which(name) for name in BROWSERS):
        return WHOLE
    say(NO_BROWSER)
    return (*WHOLE, "-m", "not browser")


def run(command: Sequence[str]) -> int:
    """One tool of this environment, from the project's folder."""
    say(f"$ {' '.join(command)}")
    # Several processes share the machine; each with a thread a core would only be in the others' way.
    environment = {"OMP_NUM_THREADS": "1"} | os.environ
    return subprocess.run([SCRIPTS / command[0], *command[1:]], cwd=ROOT, env=environment, check=False).returncode


def say(text: str) -> None:
    """Before what a tool says next."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
