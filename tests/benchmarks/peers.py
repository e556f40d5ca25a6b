"""Deflect beside its peers, on the same texts: ``python -m tests.benchmarks.peers``.

Needs the extra ``bench``. Without files the demo desk is asked; with your own, all of ``--articles``, ``--questions`` and
``--judgments``. `JUDGMENTS` is tab-separated with the columns ``query_id`` and ``slug``; ``--where generic=0``
keeps the rows that say so. With ``--solved`` (tickets with the articles that solved them, from before the questions) our
engine is measured a second time, with its memory. One thread each, one process each, one after the other.

Invariant: one run gives all figures, so that their ratios can be trusted on a machine that is never quiet.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from search.evaluation import evaluate
from tests.benchmarks.peer import PEERS
from tests.benchmarks.sample import demo_files
from tests.benchmarks.texts import arguments

ROOT = Path(__file__).parents[2]
QUALITY = ("hit@1", "hit@3", "hit@5", "hit@10", "mrr@10", "ndcg@10")
COST = ("index_seconds", "index_cpu_seconds", "query_p50", "query_p95", "query_cpu_p50", "memory_mb")
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "RAYON_NUM_THREADS"), "1"
)
OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}


def judgments(path: Path, where: str) -> dict[str, set[str]]:
    """Question → right articles."""
    column, _, value = where.partition("=")
    found: dict[str, set[str]] = defaultdict(set)
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if not where or row[column] == value:
                found[row["query_id"]].add(row["slug"])
    return dict(found)


def measured(name: str, options: list[str]) -> dict[str, Any]:
    """What a peer's own process says."""
    sys.stderr.write(f"{name} …\n")
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.peer", name, *options], cwd=ROOT, stdout=subprocess.PIPE, text=True,
        env=os.environ | ONE_THREAD | OFFLINE, check=True,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def table(rows: Mapping[str, Mapping[str, float]]) -> str:
    """A line a figure, a column a peer: the value, and what multiple of the first column's it is."""
    first = next(iter(rows.values()))
    lines = [f"{int(first['questions'])} questions", f"{'':20}" + "".join(f"{peer:>24}" for peer in rows)]
    for name in (*QUALITY, *COST):
        values = (f"{row[name]:12.3f} ({row[name] / first[name]:5.2f} x)" for row in rows.values())
        lines.append(f"{name:20}" + "".join(f"{value:>24}" for value in values))
    return "\n".join(lines)


def main() -> None:
    """Measure every peer, and print one table and one JSON object."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments(parser, required=False)
    parser.add_argument("--judgments", type=Path)
    parser.add_argument("--where", default="", metavar="COLUMN=VALUE")
    parser.add_argument("--solved", type=Path)
    given = parser.parse_args()
    named = [given.articles, given.questions, given.judgments]
    if any(named) and not all(named):
        parser.error("name --articles, --questions and --judgments, or none of them to ask the demo desk")
    _check_peers(parser)
    with tempfile.TemporaryDirectory(prefix="deflect-peers-") as folder:
        if not all(named):
            given = demo_files(Path(folder))
        options = ["--articles", str(given.articles.resolve()), "--questions", str(given.questions.resolve())]
        options += [word for pair in given.map_article for word in ("--map-article", pair)]
        options += [word for pair in given.map_question for word in ("--map-question", pair)]
        rows = compared(given, judgments(given.judgments, given.where), [*options, "--folder", folder])
    sys.stdout.write(f"{table(rows)}\n{json.dumps(rows)}\n")


def _check_peers(parser: argparse.ArgumentParser) -> None:
    """Say at once that a peer is not installed, not after the first has run for minutes."""
    lacking = [name for name in ("txtai", "bm25s") if importlib.util.find_spec(name) is None]
    if lacking:
        parser.error(f"{' and '.join(lacking)} not installed. Run: pip install -e '.[bench]'")


def compared(
    given: argparse.Namespace, truth: Mapping[str, set[str]], options: list[str]
) -> dict[str, dict[str, float]]:
    """Figures by peer."""
    rows: dict[str, dict[str, float]] = {}
    for name in PEERS:
        if name == "deflect with memory" and not given.solved:
            continue
        found = measured(name, [*options, *(["--solved", str(given.solved.resolve())] if given.solved else [])])
        report = evaluate(found["runs"], {question: truth[question] for question in found["runs"] if question in truth})
        rows[name] = {key: report.figures[key].value for key in QUALITY} | {key: found[key] for key in COST}
        rows[name]["questions"] = report.questions
    return rows


if __name__ == "__main__":
    main()
