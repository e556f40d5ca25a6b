"""Which words are given names, which surnames, and which are ordinary. Invariant: small letters in, a plain yes or no out.

The lists come with the library that rates passwords: names and words of English by how often they are used.
"""

from __future__ import annotations

from functools import cache
from typing import Final

FREQUENT: Final = 8_000
"""Words of running text up to this place are ordinary; further down there are many names that no list of names has."""
ALSO_WORDS: Final = (
    "mac max mark manual numbers patience hung don bill joy meta brain les faith della aide echo sue ray pat sam guy angle dell"
    " cleveland tia april may june august jan denver hong victoria sierra page art hope grace dawn will grant frank chase drew chance"
    " chip dale dean jewel star sunny summer autumn crystal ivy iris rose ruby amber ginger holly violet lily olive daisy pearl jade"
    " virginia georgia carolina dakota paris austin houston dallas jordan israel florence sydney london trinity destiny harmony melody"
    " precious king prince duke earl major lane miles norm rod rusty skip van wade ward lance major marina robin wally sterling"
    " alexa cortana siri claude ada julia java jenkins travis jasmine python lotus opera mercedes porsche lee long love tab van see so"
    " an my soo see in young sang song luna nova stella aurora cinnamon una tricia tessa rosa rafaela qiana wilma zara xia vera vanessa"
    " sylvia sonya lisa maya lucid bionic android mint"
)
"""Words, places, months, products and their versions that are names as well: where nothing but a name can stand only."""
NAMESAKES: Final = frozenset(ALSO_WORDS.split())


def is_given_name(word: str) -> bool:
    """Whether it is a given name and hardly anything else."""
    return word in _lists()[0] and word not in NAMESAKES


def is_surname(word: str) -> bool:
    """Whether it is a frequent surname and no frequent word."""
    return word in _lists()[1]


def is_ordinary(word: str) -> bool:
    """Whether it is a word that anybody uses."""
    return word in _lists()[2]


@cache
def _lists() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    # The library is asked for here because a command that drafts nothing must not wait for it.
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # type: ignore[import-untyped]

    given = frozenset([*FREQUENCY_LISTS["male_names"], *FREQUENCY_LISTS["female_names"]])
    words = [*FREQUENCY_LISTS["english_wikipedia"][:FREQUENT], *FREQUENCY_LISTS["us_tv_and_film"][:FREQUENT]]
    return given, frozenset(FREQUENCY_LISTS["surnames"]), frozenset(words)
