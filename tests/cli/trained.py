"""A made-up desk's tickets as files, for the commands that learn and predict."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from tests.classifier import desk


def write_history(path: Path, count: int = 160, *, seed: int = 1, dated: bool = True) -> Path:
    """Labelled tickets as CSV."""
    columns = ("id", "created_at", "subject", "body", "product", "requester", "escalated", "team", "site")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for number, example in enumerate(desk.examples(count, seed=seed, dated=dated)):
            ticket, outcome = example.ticket, example.outcome
            writer.writerow((
                f"H{seed}-{number}", ticket.created_at.isoformat() if ticket.created_at else "",
                ticket.subject.redacted, ticket.body.redacted, ticket.attributes["product"],
                ticket.attributes["requester"], int(bool(outcome.escalated)), outcome.team, f"site-{number % 3}",
            ))  # fmt: skip
    return path


def write_new(path: Path, rows: list[dict[str, object]]) -> Path:
    """Tickets as JSONL."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def predictions(path: Path) -> list[dict[str, object]]:
    """What `deflect predict` wrote."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
