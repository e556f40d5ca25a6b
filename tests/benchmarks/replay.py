"""Does the loop pay? A desk's questions in the order they came, on three stores.

    python -m tests.benchmarks.replay --home HOME --plot replay.svg

HOME holds imported articles and solved tickets with links, indexed. At the start some articles are missing. *Never
learns*: they stay missing and no link is remembered. *Remembers*: links vote. *Closes the loop*: links vote, and each
time five unanswered questions that say the same have come, the article that answers most of them appears.

Invariant: a question is answered from what was there before it came; its own link is only known afterwards.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np

from kb.services.ranker import lessons
from search.contract import Candidates, Lesson, Vectors, Vote
from search.ranking import rank
from web.cli.progress import Bar
from web.desk import Desk
from web.settings import Settings

MISSING: Final = 0.3
ENOUGH: Final = 5
SAME: Final = 0.6
"""Cosine with the middle of earlier ones from which on a question says the same."""
WINDOW: Final = 300
CUT: Final = 10
STORES: Final = ("never learns", "remembers", "closes the loop")


@dataclass(slots=True, eq=False)
class Cluster:
    """Unanswered questions that say the same, and what would have answered them."""

    middle: Vectors
    answers: Counter[int] = field(default_factory=Counter)
    size: int = 0

    def add(self, vector: Vectors, articles: Sequence[int]) -> None:
        self.middle = self.middle + vector
        self.answers.update(articles)
        self.size += 1

    def nearness(self, vector: Vectors) -> float:
        return float(self.middle @ vector) / max(float(np.linalg.norm(self.middle)), 1e-9)


@dataclass(slots=True)
class Store:
    """One desk: what is published, who solved what so far, and what waits for an article."""

    name: str
    published: set[int]
    solved: dict[int, tuple[int, ...]] = field(default_factory=dict)
    clusters: list[Cluster] = field(default_factory=list)
    hits: list[int] = field(default_factory=list)
    written: int = 0

    def ask(self, seen: Candidates, lesson: Lesson) -> None:
        """Answer one question, then learn what its link says."""
        mine = _restricted(seen, self.published, self.solved)
        votes = [Vote(n.ticket_id, a) for n in mine.neighbours for a in self.solved[n.ticket_id] if a in self.published]
        found = {score.article_id for score in rank(mine, votes, CUT)}
        self.hits.append(int(bool(found & set(lesson.solved_by))))
        if self.name != STORES[0]:
            self.solved[lesson.ticket_id] = lesson.solved_by
        if self.name == STORES[2] and seen.vector is not None and not self.published & set(lesson.solved_by):
            self._wait(seen.vector, lesson.solved_by)

    def _wait(self, vector: Vectors, articles: Sequence[int]) -> None:
        best = max(self.clusters, key=lambda cluster: cluster.nearness(vector), default=None)
        if best is None or best.nearness(vector) < SAME:
            best = Cluster(np.zeros_like(vector))
            self.clusters.append(best)
        best.add(vector, articles)
        if best.size >= ENOUGH:
            self.clusters.remove(best)
            ((article, _),) = best.answers.most_common(1)
            self.written += article not in self.published
            self.published.add(article)


def _restricted(seen: Candidates, published: set[int], solved: dict[int, tuple[int, ...]]) -> Candidates:
    """What a store that knows only this would have found."""
    return replace(
        seen,
        semantic=tuple(one for one in seen.semantic if one.article_id in published),
        lexical=tuple(one for one in seen.lexical if one.article_id in published),
        neighbours=tuple(one for one in seen.neighbours if one.ticket_id in solved),
        allowed_articles=seen.allowed_articles & published,
    )


def opened(asked: Sequence[Lesson], seed: int) -> tuple[list[Store], set[int]]:
    """The three stores, and the articles that are missing at the start."""
    articles = sorted({article for lesson in asked for article in lesson.solved_by})
    gone = set(random.Random(seed).sample(articles, round(MISSING * len(articles))))  # noqa: S311 - which are missing
    return [Store(name, set(articles) - gone) for name in STORES], gone


def replay(desk: Desk, asked: Sequence[Lesson], stores: Sequence[Store], gone: set[int]) -> Iterator[int]:
    """How many questions were asked, after each."""
    for number, lesson in enumerate(asked, 1):
        seen = desk.search.candidates(lesson.query)
        for store in stores:
            # Articles that no question ever needed are there from the start as well.
            store.published |= seen.allowed_articles - gone
            store.ask(seen, lesson)
        yield number


def figures(stores: Sequence[Store]) -> dict[str, dict[str, float]]:
    """Hit@10 over all, over the later half, and over the last fifth of questions, with 95 % bounds of the last."""
    found = {}
    for store in stores:
        hits = np.array(store.hits)
        last = hits[-len(hits) // 5 :]
        spread = 1.96 * float(np.sqrt(last.mean() * (1 - last.mean()) / len(last)))
        found[store.name] = {
            "questions": len(hits), "hit@10": float(hits.mean()), "later half": float(hits[len(hits) // 2 :].mean()),
            "last fifth": float(last.mean()), "± of the last fifth": spread, "articles that appeared": store.written,
        }  # fmt: skip
    return found


def plot(stores: Sequence[Store], path: Path) -> None:
    """Hit rate over time, the mean of the last `WINDOW` questions."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(9, 4.5), layout="constrained")
    for store, colour in zip(stores, ("#8a8f98", "#3b7dd8", "#0f8a5f"), strict=True):
        hits = np.array(store.hits, dtype=float)
        window = min(WINDOW, len(hits))
        means = np.convolve(hits, np.ones(window) / window, mode="valid")
        axes.plot(np.arange(window, len(hits) + 1), means, color=colour, linewidth=2, label=store.name)
    axes.set(xlabel="questions, in the order they came", ylabel="answer among the first ten", ylim=(0, 1))
    axes.set_title(f"Three in ten articles missing at the start (mean of {WINDOW} questions)", loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", alpha=0.3)
    axes.legend(frameon=False)
    figure.savefig(path)
    plt.close(figure)


def main() -> None:
    """Entry."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--most", type=int)
    given = parser.parse_args()
    desk = Desk(Settings(home=given.home))
    with desk.reading() as session:
        asked = [lesson for lesson in lessons(session) if lesson.solved_by][: given.most]
    stores, gone = opened(asked, given.seed)
    with Bar() as bar:
        for done in replay(desk, asked, stores, gone):
            bar("questions", done, len(asked))
    if given.plot:
        plot(stores, given.plot)
    json.dump(figures(stores), sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
