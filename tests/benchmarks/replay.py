"""Does the loop pay? A desk's questions in the order they came, on four stores.

    python -m tests.benchmarks.replay --home HOME --plot replay.svg

HOME holds imported articles and solved tickets with links, indexed. At the start some articles are missing. *Never
learns*: they stay missing and no link is remembered. *Remembers*: links vote. *Closes the loop*: links vote, and each
time five unanswered questions that say the same have come, the article that answers most of them appears and is linked
to those it answers. *Nothing missing* remembers too, and had every article from the start: more cannot be had.

Invariant: a question is answered from what was there before it came. Its own link is only known afterwards, and a link
to an article that is missing when the question comes is no link at all.
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
from search.contract import Candidates, Lesson, Neighbour, Vectors, Vote
from search.gathering import NEIGHBOURS, gather
from search.generation import Generation
from search.generations import Generations
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
ROUNDS: Final = 2000
NEVER, REMEMBERS, CLOSES, WHOLE = "never learns", "remembers", "closes the loop", "nothing missing"
COLOURS: Final = {NEVER: "#8a8f98", REMEMBERS: "#3b7dd8", CLOSES: "#0f8a5f", WHOLE: "#c9a227"}


@dataclass(slots=True, eq=False)
class Cluster:
    """Unanswered questions that say the same."""

    middle: Vectors
    members: list[Lesson] = field(default_factory=list)

    def add(self, vector: Vectors, lesson: Lesson) -> None:
        self.middle = self.middle + vector
        self.members.append(lesson)

    def nearness(self, vector: Vectors) -> float:
        return float(self.middle @ vector) / max(float(np.linalg.norm(self.middle)), 1e-9)


@dataclass(slots=True)
class Store:
    """One desk: what is published, who solved what so far, and what waits for an article."""

    name: str
    published: set[int]
    solved: dict[int, tuple[int, ...]] = field(default_factory=dict)
    """What was linked to each earlier ticket."""
    clusters: list[Cluster] = field(default_factory=list)
    hits: list[int] = field(default_factory=list)
    appeared: list[int] = field(default_factory=list)
    """How many questions had come when each article appeared."""

    def ask(self, seen: Candidates, lesson: Lesson) -> None:
        """Answer one question, then learn what its link says."""
        mine = self._known(seen)
        votes = [Vote(n.ticket_id, a) for n in mine.neighbours for a in self.solved[n.ticket_id]]
        found = {score.article_id for score in rank(mine, votes, CUT)}
        self.hits.append(int(bool(found & set(lesson.solved_by))))
        if self.name == NEVER:
            return
        linked = tuple(article for article in lesson.solved_by if article in self.published)
        self.solved[lesson.ticket_id] = linked
        if self.name == CLOSES and not linked and seen.vector is not None:
            self._wait(seen.vector, lesson)

    def _known(self, seen: Candidates) -> Candidates:
        """What a store that knows only this would have found."""
        return replace(
            seen,
            semantic=tuple(one for one in seen.semantic if one.article_id in self.published),
            lexical=tuple(one for one in seen.lexical if one.article_id in self.published),
            neighbours=tuple(one for one in seen.neighbours if one.ticket_id in self.solved),
            allowed_articles=seen.allowed_articles & self.published,
        )

    def _wait(self, vector: Vectors, lesson: Lesson) -> None:
        best = max(self.clusters, key=lambda cluster: cluster.nearness(vector), default=None)
        if best is None or best.nearness(vector) < SAME:
            best = Cluster(np.zeros_like(vector))
            self.clusters.append(best)
        best.add(vector, lesson)
        if len(best.members) >= ENOUGH:
            self.clusters.remove(best)
            self._write(best.members)

    def _write(self, members: Sequence[Lesson]) -> None:
        """The article that answers most of them appears, and is linked to those it answers."""
        ((article, _),) = Counter(article for one in members for article in one.solved_by).most_common(1)
        if article not in self.published:
            self.appeared.append(len(self.hits))
        self.published.add(article)
        for one in members:
            if article in one.solved_by:
                self.solved[one.ticket_id] = (article,)


def opened(asked: Sequence[Lesson], articles: frozenset[int], seed: int) -> tuple[list[Store], set[int]]:
    """The stores, and the articles that are missing at the start: some of those that any question needs."""
    needed = sorted({article for lesson in asked for article in lesson.solved_by})
    gone = set(random.Random(seed).sample(needed, round(MISSING * len(needed))))  # noqa: S311 - which are missing
    return [Store(name, set(articles if name == WHOLE else articles - gone)) for name in COLOURS], gone


def questions(serving: Generation, asked: Sequence[Lesson], vectors: Vectors) -> Iterator[tuple[Candidates, Lesson]]:
    """What the engine finds for each, with only earlier ones as neighbours; nothing is embedded anew.

    `vectors` has shape (len(asked), dimensions).
    """
    for place, lesson in enumerate(asked):
        near = vectors[:place] @ vectors[place]
        order = np.argsort(-near, kind="stable")[:NEIGHBOURS]
        earlier = [Neighbour(asked[row].ticket_id, float(near[row])) for row in order]
        yield gather(serving, lesson.query, vectors[place], earlier), lesson


def figures(stores: Sequence[Store], asked: Sequence[Lesson], gone: set[int]) -> dict[str, object]:
    """Hit@10 of each store, what it is for questions whose article was missing, and what the loop adds at the end."""
    lacking = np.array([bool(lesson.solved_by) and set(lesson.solved_by) <= gone for lesson in asked])
    found: dict[str, object] = {
        "questions": len(asked), "articles missing at the start": len(gone), "questions that needed one": int(lacking.sum()),
    }  # fmt: skip
    for store in stores:
        hits = np.array(store.hits)
        found[store.name] = {
            "hit@10": hits.mean(), "first half": hits[: len(hits) // 2].mean(), "later half": hits[len(hits) // 2 :].mean(),
            "last fifth": hits[-len(hits) // 5 :].mean(), "where it was missing": hits[lacking].mean(),
            "where it was missing, later half": hits[len(hits) // 2 :][lacking[len(hits) // 2 :]].mean(),
            "articles that appeared": len(store.appeared),
        }  # fmt: skip
    by_name = {store.name: np.array(store.hits) for store in stores}
    for other in (NEVER, REMEMBERS):
        found[f"{CLOSES} less {other}, last fifth"] = gain(by_name[CLOSES], by_name[other])
    return found


def gain(left: Vectors, right: Vectors, seed: int = 0) -> tuple[float, float, float]:
    """The difference over the last fifth of questions, and its 95 % bounds by resampling those questions."""
    difference = (left - right)[-len(left) // 5 :]
    drawn = np.random.default_rng(seed).choice(difference, (ROUNDS, len(difference))).mean(axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(difference.mean()), float(low), float(high)


def plot(stores: Sequence[Store], path: Path) -> None:
    """Hit rate over time, the mean of the last `WINDOW` questions."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(9, 4.5), layout="constrained")
    for store in stores:
        hits = np.array(store.hits, dtype=float)
        window = min(WINDOW, len(hits))
        means = np.convolve(hits, np.ones(window) / window, mode="valid")
        style = "--" if store.name == WHOLE else "-"
        axes.plot(
            np.arange(window, len(hits) + 1), means, style, color=COLOURS[store.name], linewidth=2, label=store.name
        )
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
        solved = [lesson for lesson in lessons(session) if lesson.solved_by]
    serving = Generations(given.home / "index" / "generations").load()
    remembered = desk.search.case_vectors([lesson.ticket_id for lesson in solved])
    asked = [lesson for lesson in solved if lesson.ticket_id in remembered][: given.most]
    vectors = np.stack([remembered[lesson.ticket_id] for lesson in asked])
    stores, gone = opened(asked, frozenset(serving.sizes), given.seed)
    with Bar() as bar:
        for done, (seen, lesson) in enumerate(questions(serving, asked, vectors), 1):
            for store in stores:
                store.ask(seen, lesson)
            bar("questions", done, len(asked))
    if given.plot:
        plot(stores, given.plot)
    json.dump(figures(stores, asked, gone), sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
