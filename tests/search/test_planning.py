from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from search.contract import Stamp
from search.planning import Plan, plan

HASHES = st.sampled_from(["a", "b", "c"])
KNOWN = st.dictionaries(st.integers(1, 12), st.tuples(HASHES, HASHES))


def stamps(known: dict[int, tuple[str, str]]) -> list[Stamp]:
    return [Stamp(number, text, meta) for number, (text, meta) in known.items()]


def test_each_change_has_one_outcome() -> None:
    held = {1: ("t", "m"), 2: ("t", "m"), 3: ("t", "m"), 4: ("t", "m")}
    wanted = [Stamp(9, "t", "m"), Stamp(3, "t", "other"), Stamp(2, "other", "other"), Stamp(1, "t", "m")]
    assert plan(held, wanted) == Plan(embed=(2, 9), update=(3,), remove=(4,), unchanged=1)


def test_full_embeds_everything_and_still_removes() -> None:
    assert plan({1: ("t", "m"), 2: ("t", "m")}, [Stamp(1, "t", "m")], full=True) == Plan((1,), (), (2,), 0)


def test_nothing_to_do_is_an_empty_plan() -> None:
    assert plan({}, []).empty
    assert plan({1: ("t", "m")}, [Stamp(1, "t", "m")]).empty
    assert not plan({1: ("t", "m")}, []).empty


@given(KNOWN, KNOWN)
def test_carrying_out_a_plan_leaves_nothing_to_do(
    held: dict[int, tuple[str, str]], wanted: dict[int, tuple[str, str]]
) -> None:
    todo = plan(held, stamps(wanted))
    after = {number: hashes for number, hashes in held.items() if number not in todo.remove}
    after |= {number: wanted[number] for number in (*todo.embed, *todo.update)}
    assert after == wanted
    assert plan(after, stamps(wanted)).empty


@given(KNOWN, KNOWN)
def test_every_id_is_in_one_list_only(held: dict[int, tuple[str, str]], wanted: dict[int, tuple[str, str]]) -> None:
    todo = plan(held, stamps(wanted))
    named = [*todo.embed, *todo.update, *todo.remove]
    assert len(named) == len(set(named))
    assert len(todo.embed) + len(todo.update) + todo.unchanged == len(wanted)
    assert set(todo.remove) == held.keys() - wanted.keys()
    assert all(held[number][0] == wanted[number][0] for number in todo.update)


@given(KNOWN)
def test_the_order_of_the_source_does_not_matter(wanted: dict[int, tuple[str, str]]) -> None:
    assert plan({}, stamps(wanted)) == plan({}, stamps(wanted)[::-1])
