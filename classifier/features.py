"""A ticket as numbers.

Invariant: only what `TicketFeatures` holds is read, so nothing of an outcome can leak in; and a word is the same word
in every block, so that reasons can give each block's share back to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import OneHotEncoder
from sklearn.utils.validation import check_is_fitted

from classifier.contract import NoModelError, TicketFeatures
from classifier.counting import (
    PIECES,
    Counts,
    Numbers,
    counted,
    fit_block,
    pieces_of,
    pieces_vectorizer,
    weigh_block,
    words_vectorizer,
)
from classifier.wording import normal, text_of

ENOUGH_TO_PRUNE: Final = 200
"""Tickets from which on a word must occur twice to count."""
MANY: Final = 32
"""Tickets at once from which on each different word is cut into pieces only once."""
USUAL: Final = 0.9
"""Share of the tickets learned from that had an attribute; where so many had it, lacking it is worth a note."""
WEIGHTS: Final[Mapping[str, float]] = {"words": 1.0, "subject": 0.5, "pieces": 1.0, "attributes": 0.7, "embedding": 0.7}
"""Length of each block's row, chosen by cross-validation: how strongly each speaks before anything is learned."""
Matrix: TypeAlias = csr_matrix
Places: TypeAlias = dict[str, dict[str | None, int]]
Vector: TypeAlias = np.ndarray[tuple[int], np.dtype[np.float64]]


class TicketVectorizer(TransformerMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn ships no types
    """Words, the subject's words again, pieces of words, attributes and the embedding, side by side.

    Parameters
    ----------
    most : most words, and most pieces of words, that are kept.
    least : tickets that must share an attribute's value before it counts by itself; rarer and unseen values are one.
    """

    def __init__(self, most: int = 50_000, least: int = 3) -> None:
        self.most = most
        self.least = least

    def fit(self, tickets: Sequence[TicketFeatures], y: object = None) -> TicketVectorizer:
        """Learn vocabularies, attribute values and the mean embedding (used only where every ticket has one)."""
        del y
        return self.learn(tickets, counts_of(tickets))

    def fit_transform(self, tickets: Sequence[TicketFeatures], y: object = None) -> Matrix:
        """Both, with each text read once."""
        del y
        counts = counts_of(tickets)
        return self.learn(tickets, counts).weigh(tickets, counts)

    def learn(self, tickets: Sequence[TicketFeatures], counts: Counts) -> TicketVectorizer:
        """As `fit`, from what was counted of those very tickets."""
        if not tickets:
            raise ValueError("There are no tickets to learn words from.")
        pruned = len(tickets) >= ENOUGH_TO_PRUNE
        least = {"words": 2, "subject": 2, PIECES: 3} if pruned else dict.fromkeys(TEXT_BLOCKS, 1)
        self._kept: dict[str, Numbers] = {}
        for name, empty in TEXT_BLOCKS.items():
            vectorizer = empty(least[name], self.most)
            self._kept[name] = fit_block(vectorizer, counts.blocks[name])
            setattr(self, f"{name}_", vectorizer)
        self.names_ = _telling_attributes(tickets, self.least)
        self._known: Places | None = None
        self.attributes_ = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=self.least)
        if self.names_:
            self.attributes_.fit(self._values(tickets))
        self.usual_ = [name for name in self.names_ if _given(tickets, name) >= USUAL]
        self.means_ = np.asarray(self._attribute_rows(tickets).mean(axis=0), dtype=np.float64).ravel()
        vectors = [ticket.embedding for ticket in tickets if ticket.embedding is not None]
        self.centre_ = (
            np.mean(vectors, axis=0, dtype=np.float64)
            if len(vectors) == len(tickets)
            else np.zeros(0, dtype=np.float64)
        )
        return self

    def transform(self, tickets: Sequence[TicketFeatures]) -> Matrix:
        """Shape (len(tickets), features). What was never seen adds nothing; a missing embedding counts as the mean.

        Raises:
            NoModelError: an embedding has another length than those learned from.
        """
        check_is_fitted(self)
        texts = [normal(text_of(ticket)) for ticket in tickets]
        cut = self.pieces_.transform(texts) if len(texts) < MANY else pieces_of(self.pieces_, texts)
        subjects = [normal(ticket.subject.redacted) for ticket in tickets]
        return self._beside(
            tickets, {"words": self.words_.transform(texts), "subject": self.subject_.transform(subjects), PIECES: cut}
        )

    def weigh(self, tickets: Sequence[TicketFeatures], counts: Counts) -> Matrix:
        """As `transform`, from what was counted of those very tickets together with those that it learned from."""
        blocks = counts.blocks
        return self._beside(
            tickets,
            {name: weigh_block(getattr(self, f"{name}_"), blocks[name], self._kept[name]) for name in TEXT_BLOCKS},
        )

    def _beside(self, tickets: Sequence[TicketFeatures], parts: dict[str, Matrix]) -> Matrix:
        parts["attributes"] = self._attribute_rows(tickets)
        if self.centre_.size:
            parts["embedding"] = csr_matrix(self._embeddings(tickets))
        for name, part in parts.items():
            if name != "attributes":  # They carry their weight already.
                part.data *= WEIGHTS[name]
        return hstack(list(parts.values()), format="csr")

    def blocks(self) -> dict[str, slice]:
        """Which columns belong to ``words``, ``subject``, ``pieces``, ``attributes`` and ``embedding``."""
        sizes = {
            "words": len(self.words_.vocabulary_), "subject": len(self.subject_.vocabulary_),
            "pieces": len(self.pieces_.vocabulary_), "attributes": len(self.attribute_columns()),
            "embedding": self.centre_.size,
        }  # fmt: skip
        ends = np.cumsum(list(sizes.values()))
        return {name: slice(int(end) - size, int(end)) for (name, size), end in zip(sizes.items(), ends, strict=True)}

    def attribute_columns(self) -> list[tuple[str, str | None]]:
        """(attribute, value) of each column; the value is None for rare and unseen ones, empty where none was given."""
        if not self.names_:
            return []
        columns: list[tuple[str, str | None]] = []
        encoder = self.attributes_
        for name, values, rare in zip(self.names_, encoder.categories_, encoder.infrequent_categories_, strict=True):
            seldom = set() if rare is None else set(rare)
            columns += [(name, str(value)) for value in values if value not in seldom]
            columns += [(name, None)] if seldom else []
        return columns

    def to_parts(self) -> dict[str, Any]:
        """What was learned, as plain strings and arrays: vocabularies of many thousand words are quick to store so."""
        check_is_fitted(self)
        texts = {name: _vocabulary(getattr(self, f"{name}_")) for name in TEXT_BLOCKS}
        known = self.attributes_ if self.names_ else None
        parameters = self.get_params()
        return {
            "parameters": parameters,
            **texts,
            "names": self.names_,
            "attributes": known,
            "usual": self.usual_,
            "means": self.means_,
            "centre": self.centre_,
        }

    @classmethod
    def from_parts(cls, parts: Mapping[str, Any]) -> TicketVectorizer:
        """What `to_parts` made; KeyError, TypeError or ValueError where it is something else."""
        made = cls(**parts["parameters"])
        for name, empty in TEXT_BLOCKS.items():
            setattr(made, f"{name}_", _with_vocabulary(empty(1, made.most), parts[name]))
        made.names_ = list(parts["names"])
        made.attributes_ = parts["attributes"]
        made.usual_ = list(parts["usual"])
        made.means_ = parts["means"]
        made.centre_ = np.asarray(parts["centre"], dtype=np.float64)
        return made

    def _attribute_rows(self, tickets: Sequence[TicketFeatures]) -> Matrix:
        """What the encoder's own `transform` would say, without looking through all that it knows at each call."""
        known = self._places()
        starts, columns = [0], []
        for ticket in tickets:
            for name in self.names_:
                places = known[name]
                column = places.get(ticket.attributes.get(name, ""), places.get(None))
                columns += [] if column is None else [column]
            starts.append(len(columns))
        ones = np.full(len(columns), WEIGHTS["attributes"])
        width = sum(len(places) for places in known.values())
        return csr_matrix((ones, np.array(columns, dtype=np.int32), starts), shape=(len(tickets), width))

    def _places(self) -> Places:
        """By attribute, the column of each value; that of None is for rare and unseen ones."""
        known: Places | None = getattr(self, "_known", None)
        if known is None:
            known = {name: {} for name in self.names_}
            for column, (name, value) in enumerate(self.attribute_columns()):
                known[name][value] = column
            self._known = known
        return known

    def _values(self, tickets: Sequence[TicketFeatures]) -> NDArray[np.object_]:
        rows = [[ticket.attributes.get(name, "") for name in self.names_] for ticket in tickets]
        return np.array(rows, dtype=object).reshape(len(tickets), len(self.names_))

    def _embeddings(self, tickets: Sequence[TicketFeatures]) -> NDArray[np.float64]:
        rows = np.zeros((len(tickets), self.centre_.size))
        for row, ticket in zip(rows, tickets, strict=True):
            if ticket.embedding is None:
                continue
            if ticket.embedding.shape != self.centre_.shape:
                raise NoModelError("The model learned from another sentence encoder. Train again: deflect train")
            row[:] = ticket.embedding - self.centre_
        return rows

    def __sklearn_tags__(self) -> Any:  # noqa: ANN401 - scikit-learn's own
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.no_validation = True
        return tags


def times(rows: Matrix, columns: NDArray[np.floating]) -> NDArray[np.float64]:
    """``rows @ columns``, bit by bit, reading only those of `columns` that the rows have; shape (n, width).

    The library reads, and converts, all of them at each call.
    """
    used, places = _used(rows.indices, len(columns))
    few = csr_matrix((rows.data, places.astype(np.int32), rows.indptr), shape=(rows.shape[0], len(used)))
    return np.asarray(few @ np.ascontiguousarray(columns[used], dtype=np.float64))


def _used(indices: NDArray[np.integer], width: int) -> tuple[NDArray[np.integer], NDArray[np.integer]]:
    """Which of `width` columns occur, in order, and each index's place among them."""
    if len(indices) < width:
        used, places = np.unique(indices, return_inverse=True)
        return used, places
    seen = np.zeros(width, dtype=bool)
    seen[indices] = True
    return np.flatnonzero(seen), (np.cumsum(seen, dtype=np.int32) - 1)[indices]


def counts_of(tickets: Sequence[TicketFeatures]) -> Counts:
    """The words and pieces of each."""
    return counted([normal(text_of(one)) for one in tickets], [normal(one.subject.redacted) for one in tickets])


TEXT_BLOCKS: Final[Mapping[str, Callable[[int, int], TfidfVectorizer]]] = {
    "words": words_vectorizer, "subject": words_vectorizer, PIECES: pieces_vectorizer,
}  # fmt: skip


def _vocabulary(vectorizer: TfidfVectorizer) -> dict[str, Any]:
    # No term holds a line break: words are made of letters and digits, pieces of those and blanks.
    return {"terms": "\n".join(vectorizer.get_feature_names_out()), "idf": vectorizer.idf_}


def _with_vocabulary(vectorizer: TfidfVectorizer, parts: Mapping[str, Any]) -> TfidfVectorizer:
    vectorizer.vocabulary_ = {term: n for n, term in enumerate(parts["terms"].split("\n"))}
    vectorizer.idf_ = parts["idf"]
    return vectorizer


def _telling_attributes(tickets: Sequence[TicketFeatures], least: int) -> list[str]:
    """Attributes that differ between tickets and have a value that enough of them share."""
    names = sorted({name for ticket in tickets for name in ticket.attributes})
    found = []
    for name in names:
        values, counts = np.unique([ticket.attributes.get(name, "") for ticket in tickets], return_counts=True)
        if len(values) > 1 and counts.max() >= least:
            found.append(name)
    return found


def _given(tickets: Sequence[TicketFeatures], name: str) -> float:
    """Share of the tickets that have a value for an attribute."""
    return sum(bool(ticket.attributes.get(name)) for ticket in tickets) / len(tickets)
