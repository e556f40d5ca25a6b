from __future__ import annotations

import numpy as np
import pytest

from search.contract import ArticleFacts, Candidates, PassageScore
from search.features import NAMES, SOURCES, UNKNOWN, language, table
from search.popularity import Popularity


def column(name: str, **known: object) -> list[float]:
    """What the articles 1 to 3 have under that name."""
    found = tuple(PassageScore(number, number, 0.5) for number in (1, 2, 3))
    candidates = Candidates(found, (), (), frozenset({1, 2, 3}), **known)  # type: ignore[arg-type]
    values: list[float] = table(candidates, (), None, Popularity()).values[:, NAMES.index(name)].tolist()
    return values


def test_every_feature_has_a_source() -> None:
    assert len(NAMES) == len(SOURCES) == len(set(NAMES))


@pytest.mark.parametrize(
    ("locale", "wanted"),
    [("pt-BR", [1.0, 0.0, UNKNOWN]), ("PT", [1.0, 0.0, UNKNOWN]), ("de_AT", [0.0, 1.0, UNKNOWN]), ("", [UNKNOWN] * 3)],
)
def test_an_article_in_the_language_of_whoever_asks_is_known_as_such(locale: str, wanted: list[float]) -> None:
    facts = {1: ArticleFacts(locale="pt"), 2: ArticleFacts(locale="de-DE")}
    assert column("of the language", locale=locale, facts=facts) == wanted


def test_what_was_said_of_an_article_is_given_and_not_read() -> None:
    assert column("healthy", health={1: 0.9, 3: 0.1, 7: 0.8}) == [0.9, UNKNOWN, 0.1]
    assert column("healthy") == [UNKNOWN] * 3


def test_a_title_that_was_not_found_is_less_alike_than_those_that_were() -> None:
    assert column("title", titles={1: 0.8, 2: 0.3}) == [0.8, 0.3, 0.3]
    assert column("title") == [0.0] * 3


@pytest.mark.parametrize(
    ("locale", "said"), [("pt-BR", "pt"), ("zh_Hant_TW", "zh"), (" EN ", "en"), ("", ""), ("-", "")]
)
def test_a_language_is_what_a_locale_begins_with(locale: str, said: str) -> None:
    assert language(locale) == said


def test_no_candidate_has_no_features() -> None:
    values = table(Candidates((), (), (), frozenset()), (), None, Popularity()).values
    assert values.shape == (0, len(NAMES))
    assert np.isfinite(values).all()
