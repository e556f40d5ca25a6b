from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from search.contract import Bin, SearchEvaluation, Trade
from web.cli.evaluate_search import FIGURES, table
from web.cli.search_plots import draw_all, likely, spread


@pytest.fixture
def found() -> SearchEvaluation:
    """Made-up figures of two methods."""
    figures = dict.fromkeys(FIGURES, (0.5, 0.4, 0.6))
    return SearchEvaluation(
        {"deflect": figures, "BM25": dict.fromkeys(FIGURES, (0.2, 0.1, 0.3))}, 120, True, 0.031,
        tuple(Bin(step / 10, step / 11, 12) for step in range(10)), 0.81,
        tuple(Trade(bar / 100, 1 - bar / 100, 0.5 + bar / 250, bar / 100) for bar in range(1, 100)), 0.35,
        {"p50": 9.0, "p95": 14.0, "ranker p50": 2.0, "ranker p95": 3.0}, ("memory",),
    )  # fmt: skip


def test_the_table_says_every_figure_with_its_interval_and_the_bar_that_serves(found: SearchEvaluation) -> None:
    lines = list(table(found))
    assert lines[0].startswith("120 solved tickets, later than all that was learned from, without memory")
    assert sum("[0.400, 0.600]" in line for line in lines) == 1
    (serving,) = [line for line in lines if "serves" in line]
    assert serving.split()[0] == "0.35"
    assert any("0.031" in line for line in lines)


def test_pictures_are_the_same_bytes_for_the_same_figures(found: SearchEvaluation, tmp_path: Path) -> None:
    first, second = draw_all(found, tmp_path / "a"), draw_all(found, tmp_path / "b")
    assert {path.name for path in first} == {
        f"search-{name}.{ending}" for name in ("methods", "reliability", "no-answer") for ending in ("png", "svg")
    }
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    assert "n = 120" in (tmp_path / "a" / "search-methods.svg").read_text()


def test_no_two_figures_of_the_table_touch(found: SearchEvaluation) -> None:
    assert not any("]0." in line for line in table(found))


@pytest.mark.parametrize("heights", [[0.8, 0.79, 0.2], [0.5] * 6, [1.0, 0.99, 0.98, 0.1], [0.0, 0.0], [0.3], []])
def test_names_beside_lines_stand_apart_and_in_the_order_of_the_lines(heights: list[float]) -> None:
    places = spread(heights)
    ordered = sorted(places)
    assert all(high - low > 0.044 for low, high in pairwise(ordered))
    assert all(
        (places[a] < places[b]) == (heights[a] < heights[b])
        for a in range(len(heights)) for b in range(len(heights)) if heights[a] != heights[b]
    )  # fmt: skip
    assert all(0 <= place <= 0.97 for place in places)


def test_the_interval_of_a_bin_is_wilsons() -> None:
    low, high = likely(Bin(0.5, 0.5, 100))
    assert (low, high) == (pytest.approx(0.404, abs=0.001), pytest.approx(0.596, abs=0.001))
    assert likely(Bin(0.1, 0.0, 10))[0] == 0
    assert likely(Bin(0.1, 0.0, 0)) == (0, 1)
