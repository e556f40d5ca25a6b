"""Pictures of how well articles are found, as PNG and SVG. Invariant: drawn from what the table says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import sqrt
from pathlib import Path
from typing import Any, Final

from search.contract import Bin, SearchEvaluation
from web.cli.escalation_plots import FORMATS, INK, OTHER, OURS_COLOUR, STYLE

Axes = Any
"""matplotlib's, which ships no types."""
CUTS: Final = (1, 3, 5, 10)
OTHERS: Final = {
    "fixed sum": ("#52606d", "--"), "plain hybrid": (OTHER, "-."), "plain vectors": ("#a8763e", ":"),
    "BM25": ("#5b7083", (0, (5, 1, 1, 1, 1, 1))), "popularity": ("#66788a", (0, (1, 1.5))),
}  # fmt: skip
APART: Final = 0.045
"""How far two names stand apart at least, as a share of the height."""
HIGHEST: Final = 0.97
"""Where a name may stand at most: the picture ends at 1."""
CERTAIN: Final = 1.96
"""Standard deviations on either side that hold 95 %."""


def draw_all(found: SearchEvaluation, folder: Path) -> list[Path]:
    """Write every picture; the files."""
    import matplotlib as mpl

    mpl.use("Agg")
    folder.mkdir(parents=True, exist_ok=True)
    made: list[Path] = []
    for name in DRAWERS:
        figure = draw(found, name)
        for ending in FORMATS:
            path = folder / f"search-{name}.{ending}"
            # No date in the file: the same figures give the same bytes.
            with mpl.rc_context(STYLE):
                figure.savefig(path, metadata={"Date": None} if ending == "svg" else {"Software": None})
            made.append(path)
    return made


def draw(found: SearchEvaluation, name: str) -> Any:  # noqa: ANN401 - matplotlib's figure
    """One picture: ``methods``, ``reliability`` or ``no-answer``."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(7.2, 4.6), layout="constrained")
        DRAWERS[name](found, figure.subplots())
    return figure


def _methods(found: SearchEvaluation, axes: Axes) -> None:
    ends: list[tuple[float, str, str]] = []
    for method, figures in found.methods.items():
        values = [figures[f"hit@{cut}"] for cut in CUTS]
        middle = [value for value, _, _ in values]
        colour, line = OTHERS.get(method, (OURS_COLOUR, "-"))
        if method == "deflect":
            low, high = [v[1] for v in values], [v[2] for v in values]
            axes.fill_between(CUTS, low, high, color=colour, alpha=0.15, linewidth=0)
            axes.plot(CUTS, middle, color=colour, linewidth=2.4, marker="o")
        else:
            axes.plot(CUTS, middle, color=colour, linewidth=1.4, linestyle=line, marker=".")
        ends.append((middle[-1], f"{method}  {middle[-1]:.2f}", colour))
    for at, (height, name, colour) in zip(spread([end[0] for end in ends]), ends, strict=True):
        weight = "bold" if colour == OURS_COLOUR else "normal"
        axes.annotate(
            name, (CUTS[-1], height), xytext=(CUTS[-1] + 0.35, at), textcoords="data", color=colour, fontsize=9,
            va="center", weight=weight, annotation_clip=False,
        )  # fmt: skip
    axes.set(
        xticks=CUTS, xlim=(0.7, CUTS[-1] + 2.9), ylim=(0, 1), xlabel="articles shown",
        ylabel="questions whose answer is among them", title=f"Is the answer among the first?  n = {found.questions}",
    )  # fmt: skip


def spread(heights: Sequence[float], apart: float = APART) -> list[float]:
    """Places for names beside lines that end at those heights: in the same order, none nearer than `apart`."""
    order = sorted(range(len(heights)), key=lambda number: heights[number])
    places = [heights[number] for number in order]
    for at in range(1, len(places)):
        places[at] = max(places[at], places[at - 1] + apart)
    # Pushed upwards only, the last would stand away from their lines: give half of it back.
    shift = sum(place - heights[number] for place, number in zip(places, order, strict=True)) / max(1, len(places))
    lowest = min((heights[number] for number in order), default=0.0)
    moved = [place - min(shift, lowest) for place in places]
    highest = HIGHEST
    for at in reversed(range(len(moved))):
        moved[at] = min(moved[at], highest)
        highest = moved[at] - apart
    return [moved[order.index(number)] for number in range(len(heights))]


def _reliability(found: SearchEvaluation, axes: Axes) -> None:
    said = [one.said for one in found.reliability]
    came = [one.came for one in found.reliability]
    between = [likely(one) for one in found.reliability]
    below = [max(0.0, seen - low) for seen, (low, _) in zip(came, between, strict=True)]
    above = [max(0.0, high - seen) for seen, (_, high) in zip(came, between, strict=True)]
    each = found.reliability[0].count if found.reliability else 0
    axes.plot([0, 1], [0, 1], color=INK, linewidth=1, linestyle=":", label="what is said is what happens")
    axes.errorbar(
        said, came, yerr=[below, above], color=OURS_COLOUR, marker="o", linestyle="none", capsize=3, linewidth=1.2,
        label=f"about {each} questions each, with 95 % intervals",
    )  # fmt: skip
    axes.set(
        xlim=(0, 1), ylim=(0, 1), xlabel="probability that was said of the first suggestion",
        ylabel="share that it was the answer",
        title=f"Does it mean what it says?  expected calibration error {found.calibration_error:.3f}",
    )  # fmt: skip
    axes.legend(loc="upper left")


def likely(one: Bin) -> tuple[float, float]:
    """Between what the true share of a bin lies with 95 % confidence (Wilson 1927)."""
    if not one.count:
        return 0.0, 1.0
    square = CERTAIN**2 / one.count
    middle = (one.came + square / 2) / (1 + square)
    half = CERTAIN * sqrt(one.came * (1 - one.came) / one.count + square / (4 * one.count)) / (1 + square)
    return max(0.0, middle - half), min(1.0, middle + half)


def _trade(found: SearchEvaluation, axes: Axes) -> None:
    bars = [trade.bar for trade in found.trades]
    lines = (
        ("answered, of those with an article", [t.answered for t in found.trades], OURS_COLOUR, "-"),
        ("refused, where it was taken away", [t.refused for t in found.trades], OTHER, "-."),
        ("right, of what was answered", [t.right for t in found.trades], INK, "--"),
    )
    for name, values, colour, line in lines:
        axes.plot(bars, values, color=colour, linestyle=line, linewidth=1.8, label=name)
    axes.axvline(found.bar, color=INK, linewidth=0.8, linestyle=":")
    axes.annotate(
        f"the bar that serves: {found.bar:.2f}", (found.bar, 0.02), xytext=(4, 0), textcoords="offset points",
        fontsize=9, rotation=90, va="bottom",
    )  # fmt: skip
    axes.set(
        xlim=(0, 1), ylim=(0, 1), xlabel="bar: probability from which on it counts as an answer", ylabel="share of questions",
        title=f"When is no answer the honest one?  area under ROC {found.answer_is_here:.3f}",
    )  # fmt: skip
    axes.figure.legend(loc="outside lower center", ncols=3, fontsize=8, handlelength=2.2, columnspacing=1.4)


DRAWERS: Final[Mapping[str, Callable[[SearchEvaluation, Axes], None]]] = {
    "methods": _methods, "reliability": _reliability, "no-answer": _trade,
}  # fmt: skip
