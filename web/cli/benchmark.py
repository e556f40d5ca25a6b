"""`deflect benchmark`: how long suggestions and predictions take here.

Invariant: the desk's real index answers real questions through the real flow, embedding included; nothing is recorded.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any, Final, cast

import click
import numpy as np
from sqlalchemy.orm import Session

from kb.records import TICKET_FIELDS
from kb.redaction import redact
from kb.services.asking import Asked, ask
from kb.services.completing import complete
from kb.services.sampling import own_questions
from kb.viewers import Viewer
from search.contract import NoIndexError, SearchEngine
from web.cli.benchmark_predicting import predicting
from web.cli.progress import Bar
from web.cli.suggest import asked_of
from web.connectors.files import read_tickets
from web.connectors.mapping import parse_mapping
from web.connectors.rows import RowError
from web.desk import Desk
from web.settings import Settings

AGENT: Final = Viewer(role="lead", name="command line")
WARM: Final = 20
"""Questions asked before the clock starts."""
TYPED: Final = (3, 8, 16, 32)
"""Letters after which a search box is measured."""
CALLS: Final = {"candidates": "finding", "rank": "ranking", "extract": "extracting"}
"""What the flow calls of the engine, and what the table calls it."""
PERCENTILES: Final = (50, 95, 99)


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds by the clock; ``cpu_…`` of the processor alone, which other work on the machine does not change."""

    p50: float
    p95: float
    p99: float
    mean: float
    longest: float
    cpu_p50: float
    cpu_p95: float
    n: int


class Stopwatch:
    """Seconds by the clock and of the processor, by name, a pair a question."""

    def __init__(self) -> None:
        self.taken: dict[str, list[tuple[float, float]]] = defaultdict(list)

    @contextmanager
    def timing(self, name: str) -> Iterator[None]:
        """Time what happens inside."""
        started, worked = time.perf_counter(), time.thread_time()
        try:
            yield
        finally:
            self.taken[name].append((time.perf_counter() - started, time.thread_time() - worked))

    def watching(self, engine: SearchEngine) -> SearchEngine:
        """The same engine, with its calls timed."""
        return cast(SearchEngine, _Watched(engine, self))

    def latencies(self) -> dict[str, Latency]:
        """By name, in the order of first use."""
        return {name: _latency(values) for name, values in self.taken.items()}


class _Watched:
    def __init__(self, engine: SearchEngine, watch: Stopwatch) -> None:
        self._engine, self._watch = engine, watch

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the engine has
        found = getattr(self._engine, name)
        return self._timed(found, CALLS[name]) if name in CALLS else found

    def _timed(self, call: Callable[..., Any], name: str) -> Callable[..., Any]:
        @wraps(call)
        def timed(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - as the call takes and gives
            with self._watch.timing(name):
                return call(*given, **named)

        return timed


@click.command("benchmark")
@click.option(
    "--input", "source", type=click.Path(path_type=Path), help="Questions; else the desk's own solved tickets."
)
@click.option("--map", "mapping", multiple=True, metavar="FIELD=COLUMN")
@click.option("--count", default=500, type=click.IntRange(1), help="Questions asked.")
@click.option("--limit", default=10, type=click.IntRange(1, 50), help="Suggestions a question.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def benchmark_command(source: Path | None, mapping: tuple[str, ...], count: int, limit: int, *, as_json: bool) -> None:
    """Measure suggestions and predictions on this machine: median and tail, whole and by part.

    Suggestions include the embedding; predictions do not, and are measured one by one and many at once.
    """
    desk = Desk(Settings())
    with desk.reading() as session, Bar() as bar:
        chosen = _from_file(source, mapping)[:count] if source else own_questions(session, count)
        if not chosen:
            raise click.ClickException("There is no question to ask. Import tickets, or name a file with --input.")
        _warm(desk, session, chosen, limit)
        watch = _measured(desk, session, chosen, limit, bar)
    batch = predicting(desk.search, desk.escalation, chosen, watch.timing)
    report = _report(desk, watch.latencies(), len(chosen)) | {"predictions": asdict(batch) if batch else None}
    click.echo(json.dumps(report) if as_json else _table(report))


def _from_file(source: Path, mapping: Sequence[str]) -> list[Asked]:
    rows = read_tickets(source, parse_mapping(mapping, TICKET_FIELDS), (), lambda _done, _total: None)
    return [asked_of(row[1]) for row in rows if not isinstance(row, RowError)]


def _warm(desk: Desk, session: Session, questions: Sequence[Asked], limit: int) -> None:
    if desk.search.generation is None:
        raise NoIndexError("Nothing is indexed yet. Run: deflect index")
    desk.search.warm()
    for asked in questions[:WARM]:
        ask(session, desk.search, asked, AGENT, datetime.now(UTC), limit=limit, record=False)


def _measured(desk: Desk, session: Session, questions: Sequence[Asked], limit: int, bar: Bar) -> Stopwatch:
    watch = Stopwatch()
    engine = watch.watching(desk.search)
    for number, asked in enumerate(questions, start=1):
        now = datetime.now(UTC)
        with watch.timing("suggesting"):
            ask(session, engine, asked, AGENT, now, limit=limit, record=False, extract=False)
        with watch.timing("suggesting, with extracts"):
            ask(session, desk.search, asked, AGENT, now, limit=limit, record=False)
        text = f"{asked.subject}\n{asked.body}"
        with watch.timing("embedding"):
            desk.search.embed([redact(" ".join(text.split()[:150]))])
        for letters in TYPED:
            if len(asked.subject) >= letters:
                with watch.timing("completing"):
                    complete(session, desk.search, asked.subject[:letters], AGENT, asked.product)
        # What the session remembers of earlier questions would make later ones too fast.
        session.expire_all()
        bar("asking", number, len(questions))
    return watch


def _latency(seconds: Sequence[tuple[float, float]]) -> Latency:
    clock, processor = np.asarray(seconds).T * 1e3
    p50, p95, p99 = np.percentile(clock, PERCENTILES).tolist()
    cpu_p50, cpu_p95 = np.percentile(processor, PERCENTILES[:2]).tolist()
    return Latency(p50, p95, p99, float(clock.mean()), float(clock.max()), cpu_p50, cpu_p95, len(clock))


def _report(desk: Desk, latencies: Mapping[str, Latency], questions: int) -> dict[str, Any]:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "milliseconds": {name: asdict(latency) for name, latency in latencies.items()},
        "questions": questions,
        "generation": desk.search.generation,
        "peak_memory_mb": peak / (2**20 if sys.platform == "darwin" else 2**10),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "encoder_agreement": desk.search.agreement(),
        "encoder_threads": desk.settings.encoder_threads,
    }


def _table(report: Mapping[str, Any]) -> str:
    rows = [
        f"{'milliseconds':28}{'p50':>8}{'p95':>8}{'p99':>8}{'mean':>8}{'longest':>9}{'cpu p50':>9}{'cpu p95':>9}{'n':>7}"
    ]
    rows += [
        f"{name:28}{r['p50']:8.1f}{r['p95']:8.1f}{r['p99']:8.1f}{r['mean']:8.1f}{r['longest']:9.1f}"
        f"{r['cpu_p50']:9.1f}{r['cpu_p95']:9.1f}{r['n']:7d}"
        for name, r in report["milliseconds"].items()
    ]
    rows.append(
        f"{report['questions']} questions against {report['generation']}; peak memory "
        f"{report['peak_memory_mb']:.0f} MB; {report['cores']} cores at load {report['load']:.1f}, "
        f"{report['encoder_threads']} for the encoder"
    )
    rows.append(_predicted(report["predictions"]))
    agreement = report["encoder_agreement"]
    rows.append(
        f"cosine of the encoder with full precision: mean {agreement['mean']:.4f}, least {agreement['least']:.4f} "
        f"of {agreement['sentences']} sentences"
    )
    return "\n".join(rows)


def _predicted(batch: Mapping[str, Any] | None) -> str:
    if batch is None:
        return "predictions were not measured: no model was trained yet, or none can be read"
    return (
        f"{batch['tickets']} predictions at once by model {batch['model']}: {batch['per_second']:,.0f} a second, "
        f"{batch['per_cpu_second']:,.0f} for each second of one core"
    )
