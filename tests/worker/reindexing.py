"""A process that indexes everything again, and is killed at its Nth step. Run by `test_torture`."""

from __future__ import annotations

from functools import partial

from tests.worker.publishing import die_at_step
from web.freshness import bring_up_to_date

if __name__ == "__main__":
    die_at_step(partial(bring_up_to_date, full=True))
