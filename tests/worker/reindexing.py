"""A process that indexes everything again, and is killed at its Nth step. Run by `test_torture`."""

from __future__ import annotations

import sys
from pathlib import Path

from sqlalchemy import event

from tests.worker.publishing import Steps
from web.desk import Desk
from web.freshness import bring_up_to_date
from web.settings import Settings


def main() -> None:
    """HOME and the step at which to die; prints how many steps there are if it lives."""
    steps = Steps(int(sys.argv[2]))
    desk = Desk(Settings(home=Path(sys.argv[1]), index_threads=1))
    desk.search.warm()
    event.listen(desk.records, "before_cursor_execute", lambda *_: steps.step())
    event.listen(desk.records, "commit", lambda *_: steps.step())
    sys.addaudithook(steps.heard)
    steps.armed = True
    bring_up_to_date(desk, full=True)
    steps.armed = False
    sys.stdout.write(f"{steps.count}\n")


if __name__ == "__main__":
    main()
