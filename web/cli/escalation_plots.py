"""Pictures of an assessment, as PNG and SVG. Invariant: drawn from what the table says, readable in black and white too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from classifier.assessment import OURS, Assessment

INK, OURS_COLOUR, OTHER, PALE = "#1f2933", "#0b6e8a", "#c4573a", "#d9dee3"
FORMATS: Final = ("png", "svg")
KINDS: Final = ("reliability", "capacity", "probabilities", "methods", "slices")


def draw_all(found: Assessment, folder: Path) -> list[Path]:
    """Write every picture for which there are figures; the files."""
    import matplotlib as mpl

    mpl.use("Agg")
    folder.mkdir(parents=True, exist_ok=True)
    made: list[Path] = []
    with mpl.rc_context(STYLE):
        for name in KINDS:
            figure = draw(found, name)
            if figure is None:
                continue
            for ending in FORMATS:
                path = folder / f"escalation-{name}.{ending}"
                # No date in the file: the same figures give the same bytes.
                figure.savefig(path, metadata={"Date": None} if ending == "svg" else {"Software": None})
                made.append(path)
    return made


def draw(found: Assessment, name: str) -> Any | None:  # noqa: ANN401 - matplotlib's figure
    """One picture; None where there is nothing to show."""
    drawers: Mapping[str, Callable[[Assessment, Any], bool]] = {
        "reliability": _reliability, "capacity": _capacity, "probabilities": _probabilities, "methods": _methods,
        "slices": _slices,
    }  # fmt: skip
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 4.6), layout="constrained")
    axes = figure.subplots()
    return figure if drawers[name](found, axes) else None


STYLE: Final = {
    "figure.dpi": 150, "font.size": 10, "axes.edgecolor": INK, "axes.labelcolor": INK, "text.color": INK,
    "xtick.color": INK, "ytick.color": INK, "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True,
    "grid.color": PALE, "grid.linewidth": 0.6, "axes.titlelocation": "left", "axes.titleweight": "bold",
    "legend.frameon": False, "svg.hashsalt": "deflect", "svg.fonttype": "none",
}  # fmt: skip


def _reliability(found: Assessment, axes: Any) -> bool:  # noqa: ANN401 - matplotlib's axes
    curves = found.curves
    if not curves.said:
        return False
    lower = [max(0.0, seen - low) for seen, (low, _) in zip(curves.seen, curves.seen_between, strict=True)]
    upper = [max(0.0, high - seen) for seen, (_, high) in zip(curves.seen, curves.seen_between, strict=True)]
    axes.plot([0, 1], [0, 1], color=INK, linewidth=1, linestyle=":", label="what is said is what happens")
    axes.errorbar(
        curves.said, curves.seen, yerr=[lower, upper], color=OURS_COLOUR, marker="o", linewidth=1.6, capsize=3,
        label="tenths of the tickets, with 95 % intervals",
    )  # fmt: skip
    axes.set(
        xlim=(0, 1), ylim=(0, 1), xlabel="probability that was said", ylabel="share that escalated",
        title=f"Does it mean what it says?  n = {len(curves.precision)}",
    )  # fmt: skip
    axes.legend(loc="upper left")
    return True


def _capacity(found: Assessment, axes: Any) -> bool:  # noqa: ANN401 - matplotlib's axes
    curves = found.curves
    if not curves.precision:
        return False
    looked = range(1, len(curves.precision) + 1)
    axes.plot(looked, curves.recall, color=OURS_COLOUR, linewidth=1.8, label="escalations found")
    axes.plot(looked, curves.precision, color=OTHER, linewidth=1.8, linestyle="--", label="alarms that were right")
    for one, words in ((found.tenth, "a tenth"), (found.capacity, "capacity")):
        if one is not None:
            axes.axvline(one.looked_at, color=INK, linewidth=0.8, linestyle=":")
            axes.annotate(
                f"{words}: {one.looked_at}", (one.looked_at, 0.4), rotation=90, fontsize=8, ha="right", va="bottom"
            )
    axes.set(
        ylim=(0, 1.02), xlim=(0, len(curves.precision)), xlabel="tickets that people look at, most probable first",
        ylabel="share", title="What a desk finds with the time it has",
    )  # fmt: skip
    axes.legend(loc="center right")
    return True


def _probabilities(found: Assessment, axes: Any) -> bool:  # noqa: ANN401 - matplotlib's axes
    curves = found.curves
    if not curves.chances_escalated:
        return False
    bins = [n / 20 for n in range(21)]
    axes.hist(curves.chances_kept, bins=bins, color=PALE, edgecolor=INK, linewidth=0.5, label="did not escalate")
    axes.hist(
        curves.chances_escalated, bins=bins, color=OURS_COLOUR, alpha=0.75, edgecolor=INK, linewidth=0.5,
        label="escalated",
    )  # fmt: skip
    axes.set(xlim=(0, 1), xlabel="probability that was said", ylabel="tickets", title="How far apart they are")
    axes.legend(loc="upper center")
    return True


def _methods(found: Assessment, axes: Any) -> bool:  # noqa: ANN401 - matplotlib's axes
    shown = [(method, part, name, figure)
             for name, part in (("average precision", "whether"), ("AUC", "whether"), ("accuracy", "where"), ("top 3", "where"))
             for method, evaluation in found.methods.items()
             if (figure := getattr(evaluation, part).get(name)) is not None]  # fmt: skip
    if not shown:
        return False
    names = list(dict.fromkeys(name for _, _, name, _ in shown))
    methods = list(dict.fromkeys(method for method, *_ in shown))
    for method, _, name, figure in shown:
        at = names.index(name) + (methods.index(method) - (len(methods) - 1) / 2) * 0.18
        axes.errorbar(
            [figure.value], [at], xerr=[[max(0.0, figure.value - figure.low)], [max(0.0, figure.high - figure.value)]],
            marker="o" if method == OURS else "s", color=OURS_COLOUR if method == OURS else OTHER, capsize=2,
            alpha=1.0 if method == OURS else 0.35 + 0.2 * methods.index(method),
        )  # fmt: skip
        axes.annotate(method, (figure.high, at), xytext=(6, -3), textcoords="offset points", fontsize=7)
    labels = {"accuracy": "team named first", "top 3": "team among three"}
    axes.set(
        xlim=(0, 1.4),
        xticks=[0, 0.2, 0.4, 0.6, 0.8, 1],
        yticks=range(len(names)),
        yticklabels=[labels.get(name, name) for name in names],
    )
    axes.set(title=f"Beside simple methods  n = {found.tickets}", xlabel="with 95 % intervals")
    axes.invert_yaxis()
    return True


def _slices(found: Assessment, axes: Any) -> bool:  # noqa: ANN401 - matplotlib's axes
    shown = [one for one in found.slices if one.whether_wrong is not None and one.whether_wrong_between is not None][
        :20
    ]
    if not shown:
        return False
    for at, one in enumerate(shown):
        wrong, (low, high) = one.whether_wrong or 0.0, one.whether_wrong_between or (0.0, 1.0)
        axes.errorbar(
            [wrong], [at], xerr=[[max(0.0, wrong - low)], [max(0.0, high - wrong)]], marker="o", color=OURS_COLOUR,
            capsize=2,
        )  # fmt: skip
    axes.set(
        yticks=range(len(shown)), yticklabels=[f"{one.name}: {one.value[:28]} ({one.tickets})" for one in shown],
        xlabel="share wrongly foreseen, with 95 % intervals", title="For whom it is wrong how often",
    )  # fmt: skip
    axes.tick_params(axis="y", labelsize=8)
    axes.set_xlim(left=0)
    axes.invert_yaxis()
    return True
