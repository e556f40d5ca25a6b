"""Fixtures of the record layer's tests. Invariant: each test has a desk of its own."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from tests.kb.desk_of_people import Desk, people


@pytest.fixture
def desk(session: Session, now: datetime) -> Desk:
    return people(session, now)
