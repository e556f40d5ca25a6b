"""`deflect evaluate search`. Invariant: every method answers the same tickets in the same run, and none knows later ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import click

from kb.services.ranker import evaluate_search
from search.contract import SearchEvaluation
from web.cli.output import replaced
from web.cli.progress import Bar
from web.desk import Desk
from web.settings import Settings

FIGURES: Final = ("hit@1", "hit@3", "hit@5", "hit@10", "mrr@10", "ndcg@10", "macro_hit@10")
SOURCES: Final = ("semantic", "lexical", "memory", "popularity", "learnt", "facts")
BARS_SHOWN: Final = 10
"""Every so many bars of the trade-off are a line of the table."""


@click.command("search")
@click.option(
    "--without",
    multiple=True,
    type=click.Choice(SOURCES),
    help="Leave a source out, to see what it is worth; repeatable.",
)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("--output", type=click.Path(path_type=Path), default=None, help="Write the JSON to this file as well.")
@click.option("--plots", type=click.Path(path_type=Path), default=None, help="Folder for pictures, PNG and SVG.")
def search_command(without: tuple[str, ...], output: Path | None, plots: Path | None, *, as_json: bool) -> None:
    """How well the latest solved tickets would have been answered from earlier ones, beside simpler methods."""
    desk = Desk(Settings())
    with Bar() as bar, desk.reading() as session:
        found = evaluate_search(session, desk.search, without, bar)
    values = asdict(found)
    if output is not None:
        with replaced(output) as file:
            json.dump(values, file, ensure_ascii=False, indent=1)
    if plots is not None:
        from web.cli.search_plots import draw_all

        for path in draw_all(found, plots):
            click.echo(f"wrote {path}", err=True)
    for line in [json.dumps(values, ensure_ascii=False)] if as_json else table(found):
        click.echo(line)


def table(found: SearchEvaluation) -> Iterator[str]:
    """The figures in lines."""
    how = "later than all that was learned from" if found.by_time else "drawn by lot, because tickets bear no dates"
    left = f", without {', '.join(found.without)}" if found.without else ""
    yield f"{found.questions} solved tickets, {how}{left}; in brackets 95 % intervals"
    yield f"{'':<14}" + "".join(f"{name:>22}" for name in FIGURES)
    for method, figures in found.methods.items():
        yield f"{method:<14}" + "".join(f"{_interval(figures[name]):>22}" for name in FIGURES)
    yield ""
    yield f"calibration error of the first suggestion  {found.calibration_error:.3f}  (15 bins of equal size; each ticket judged by what others calibrated)"
    yield f"“the answer is here”, area under ROC       {found.answer_is_here:.3f}"
    yield f"{'bar':>6} {'answered':>9} {'of those right':>15} {'refused without an article':>27}"
    for number, trade in enumerate(found.trades):
        if number % BARS_SHOWN == BARS_SHOWN - 1 or trade.bar == found.bar:
            mark = "  ← serves" if trade.bar == found.bar else ""
            yield f"{trade.bar:>6.2f} {trade.answered:>9.3f} {trade.right:>15.3f} {trade.refused:>27.3f}{mark}"
    spent: dict[str, Any] = dict(found.milliseconds)
    yield f"a question takes {spent['p50']:.1f} ms (p95 {spent['p95']:.1f}), of it the ranker {spent['ranker p50']:.1f} (p95 {spent['ranker p95']:.1f})"


def _interval(figure: tuple[float, float, float]) -> str:
    return f"{figure[0]:.3f} [{figure[1]:.3f}, {figure[2]:.3f}]"
