"""What the search engine takes and gives.

Invariant: no text crosses this line unless it was redacted, and nothing here knows a database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from search.figures import Bin as Bin
from search.figures import RankerReport as RankerReport
from search.figures import RankerVersion as RankerVersion
from search.figures import SearchEvaluation as SearchEvaluation
from search.figures import Trade as Trade
from search.sources import INTERNAL as INTERNAL
from search.sources import PUBLIC as PUBLIC
from search.sources import CaseDocument as CaseDocument
from search.sources import PassageDocument as PassageDocument
from search.sources import Redacted as Redacted
from search.sources import Source as Source
from search.sources import Stamp as Stamp
from search.sources import TicketText as TicketText

Vectors = NDArray[np.float32]
"""Shape (n, dimensions), rows of length one."""

ONE_TYPO, TWO_TYPOS = 4, 8
"""Letters of a word from which on one typo is forgiven, or two, while it is typed."""


def typos_forgiven(word: str) -> int:
    """How many letters may be wrong, missing, too many or swapped in a typed word."""
    return (len(word) >= ONE_TYPO) + (len(word) >= TWO_TYPOS)


@dataclass(frozen=True, slots=True)
class Query:
    """A question. `subject` may hold all of it; a long `body` is cut by the engine."""

    subject: Redacted
    body: Redacted
    product: str = ""
    topic: str = ""
    audiences: frozenset[str] = frozenset({PUBLIC})
    exclude_ticket: int | None = None
    """A ticket that must not be its own neighbour."""
    asked: float | None = None
    """When it was asked, in days since the same epoch as `PassageDocument.updated`; None where that is not known."""
    locale: str = ""
    """Whoever asks speaks that language (``pt-BR``); empty where nobody knows."""
    health: Mapping[int, float] = field(default_factory=dict, compare=False, repr=False)
    """What readers had said of each article when it was asked: from 0 for bad to 1; one left out is unknown."""
    also: tuple[Redacted, ...] = ()
    """Words and phrases that mean what the question says: looked for too, by words, and counted less."""


@dataclass(frozen=True, slots=True)
class PassageScore:
    """One passage found by one source; the scale is the source's own, higher is better."""

    passage_id: int
    article_id: int
    score: float


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A remembered ticket and its cosine with the question."""

    ticket_id: int
    similarity: float


@dataclass(frozen=True, slots=True)
class ArticleFacts:
    """What is known of an article besides its text."""

    topics: frozenset[str] = frozenset()
    """In small letters."""
    updated: float | None = None
    locale: str = ""


@dataclass(frozen=True, slots=True)
class Candidates:
    """All that the engine alone can say of a question, before anyone's votes are known."""

    semantic: tuple[PassageScore, ...]
    lexical: tuple[PassageScore, ...]
    neighbours: tuple[Neighbour, ...]
    allowed_articles: frozenset[int]
    """Articles that passed product and audience: votes for others are not ranked."""
    vector: Vectors | None = None
    """Shape (dimensions,); None when the encoder or the vectors are unavailable."""
    tuned: Vectors | None = None
    """Shape (dimensions,): the question by the encoder that the desk's own pairs tuned, where there is one."""
    tuned_by: str = ""
    """Which version of the ranker that encoder belongs to."""
    product: str = ""
    """As asked for, in small letters; empty where it filters nothing."""
    topic: str = ""
    asked: float | None = None
    """As `Query.asked`."""
    words: int = 0
    """How many the question has."""
    locale: str = ""
    """As `Query.locale`."""
    health: Mapping[int, float] = field(default_factory=dict)
    """As `Query.health`."""
    titles: Mapping[int, float] = field(default_factory=dict)
    """Cosine of the question and each article's title alone; one left out is less alike than those here."""
    steps: AbstractSet[int] = frozenset()
    """Passages that say what to do one after another, among all there are."""
    facts: Mapping[int, ArticleFacts] = field(default_factory=dict)
    """Of every article there is; one left out has none."""
    sizes: Mapping[int, int] = field(default_factory=dict)
    """How many passages each article has; an article left out has as many as were found."""
    note: str = ""
    """Says in plain words what was unavailable ("Searching by words only …"); empty when all is well."""


@dataclass(frozen=True, slots=True)
class Vote:
    """An article that solved a neighbouring ticket."""

    ticket_id: int
    article_id: int
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Risk:
    """How readily a first suggestion is called an answer: a choice of the desk's, not of a model."""

    share: float | None = None
    """Of the questions without an article, the share that may get an "answer" all the same; None weighs that as much as
    leaving questions unanswered whose article is here."""


@dataclass(frozen=True, slots=True)
class ArticleScore:
    """One suggested article, before it is authorised."""

    article_id: int
    passage_id: int | None
    """The passage that matched best, or nearly so and says what to do; None when only past tickets speak for the article."""
    score: float
    """The probability that this article resolves this question, 0 to 1; rank decides the order, not this."""
    parts: Mapping[str, float] = field(default_factory=dict)
    """Signed share of each source (``semantic``, ``lexical``, ``memory`` and, where a ranker was learnt, ``popularity``
    and ``learnt``) in what the ranking went by, compared with the average candidate of this question."""
    solved_similar: int = 0
    """How many of the question's neighbours this article solved."""
    answers: bool = False
    """Whether this is good enough to be called an answer."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A solved ticket to learn ranking from."""

    ticket_id: int
    query: Query
    solved_by: tuple[int, ...]
    """Articles that were linked to it or confirmed by its requester; none where no article solved it."""
    at: float | None
    """Days since some epoch; None where the ticket's date is not known."""
    awaited: tuple[str, ...] = ()
    """Articles that solved it and that are not here: never brought in, or withdrawn. Names of any kind, never shown."""


class Progress(Protocol):
    """Told of long work: a step's name, how much is done, how much there is."""

    def __call__(self, step: str, done: int, total: int) -> None: ...


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What an index run did."""

    generation: str
    embedded: int
    updated: int
    removed: int
    unchanged: int
    passages: int
    cases: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Divergence:
    """Where an index differs from its source; all empty means they agree."""

    missing: tuple[int, ...] = ()
    stale: tuple[int, ...] = ()
    orphaned: tuple[int, ...] = ()
    broken_files: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        return not (self.missing or self.stale or self.orphaned or self.broken_files)


class SearchEngine(Protocol):
    """What the flows call. Safe to call from several threads."""

    @property
    def generation(self) -> str | None:
        """Name of the generation that serves, None before the first index run."""
        ...

    def index(
        self,
        source: Source,
        *,
        full: bool = False,
        progress: Progress | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> IndexReport:
        """Bring the index in line with `source` and serve the new generation.

        Raises:
            IndexStoppedError: `stop` answered true; finished work is kept and the next run goes on from it.
        """
        ...

    def candidates(self, query: Query) -> Candidates:
        """Embed the question once and collect what words, meaning and memory find."""
        ...

    def complete(self, query: Query, limit: int = 10) -> tuple[PassageScore, ...]:
        """What is being typed, found by words alone in a few milliseconds: the best passage of each article.

        The last word of `query.subject` may be unfinished, and typos are forgiven. Empty without an index of words.
        """
        ...

    def rank(
        self, candidates: Candidates, votes: Sequence[Vote], limit: int = 10, risk: Risk | None = None
    ) -> tuple[ArticleScore, ...]:
        """Articles, best first. Pure: the same candidates and votes give the same ranking.

        `risk` decides which are called an answer, and nothing else; None is as the engine was set up.
        """
        ...

    @property
    def risk(self) -> Risk:
        """As the engine was set up."""
        ...

    def trades(self) -> tuple[Trade, ...]:
        """What each bar meant on later tickets, by the ranker that serves; empty where it does not know."""
        ...

    def bar_of(self, risk: Risk) -> float | None:
        """The bar for a whole ticket at that risk; None where no ranker serves that could tell."""
        ...

    def ranker_versions(self) -> tuple[RankerVersion, ...]:
        """Those that are stored, newest first."""
        ...

    def forget_all_but(self, articles: AbstractSet[int]) -> None:
        """Take whatever was learned of any other article out of every stored ranker; what is left ranks as before."""
        ...

    def serve_ranker(self, name: str, expected: str) -> None:
        """Rank by that version from now on, or by the fixed rule where `name` is empty, if `expected` serves now.

        Raises:
            RankerConflictError: another one serves.
            SearchError: there is no such version, or it is damaged.
        """
        ...

    def learn(self, lessons: Sequence[Lesson], *, progress: Progress | None = None) -> RankerReport:
        """Learn a ranker from solved tickets, and serve it if it is better than what serves, on later tickets."""
        ...

    def evaluate(
        self, lessons: Sequence[Lesson], *, without: Sequence[str] = (), progress: Progress | None = None
    ) -> SearchEvaluation:
        """Rank the latest solved tickets by what was known before them; nothing that serves is changed.

        `without` leaves sources out: ``semantic``, ``lexical``, ``memory``, ``popularity``, ``learnt``, ``facts``.

        Raises:
            SearchError: there are too few linked tickets to tell anything.
        """
        ...

    def extract(
        self, query: Query, vector: Vectors | None, passages: Sequence[Sequence[Redacted]]
    ) -> tuple[tuple[int, ...], ...]:
        """Of each passage, given as its sentences, the places of up to three that answer, in reading order.

        Passages come best first. `vector` is the question's, as `candidates` gave it; without one words decide alone.
        """
        ...

    def embed(self, texts: Sequence[Redacted]) -> Vectors:
        """Shape (n, dimensions)."""
        ...

    def embed_sentences(self, texts: Sequence[Redacted]) -> Vectors:
        """As `embed`, for short texts that come again: those asked for lately are remembered, to half precision."""
        ...

    def embed_tickets(self, tickets: Sequence[TicketText], *, progress: Progress | None = None) -> Vectors:
        """Shape (n, dimensions): as `embed`, and each text once; what was indexed or asked for before is not embedded again.

        Raises:
            SearchError: the encoder cannot be prepared.
        """
        ...

    def case_vectors(self, ids: Sequence[int]) -> Mapping[int, Vectors]:
        """Vectors of remembered tickets among `ids`, each of shape (dimensions,); empty where there is no index."""
        ...

    def passage_vectors(self, ids: Sequence[int]) -> Mapping[int, Vectors]:
        """The same of passages."""
        ...

    def check(self, source: Source) -> Divergence:
        """Compare the serving generation with `source` and verify its files."""
        ...

    def refresh(self) -> None:
        """Serve the newest generation if another process made one."""
        ...


class SearchError(Exception):
    """Base of what the engine raises."""


class IndexStoppedError(SearchError):
    """An index run was stopped; running again goes on from there."""


class NoIndexError(SearchError):
    """Nothing was indexed yet."""


class RankerConflictError(SearchError):
    """Which ranker serves was changed by somebody else meanwhile."""


class BrokenGenerationError(SearchError):
    """A generation's files do not match its manifest."""
