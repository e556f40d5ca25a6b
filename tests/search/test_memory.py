from __future__ import annotations

import pytest

from search.contract import Candidates, Neighbour, Vote
from search.memory import Fading, discounted, recall


def remembered(*similar: float, allowed: frozenset[int] = frozenset({1, 2})) -> Candidates:
    """A question with tickets 10, 11 … that near."""
    near = tuple(Neighbour(10 + place, cosine) for place, cosine in enumerate(similar))
    return Candidates((), (), near, allowed)


def test_a_near_ticket_counts_for_several_far_ones() -> None:
    found = recall(remembered(0.9, 0.5, 0.5), [Vote(10, 1), Vote(11, 2), Vote(12, 2)])
    assert found.by_size[1][1] > found.by_size[1][2]
    assert found.solved == {1: 1, 2: 2}
    assert found.nearest == {1: 0.9, 2: 0.5}


def test_votes_for_what_may_not_be_shown_count_for_nothing_and_are_missed() -> None:
    found = recall(remembered(0.8, 0.8), [Vote(10, 1), Vote(11, 7)])
    assert 7 not in found.around
    assert found.covered == pytest.approx((0.5, 0.5, 0.5))


def test_a_vote_of_a_ticket_that_is_no_neighbour_counts_for_nothing() -> None:
    assert recall(remembered(0.8), [Vote(99, 1)]).around == {}


def test_who_said_that_it_does_not_help_is_heard_but_solved_nothing() -> None:
    found = recall(remembered(0.8, 0.7), [Vote(10, 1, -0.5), Vote(11, 2)])
    assert found.by_size[0][1] < 0
    assert found.solved == {2: 1}


def test_without_neighbours_nothing_is_covered() -> None:
    assert recall(remembered(), []).covered == (0.0, 0.0, 0.0)


def test_what_solves_everything_says_little() -> None:
    candidates = remembered(*[0.9] + [0.6] * 30)
    votes = [Vote(10, 2), *(Vote(10 + place, 1) for place in range(31))]
    plain = discounted(candidates, votes, Fading(popularity=0.0))
    assert plain[1] > plain[2]
    assert (
        discounted(candidates, votes, Fading(popularity=1.0))[2]
        > discounted(candidates, votes, Fading(popularity=1.0))[1]
    )
