"""The machine and the home folder. Invariant: looks only; whatever it writes to try something is gone again."""

from __future__ import annotations

import re
import shutil
import socket
import sqlite3
import stat
import sys
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Final

from web.diagnosis.check import Check, failed, ok, warning
from web.presence import served
from web.settings import Settings

MB: Final = 1_000_000
LITTLE, NEXT_TO_NOTHING = 1_000 * MB, 200 * MB
OLDEST_PYTHON: Final = (3, 11)
RESET_BUG: Final = ((3, 7, 0), (3, 51, 2))
"""SQLite versions that may, very rarely, damage a database in WAL mode when two connections checkpoint at once."""
RELEASED: Final = datetime(2026, 1, 1, tzinfo=UTC)
SKEW: Final = 120.0
LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")


def python() -> Check:
    """Whether this Python is one that Deflect runs on."""
    said = f"Python {sys.version.split()[0]}"
    if sys.version_info < OLDEST_PYTHON:
        return failed("Python", said, "Install Python 3.11 or newer, and Deflect in it.")
    return ok("Python", said)


def packages() -> Check:
    """Whether everything that Deflect needs is installed."""
    wanted = [line for line in requires("deflect") or [] if "extra ==" not in line]
    names = [match[0] for line in wanted if (match := re.match(r"[\w.-]+", line))]
    missing = [name for name in names if not _installed(name)]
    if missing:
        return failed(
            "Packages", f"missing: {', '.join(missing)}", "Install Deflect again: pip install --upgrade deflect"
        )
    return ok("Packages", f"Deflect {version('deflect')} and the {len(names)} packages that it needs")


def _installed(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True


def sqlite(settings: Settings, found: tuple[int, ...] = sqlite3.sqlite_version_info) -> Check:
    """Whether this SQLite is one that can be trusted with a write-ahead log."""
    said = f"SQLite {'.'.join(map(str, found))}"
    if settings.database_url and not settings.database_url.startswith("sqlite"):
        return ok("SQLite", f"{said}, not used: the records are elsewhere")
    if RESET_BUG[0] <= found <= RESET_BUG[1]:
        return warning(
            "SQLite",
            f"{said} has the WAL-reset bug (3.7.0 to 3.51.2): very rarely, writes at the same moment damage the database",
            "Use a Python built with SQLite 3.51.3 or newer, or PostgreSQL; until then run: deflect backup, every day",
        )
    return ok("SQLite", said)


def home(settings: Settings) -> Check:
    """Whether the home is there, writable, and nobody else's to read."""
    folder = settings.home
    if not folder.exists():
        return warning("Home", f"{folder} is not there yet", "Make it: deflect demo, or deflect import articles PATH")
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        fix = "Mend its permissions or free some space, or choose another with --home."
        return failed("Home", f"{folder} cannot be written ({error.strerror})", fix)
    database = folder / "deflect.db"
    if database.exists() and stat.S_IMODE(folder.stat().st_mode) & stat.S_IMODE(database.stat().st_mode) & 0o004:
        return warning(
            "Home", f"{folder} is writable, and everybody on this machine can read it", f"chmod 700 {folder}"
        )
    return ok("Home", f"{folder} is writable")


def disk(settings: Settings) -> Check:
    """Whether there is room for another index, a model and a backup."""
    folder = next((p for p in (settings.home.resolve(), *settings.home.resolve().parents) if p.exists()), Path("/"))
    free = shutil.disk_usage(folder).free
    said = f"{free / 1e9:,.1f} GB free"
    if free < NEXT_TO_NOTHING:
        return failed("Disk", said, "Free some space: an index run, a training or a backup may fail.")
    if free < LITTLE:
        return warning("Disk", said, "Free some space soon, for example old archives in the folder backups.")
    return ok("Disk", said)


def clock(now: datetime, newest: datetime | None) -> Check:
    """Whether the date can be right: after this release, after the newest deed, and as files are dated."""
    said = f"{now:%Y-%m-%d %H:%M} UTC"
    with tempfile.NamedTemporaryFile() as probe:
        apart = abs(Path(probe.name).stat().st_mtime - time.time())
    if now < RELEASED or apart > SKEW:
        return failed("Clock", f"{said} cannot be right", "Set the clock, for example: timedatectl set-ntp true")
    if newest is not None and (newest - now).total_seconds() > SKEW:
        fix = "Set the clock, for example: timedatectl set-ntp true"
        return warning("Clock", f"{said}, but the newest deed is of {newest:%Y-%m-%d %H:%M}", fix)
    return ok("Clock", said)


def port(settings: Settings) -> Check:
    """Whether the service can listen, or is what listens."""
    where = f"{settings.host}:{settings.port}"
    try:
        with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind((settings.host, settings.port))
    except OSError as error:
        if served(settings.home):
            return ok("Port", f"{where} is in use, and this desk is being served")
        return failed("Port", f"{where} cannot be used ({error.strerror})", "Choose another: --port, or DEFLECT_PORT.")
    if settings.host not in LOOPBACK and not settings.secure_cookies:
        fix = "Put HTTPS before it and set DEFLECT_SECURE_COOKIES=true."
        return warning("Port", f"{where} is free, and open to others without HTTPS", fix)
    return ok("Port", f"{where} is free")
