"""A desk on which nothing lasts. Invariant: the home it stands for is only read, and not even made where it is not there."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url

from kb import database
from kb.snapshot import snapshot
from web.desk import Desk


@contextmanager
def rehearsed(desk: Desk) -> Iterator[Desk]:
    """The same records, copied into a folder that goes away; whoever serves the real ones is not kept waiting.

    PostgreSQL keeps nobody waiting: there the desk itself serves, and whoever rehearses does not commit.

    Raises:
        RecordsError: the records cannot be copied.
    """
    settings = desk.settings
    url = make_url(settings.url)
    if url.get_backend_name() != "sqlite":
        yield desk
        return
    with tempfile.TemporaryDirectory(prefix="deflect-") as folder:
        if url.database and Path(url.database).exists():
            original = database.connect(settings.url)
            try:
                snapshot(original, Path(folder) / "deflect.db")
            finally:
                original.dispose()
        copy = Desk(settings.model_copy(update={"home": Path(folder), "database_url": ""}))
        try:
            yield copy
        finally:
            copy.records.dispose()
