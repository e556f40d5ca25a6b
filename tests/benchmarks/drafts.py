"""Drafts from a forum's solved threads, and what can be counted of them.

    python -m tests.benchmarks.drafts --questions QUESTIONS.csv.gz --answers ANSWERS.csv.gz --home HOME

The two files are a Kitsune forum's export: questions with ``id created title content creator product topic locale
is_solved solution``, answers with ``id question_id created creator content``. HOME holds the same site's articles,
indexed. Counted: whether the message that its asker marked is the one that is taken for the solution, whether the draft
uses it, seconds a draft, personal data that is left, and whether the article that the solution links to is among the
three shown before drafting, once as the thread is and once with its links and their words taken out.

Invariant: who marked what is known to nobody who drafts, and nothing of it is kept: all is rolled back.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import random
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
from bs4 import BeautifulSoup
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kb.models import Message, Ticket
from kb.queries import articles as articles_q
from kb.services.nearest import Beforehand, before_drafting
from kb.viewers import SYSTEM
from tests.benchmarks.left_over import Left, left_over, written_small
from web.cli.progress import Bar
from web.desk import Desk
from web.settings import Settings

ARTICLE = re.compile(r"/kb/([\w%-]+)")
MARKUP = re.compile(r"<[^>]*>|&\w+;|https?://\S+")
LANGUAGE: Final = "en-US"
LONGEST_FIELD: Final = 10_000_000
ENDS_A_LINE: Final = ("br", "p", "li", "div", "pre", "blockquote", "tr", "h1", "h2", "h3", "h4")


@dataclass(frozen=True, slots=True)
class Post:
    """One message of a thread, as HTML."""

    id: str
    creator: str
    html: str


@dataclass(frozen=True, slots=True)
class Case:
    """A solved thread, and the place of the answer that its asker marked, from 1."""

    id: str
    question: Post
    title: str
    product: str
    topic: str
    answers: tuple[Post, ...]
    marked: int


@dataclass(slots=True)
class Tally:
    """What was counted over all threads."""

    seconds: list[float]
    processor: list[float]
    agrees: list[bool]
    uses: list[bool]
    shown: list[bool]
    shown_without: list[bool]
    left: Counter[str]
    pieces: list[Left]


def cases(questions: Path, answers: Path) -> list[Case]:
    """Solved threads of one language whose marked answer is there."""
    csv.field_size_limit(LONGEST_FIELD)
    posts: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in _rows(answers):
        posts[row["question_id"]].append(row)
    found = []
    for row in _rows(questions):
        said = sorted(posts[row["id"]], key=lambda one: (one["created"], int(one["id"])))
        places = [place for place, one in enumerate(said, 1) if one["id"] == row["solution"]]
        if row["is_solved"] == "true" and row["locale"] == LANGUAGE and places:
            thread = tuple(Post(one["id"], one["creator"], one["content"]) for one in said)
            question = Post(row["id"], row["creator"], row["content"])
            found.append(Case(row["id"], question, row["title"], row["product"], row["topic"], thread, places[0]))
    return found


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def plain(html: str, *, links: bool = True) -> str:
    """Text with its lines and steps; a link as its words and its address, or not at all."""
    tree = BeautifulSoup(html, "lxml")
    for link in tree.find_all("a"):
        words, address = link.get_text(), str(link.get("href", ""))
        whole = f"https://site.example{address}" if address.startswith("/") else address
        known = not address.startswith(("/", "http")) or words.strip().rstrip("/") in whole or "http" in words
        link.replace_with(" " if not links else words if known else f"{words} ({whole})")
    for item in tree.find_all("li"):
        ordered = item.parent is not None and item.parent.name == "ol"
        item.insert(0, f"{len(item.find_previous_siblings('li')) + 1}. " if ordered else "- ")
    for quoted in tree.find_all("blockquote"):
        quoted.replace_with(
            "\n".join(f"> {line}" for line in quoted.get_text("\n").splitlines() if line.strip()) + "\n"
        )
    for name in ENDS_A_LINE:
        for element in tree.find_all(name):
            element.append("\n")
    lines = (" ".join(line.split()) for line in tree.get_text().splitlines())
    return "\n".join(line for line in lines if line)


def placed(session: Session, case: Case, now: datetime, *, links: bool) -> str:
    """Put the thread in as a resolved ticket, in the place of the one that HOME may know; its reference."""
    ticket = session.scalar(select(Ticket).where(Ticket.reference == case.id))
    if ticket is None:
        ticket = Ticket(reference=case.id, subject="", body="", created_at=now, text_hash="")
        session.add(ticket)
    ticket.subject, ticket.body, ticket.status = case.title, plain(case.question.html, links=links), "resolved"
    ticket.product, ticket.topic, ticket.resolution = case.product, case.topic, ""
    session.flush()
    session.execute(delete(Message).where(Message.ticket_id == ticket.id))
    for post in case.answers:
        kind = "customer" if post.creator == case.question.creator else "agent"
        body = plain(post.html, links=links)
        session.add(Message(ticket_id=ticket.id, author_name=post.creator, author_kind=kind, body=body, created_at=now))
        session.flush()
    return case.id


def ordinary_words(known: Sequence[Case]) -> frozenset[str]:
    """Words of the forum that are no names."""
    return written_small(MARKUP.sub(" ", post.html) for case in known for post in (case.question, *case.answers))


def measured(desk: Desk, chosen: Sequence[Case], ordinary: Collection[str], *, reading: int) -> Tally:
    """Draft from each; `reading` of the drafts are printed."""
    tally = Tally([], [], [], [], [], [], Counter(), [])
    with desk.writing() as session, Bar() as bar:
        for done, case in enumerate(chosen, 1):
            _draft(session, desk, case, tally, ordinary, shown=done <= reading)
            bar("threads", done, len(chosen))
        session.rollback()
    return tally


def _draft(session: Session, desk: Desk, case: Case, tally: Tally, ordinary: Collection[str], *, shown: bool) -> None:
    now = datetime.now(UTC)
    reference = placed(session, case, now, links=True)
    started, worked = time.perf_counter(), time.process_time()
    found = before_drafting(session, desk.search, SYSTEM, reference, now)
    tally.seconds.append(time.perf_counter() - started)
    tally.processor.append(time.process_time() - worked)
    tally.agrees.append(found.solution is not None and found.solution.number == case.marked)
    tally.uses.append(any(line.turn == case.marked for part in found.draft.parts for line in part.lines))
    written = [case.question, *case.answers]
    left = left_over(
        f"{found.draft.title}\n{found.draft.body}", [plain(post.html) for post in written],
        {post.creator for post in written}, ordinary,
    )  # fmt: skip
    tally.left.update(one.kind for one in left)
    tally.pieces += left
    if shown:
        _print(case, found)
    wanted = set(ARTICLE.findall(case.answers[case.marked - 1].html))
    slugs = {article.slug for article in articles_q.by_slugs(session, sorted(wanted))}
    if slugs:
        tally.shown.append(bool(slugs & {near.slug for near in found.nearest}))
        again = before_drafting(session, desk.search, SYSTEM, placed(session, case, now, links=False), now)
        tally.shown_without.append(bool(slugs & {near.slug for near in again.nearest}))


def _print(case: Case, found: Beforehand) -> None:
    why = f"{found.solution.number} of {len(case.answers)}: {found.solution.why}" if found.solution else "none"
    sys.stdout.write(f"{'=' * 100}\n{case.id}: taken {why}; marked {case.marked}\n# {found.draft.title}\n")
    sys.stdout.write(f"({found.draft.summary})\n{found.draft.body}\n")


def figures(tally: Tally) -> dict[str, object]:
    """Shares, percentiles and counts, each with what it is of."""
    seconds = np.array(tally.seconds)
    return {
        "threads": len(seconds), "solution agrees with the marked one": np.mean(tally.agrees),
        "draft uses the marked one": np.mean(tally.uses), "seconds p50": np.quantile(seconds, 0.5),
        "seconds p95": np.quantile(seconds, 0.95), "processor seconds p50": np.quantile(tally.processor, 0.5), "processor seconds p95":
        np.quantile(tally.processor, 0.95), "left over": dict(tally.left),
        "threads whose solution links an article": len(tally.shown),
        "among the three shown": np.mean(tally.shown) if tally.shown else None,
        "among the three shown, links taken out": np.mean(tally.shown_without) if tally.shown else None,
    }  # fmt: skip


def main() -> None:
    """Entry."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--answers", type=Path, required=True)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--most", type=int, default=300)
    parser.add_argument("--linked", action="store_true", help="only threads whose solution links to an article")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--print", type=int, default=0, dest="reading", metavar="N", help="print the first N drafts")
    parser.add_argument("--pieces", action="store_true", help="print what personal data is left")
    given = parser.parse_args()
    known = cases(given.questions, given.answers)
    ordinary = ordinary_words(known)
    if given.linked:
        known = [case for case in known if ARTICLE.search(case.answers[case.marked - 1].html)]
    random.Random(given.seed).shuffle(known)  # noqa: S311 - which threads
    desk = Desk(Settings(home=given.home))
    tally = measured(desk, known[: given.most], ordinary, reading=given.reading)
    for one in tally.pieces if given.pieces else ():
        sys.stdout.write(f"{one.kind}: {one.text}\n")
    json.dump(figures(tally), sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
