from __future__ import annotations

import pytest

from kb.rephrasing import checked, traceable

SOURCE = (
    "## Resolution\n\nOpen the cover of the printer and turn the ribbon so that the dull side faces down.\n"
    "1. Hold the green button for 10 seconds.\n2. Do not pull the paper.\n\nWrite to [email] if it stays blank."
)


def test_what_stands_in_the_source_stays_in_other_words() -> None:
    written = (
        "## Resolution\n\nOpen the printer's cover. Turn the ribbon with its dull side facing down.\n\n"
        "1. Hold the green button for 10 seconds.\n2. Do not pull the paper.\n\nWrite to [email] if it stays blank."
    )
    found = checked(written, SOURCE)
    assert found.struck == ()
    assert found.body == written


@pytest.mark.parametrize(
    "invented",
    [
        "Hold the green button for 30 seconds.",
        "Pull the paper.",
        "Order a new ribbon from the shop.",
        "Restart the computer and update the driver.",
        "Call 0800 100 if it stays blank.",
    ],
)
def test_what_no_sentence_bears_out_is_struck_out(invented: str) -> None:
    found = checked(f"## Resolution\n\nTurn the ribbon, dull side down. {invented}", SOURCE)
    assert found.struck == (invented,)
    assert found.body == "## Resolution\n\nTurn the ribbon, dull side down."


def test_a_heading_of_its_own_is_struck_out() -> None:
    assert checked("## Warranty\n\nHold the green button for 10 seconds.", SOURCE).struck == ("## Warranty",)


def test_facts_of_two_sentences_do_not_bear_out_a_third() -> None:
    assert not traceable(
        "Hold the ribbon for 10 seconds.", ["Turn the ribbon down.", "Hold the button for ten seconds."]
    )
