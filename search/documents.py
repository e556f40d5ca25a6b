"""What a generation remembers of its documents besides words and vectors. Invariant: no text, only hashes and facets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from search.planning import Known


@dataclass(frozen=True, slots=True)
class PassageEntry:
    """A passage: what an index run compares, and what a query filters by."""

    text_hash: str
    meta_hash: str
    article_id: int
    products: tuple[str, ...]
    audience: str
    topics: tuple[str, ...] = ()
    updated: float | None = None
    locale: str = ""
    steps: bool = False
    """Whether it says what to do one after another."""

    def about(self, product: str) -> bool:
        """Whether it may help with `product`; a passage of no product helps with any, and so does no product at all."""
        return not product or not self.products or product.casefold() in {own.casefold() for own in self.products}


@dataclass(frozen=True, slots=True)
class Documents:
    """What a generation holds, by id."""

    passages: Mapping[int, PassageEntry] = field(default_factory=dict)
    cases: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    """(text hash, metadata hash)"""
    titles: Mapping[int, str] = field(default_factory=dict)
    """Digest of each article's title."""

    @property
    def known_passages(self) -> Known:
        return {number: (entry.text_hash, entry.meta_hash) for number, entry in self.passages.items()}

    @property
    def text_hashes(self) -> set[str]:
        """Of everything held."""
        passages = {entry.text_hash for entry in self.passages.values()}
        return passages | {text for text, _ in self.cases.values()} | set(self.titles.values())

    def to_json(self) -> str:
        """As `from_json` reads it."""
        passages = {
            str(n): [
                e.text_hash, e.meta_hash, e.article_id, list(e.products), e.audience, list(e.topics), e.updated, e.locale,
                e.steps,
            ]
            for n, e in self.passages.items()
        }  # fmt: skip
        cases = {str(n): list(c) for n, c in self.cases.items()}
        return json.dumps({"passages": passages, "cases": cases, "titles": {str(n): t for n, t in self.titles.items()}})

    @classmethod
    def from_json(cls, text: str) -> Documents:
        """What `to_json` made."""
        content: dict[str, dict[str, Any]] = json.loads(text)
        return cls(
            {
                int(n): PassageEntry(e[0], e[1], int(e[2]), tuple(e[3]), e[4], tuple(e[5]), e[6], e[7], e[8])
                for n, e in content["passages"].items()
            },
            {int(n): (c[0], c[1]) for n, c in content["cases"].items()},
            {int(n): title for n, title in content["titles"].items()},
        )
