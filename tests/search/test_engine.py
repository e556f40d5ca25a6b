from __future__ import annotations

from search.engine import Engine


def test_nothing_is_indexed_at_first(engine: Engine) -> None:
    assert engine.generation is None
