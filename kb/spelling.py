"""How far two spellings are apart. Invariant: pure; stops as soon as they are further apart than matters."""

from __future__ import annotations


def within(left: str, right: str, typos: int) -> bool:
    """Whether at most `typos` letters are wrong, missing, too many or swapped with their neighbour.

    The restricted edit distance of Damerau, as word indexes count it: a pair of swapped letters is one typo.
    """
    if left == right:
        return True
    if abs(len(left) - len(right)) > typos:
        return False
    before: list[int] = []
    row = list(range(len(right) + 1))
    for at, letter in enumerate(left, start=1):
        older, before, row = before, row, [at]
        for other, wanted in enumerate(right, start=1):
            least = min(before[other] + 1, row[other - 1] + 1, before[other - 1] + (letter != wanted))
            if at > 1 and other > 1 and letter == right[other - 2] and left[at - 2] == wanted:
                least = min(least, older[other - 2] + 1)
            row.append(least)
        if min(row) > typos:
            return False
    return row[-1] <= typos


def begins_within(word: str, beginning: str, typos: int) -> bool:
    """Whether some beginning of `word` is spelt like `beginning`, but for `typos`."""
    lengths = range(max(1, len(beginning) - typos), min(len(word), len(beginning) + typos) + 1)
    return any(within(word[:length], beginning, typos) for length in lengths)
