"""Pictures of how well articles are found, as PNG and SVG. Invariant: drawn from what the table says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from search.contract import SearchEvaluation
from web.cli.escalation_plots import FORMATS, INK, OTHER, OURS_COLOUR, PALE, STYLE

Axes = Any
"""matplotlib's, which ships no types."""
CUTS: Final = (1, 3, 5, 10)
OTHERS: Final = {
    "fixed sum": ("#52606d", "--"), "plain hybrid": (OTHER, "-."), "plain vectors": ("#a8763e", ":"),
    "BM25": ("#7b8794", ":"), "popularity": ("#9aa5b1", "--"),
}  # fmt: skip


def draw_all(found: SearchEvaluation, folder: Path) -> list[Path]:
    """Write every picture; the files."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib.figure import Figure

    folder.mkdir(parents=True, exist_ok=True)
    drawers: Mapping[str, Callable[[SearchEvaluation, Axes], None]] = {
        "methods": _methods, "reliability": _reliability, "no-answer": _trade,
    }  # fmt: skip
    made: list[Path] = []
    with mpl.rc_context(STYLE):
        for name, drawer in drawers.items():
            figure = Figure(figsize=(7.2, 4.6), layout="constrained")
            drawer(found, figure.subplots())
            for ending in FORMATS:
                path = folder / f"search-{name}.{ending}"
                # No date in the file: the same figures give the same bytes.
                figure.savefig(path, metadata={"Date": None} if ending == "svg" else {"Software": None})
                made.append(path)
    return made


def _methods(found: SearchEvaluation, axes: Axes) -> None:
    for method, figures in found.methods.items():
        values = [figures[f"hit@{cut}"] for cut in CUTS]
        middle = [value for value, _, _ in values]
        if method == "deflect":
            low, high = [v[1] for v in values], [v[2] for v in values]
            axes.fill_between(CUTS, low, high, color=OURS_COLOUR, alpha=0.15, linewidth=0)
            axes.plot(CUTS, middle, color=OURS_COLOUR, linewidth=2.4, marker="o", label=method)
        else:
            colour, line = OTHERS.get(method, (INK, "-"))
            axes.plot(CUTS, middle, color=colour, linewidth=1.4, linestyle=line, marker=".", label=method)
    axes.set(
        xticks=CUTS, ylim=(0, 1), xlabel="articles shown", ylabel="questions whose answer is among them",
        title=f"Is the answer among the first?  n = {found.questions}",
    )  # fmt: skip
    axes.legend(loc="lower right", ncols=2)


def _reliability(found: SearchEvaluation, axes: Axes) -> None:
    axes.plot([0, 1], [0, 1], color=INK, linewidth=1, linestyle=":", label="what is said is what happens")
    said, came = [one.said for one in found.reliability], [one.came for one in found.reliability]
    axes.plot(said, came, color=OURS_COLOUR, marker="o", linewidth=1.6, label="bins of equally many questions")
    axes.set(
        xlim=(0, 1), ylim=(0, 1), xlabel="probability that was said of the first suggestion",
        ylabel="share that it was the answer",
        title=f"Does it mean what it says?  expected calibration error {found.calibration_error:.3f}",
    )  # fmt: skip
    axes.legend(loc="upper left")


def _trade(found: SearchEvaluation, axes: Axes) -> None:
    bars = [trade.bar for trade in found.trades]
    axes.axvspan(
        max(0.0, found.bar - 0.004), found.bar + 0.004, color=PALE, label=f"the bar that serves, {found.bar:.2f}"
    )
    axes.plot(
        bars, [t.answered for t in found.trades], color=OURS_COLOUR, linewidth=2, label="answered, of all that have one"
    )
    axes.plot(
        bars,
        [t.right for t in found.trades],
        color=INK,
        linewidth=1.4,
        linestyle="--",
        label="right, of what was answered",
    )
    axes.plot(
        bars,
        [t.refused for t in found.trades],
        color=OTHER,
        linewidth=2,
        linestyle="-.",
        label="refused, where the article was taken away",
    )
    axes.set(
        xlim=(0, 1), ylim=(0, 1), xlabel="bar: probability from which on it counts as an answer", ylabel="share of questions",
        title=f"When is no answer the honest one?  area under ROC {found.answer_is_here:.3f}",
    )  # fmt: skip
    axes.legend(loc="center right")
