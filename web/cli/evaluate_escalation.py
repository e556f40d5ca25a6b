"""`deflect evaluate escalation`. Invariant: judged on tickets that the judging model had not learned from, or it is said."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import click

from classifier.assessment import SLICED_BY, Assessment, Capacity, assess
from classifier.challenge import Material, rehearse
from classifier.contract import Example, NothingToTrainError, Outcome, Prediction
from kb.records import TICKET_FIELDS, TicketRecord
from kb.services.training import embedded, lessons, rows, with_vectors
from web.cli.output import replaced
from web.cli.progress import Bar
from web.cli.suggest import report
from web.connectors.files import read_tickets
from web.connectors.mapping import parse_mapping
from web.connectors.rows import RowError
from web.desk import Desk
from web.settings import Settings

BATCH: Final = 256
WIDTH: Final = 24


@click.command("escalation")
@click.option(
    "--input", "source", type=click.Path(path_type=Path), default=None,
    help="Judge the model that serves by the outcomes in this file; without it the desk's own history, as of a past day.",
)  # fmt: skip
@click.option("--map", "mapping", multiple=True, metavar="FIELD=COLUMN", help="Which column feeds which field.")
@click.option("--attribute", "attributes", multiple=True, metavar="COLUMN", help="A column that was trained with.")
@click.option("--id", "id_column", default=None, help="Column with the ticket's id.")
@click.option("--capacity", default=20.0, type=click.FloatRange(min=0.1), help="Tickets a day that people can look at.")
@click.option("--by", multiple=True, metavar="ATTRIBUTE", help="Slice by this attribute; several allowed.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("--output", type=click.Path(path_type=Path), default=None, help="Write the JSON to this file as well.")
@click.option("--plots", type=click.Path(path_type=Path), default=None, help="Folder for pictures, PNG and SVG.")
def escalation_command(
    source: Path | None,
    mapping: tuple[str, ...],
    attributes: tuple[str, ...],
    id_column: str | None,
    capacity: float,
    by: tuple[str, ...],
    output: Path | None,
    plots: Path | None,
    *,
    as_json: bool,
) -> None:
    """Whether and where tickets escalate: every figure with its interval, for each kind of ticket, beside simple methods."""
    desk = Desk(Settings())
    errors: list[RowError] = []
    with Bar() as bar:
        if source is None:
            learn, judge, said, how = _own(desk, bar)
        else:
            pairs = (*mapping, f"id={id_column}") if id_column else mapping
            learn, judge, said, how = _file(desk, bar, source, pairs, attributes, errors)
        bar("judging", 0, 1)
        found = assess(learn, judge, said, per_day=capacity, by=by or SLICED_BY)
        bar("judging", 1, 1)
    values = as_values(found, how)
    if output is not None:
        with replaced(output) as file:
            json.dump(values, file, ensure_ascii=False, indent=1)
    if plots is not None:
        from web.cli.escalation_plots import draw_all

        for path in draw_all(found, plots):
            click.echo(f"wrote {path}", err=True)
    for line in [json.dumps(values, ensure_ascii=False)] if as_json else table(found, how):
        click.echo(line)
    report(errors)


Judging = tuple[Sequence[Example], Sequence[Example], Sequence[Prediction], str]


def _own(desk: Desk, bar: Bar) -> Judging:
    """The desk's history as of a past day."""
    with desk.reading() as session:
        known = lessons(session, desk.search, bar)
    try:
        made = rehearse(Material(with_vectors(known, desk.search, bar)), bar)
    except NothingToTrainError as error:
        raise click.ClickException(f"There is nothing to judge. {error}") from error
    how = f"the desk's own history: learned from {len(made.earlier)} earlier tickets, judged on {len(made.later)} later ones"
    if made.left_out:
        how += f"; left out, because they tell the outcome by themselves: {', '.join(made.left_out)}"
    return made.earlier, made.later, made.predictions, how


def _file(
    desk: Desk, bar: Bar, source: Path, pairs: Sequence[str], attributes: Sequence[str], errors: list[RowError]
) -> Judging:
    """The serving model on a file that knows the outcomes; what it learned from stands for the simple methods."""
    desk.escalation.predict([])  # without a model this fails before any file is read
    records: list[TicketRecord] = []
    names = parse_mapping(pairs, TICKET_FIELDS)
    for row in read_tickets(source, names, attributes, lambda done, total: bar("reading the file", done, total)):
        if isinstance(row, RowError):
            errors.append(row)
        else:
            records.append(row[1])
    with desk.reading() as session:
        then = rows(session, records)
    tickets = embedded(desk.search, then, bar)
    judge = [Example(t, Outcome(r.escalated, r.team, r.level)) for t, r in zip(tickets, records, strict=True)]
    if not any(e.outcome.escalated is not None or e.outcome.team for e in judge):
        raise click.ClickException("The file names no outcome. Map one, for example: --map escalated=COLUMN")
    said: list[Prediction] = []
    for start in range(0, len(tickets), BATCH):
        said += desk.escalation.predict(tickets[start : start + BATCH])
        bar("predicting", len(said), len(tickets))
    with desk.reading() as session:
        learn = lessons(session).examples
    seen = {(e.ticket.subject.redacted, e.ticket.body.redacted) for e in learn}
    copies = sum((t.subject.redacted, t.body.redacted) in seen for t in tickets)
    how = f"{source.name}: {len(judge)} tickets, by model {desk.escalation.version}"
    return learn, judge, said, how + (f"; {copies} of them are in what it learned from" if copies else "")


def as_values(found: Assessment, how: str) -> dict[str, Any]:
    """Everything but the curves, as JSON takes it."""
    values = {name: value for name, value in asdict(found).items() if name != "curves"}
    return {"judged_on": how, **values}


def table(found: Assessment, how: str) -> Iterator[str]:
    """The same for people."""
    dates = f", written {found.first} to {found.last}" if found.first else ""
    yield f"Judged on {how}{dates}. In brackets: 95 % intervals."
    for title, part in (("Whether it escalates", "whether"), ("Where it goes", "where")):
        yield from _compared(title, {name: getattr(one, part) for name, one in found.methods.items()})
    for one, name in ((found.tenth, "Looking at a tenth"), (found.capacity, "At capacity")):
        if one is not None:
            yield _looking(name, one)
    yield from _sliced(found)


def _compared(title: str, methods: dict[str, Any]) -> Iterator[str]:
    names = list(dict.fromkeys(name for figures in methods.values() for name in figures))
    if not names:
        yield f"{title}: not available, or no outcome is known."
        return
    shown = {method: figures for method, figures in methods.items() if figures}
    yield ""
    yield f"{title:<{WIDTH}}" + "".join(f"{method:>30}" for method in shown)
    for name in names:
        cells = [_cell(name, figures) for figures in shown.values()]
        yield f"{name:<{WIDTH}}" + "".join(f"{cell:>30}" for cell in cells)


def _cell(name: str, figures: dict[str, Any]) -> str:
    one = figures.get(name)
    if one is None:
        return "-"
    return f"{one.value:.0f}" if name == "tickets" else f"{one.value:.3f} [{one.low:.3f}, {one.high:.3f}]"


def _looking(name: str, one: Capacity) -> str:
    often = f" ({one.per_day:g} a day)" if one.per_day is not None else ""
    return (
        f"{name}{often}: of {one.looked_at} tickets {one.precision:.0%} escalated, {one.recall:.0%} of all escalations "
        f"found, lift {one.lift:.1f}"
    )


def _sliced(found: Assessment) -> Iterator[str]:
    if not found.slices:
        return
    yield ""
    yield f"{'Kind of ticket':<40}{'n':>6}{'escalated':>11}{'said':>8}{'wrong':>24}{'team wrong':>24}"
    for one in found.slices:
        yield (
            f"{f'{one.name}: {one.value}'[:39]:<40}{one.tickets:>6}{_share(one.escalated):>11}{_share(one.said):>8}"
            f"{_wrong(one.whether_wrong, one.whether_wrong_between):>24}{_wrong(one.team_wrong, one.team_wrong_between):>24}"
        )


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.0%}"


def _wrong(value: float | None, between: tuple[float, float] | None) -> str:
    return "-" if value is None or between is None else f"{value:.1%} [{between[0]:.1%}, {between[1]:.1%}]"
