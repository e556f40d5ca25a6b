"""The index follows the database, and so does what was learned of deleted articles.

Invariant: an errand is settled only by a run that began after it was left.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from kb.services import working
from kb.services.audit import INDEX_CHANGED
from search.contract import IndexReport, Progress
from web.desk import Desk


def bring_up_to_date(
    desk: Desk,
    *,
    full: bool = False,
    progress: Progress | None = None,
    stop: Callable[[], bool] | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> IndexReport:
    """One run. It compares everything, so it also settles errands that others hold or gave up.

    Raises:
        IndexStoppedError: `stop` answered true.
        SearchError: the index cannot be made.
    """
    with desk.reading() as session:
        covered = working.open_ids(session, INDEX_CHANGED)
    report = desk.search.index(desk.source, full=full, progress=progress, stop=stop)
    desk.search.forget_all_but(desk.source.articles())
    if covered:
        with desk.writing() as session:
            working.done(session, covered, now())
            session.commit()
    return report
