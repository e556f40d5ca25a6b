"""Threads written for this, and the drafts that they give."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.drafting import Draft, Solution, Thread, Turn, compose, names_in, solution_of
from kb.drafting.composing import MISSING
from kb.drafting.wording import is_chatter, says_it_worked
from kb.markup import render
from kb.redaction import redact


def thread(*said: tuple[str, str], subject: str = "Labels print blank", body: str = "", **more: object) -> Thread:
    turns = [Turn(n, who, redact(text)) for n, (who, text) in enumerate(said, 1)]  # type: ignore[arg-type]
    return Thread(redact(subject), redact(body or "The labels come out blank since Friday."), turns, **more)  # type: ignore[arg-type]


def drafted(given_thread: Thread, *titles: str) -> Draft:
    return compose(given_thread, solution_of(given_thread), titles)


def part(draft: Draft, name: str) -> str:
    return " ".join(line.text for one in draft.parts if one.name == name for line in one.lines)


ASK = ("helper", "Hello Nora, which printer is it?")
TELL = ("helper", "Open the cover and clean the head with the blue pen.")
ELSE = ("helper", "You could also set the darkness to 12 in the driver.")


@pytest.mark.parametrize(
    ("said", "number", "sure"),
    [
        ([ASK, TELL, ("requester", "That worked, thank you!")], 2, True),
        ([TELL, ASK, ("requester", "The desk one."), ("requester", "The problem is solved now.")], 1, True),
        ([TELL, ("requester", "That did not work."), ELSE, ("requester", "Great, it works now!")], 3, True),
        ([TELL, ("requester", "It still has not worked, sorry."), ELSE], 3, False),
        (
            [ASK, ("requester", "I found the transport lock and removed it; everything works again since then.")],
            2,
            True,
        ),
        (
            [TELL, ("requester", "Thanks, Paul. So simple!"), ("helper", "You are welcome. Ribbons come from us.")],
            1,
            False,
        ),
        (
            [ASK, ("requester", "Solved it. It was the transport lock that sat in front of the ribbon all the time.")],
            2,
            True,
        ),
        ([TELL, ("helper", "I have the same, with the ribbon of last year."), ("requester", "It works now!")], 1, True),
        ([ASK], 1, False),
        ([("requester", "I changed the ribbon and now all is fine.")], 1, False),
    ],
)
def test_the_message_that_solved_it_is_found_from_what_people_say(
    said: list[tuple[str, str]], number: int, *, sure: bool
) -> None:
    found = solution_of(thread(*said))
    assert found is not None
    assert (found.number, found.sure) == (number, sure)
    assert found.why


def test_what_a_person_marked_wins_and_no_answer_is_no_solution() -> None:
    marked = solution_of(thread(TELL, ELSE, ("requester", "That worked, thank you!"), marked=1))
    assert marked == Solution(1, "a person marked it as the solution", sure=True)
    assert solution_of(thread()) is None
    assert solution_of(thread(("requester", "Anyone?"))) is None


def test_votes_decide_between_answers_that_nobody_confirmed() -> None:
    base = thread(TELL, ELSE)
    voted = Thread(base.subject, base.body, [Turn(1, "helper", redact(TELL[1]), votes=3), base.turns[1]])
    assert solution_of(voted) == Solution(1, "people found it helpful", sure=False)


def test_every_line_stands_word_for_word_where_it_says() -> None:
    given_thread = thread(
        TELL, ("requester", "Hi Paul, that worked. I removed the lock, because it was blocking the ribbon."),
        body="Hello,\n\nThe labels come out blank. I use Windows 11. Write to nora@example.com.\n\nThanks\nNora",
        resolution=redact("Head cleaned."), environment={"product": "Printer"},
    )  # fmt: skip
    draft = drafted(given_thread)
    lines = [line for one in draft.parts for line in one.lines if line.end]
    assert len(lines) >= 5
    for line in lines:
        text = "Head cleaned." if line.turn < 0 else given_thread.text_of(line.turn)
        assert text[line.start : line.end].casefold() == line.text.casefold()
    assert "nora@example.com" not in draft.body


def test_greetings_thanks_and_signatures_stay_out_and_steps_are_steps() -> None:
    said = "Dear Nora,\n\nPlease do this:\n- Open the cover\n- Clean the head\n\nKind regards\nPaul"
    draft = drafted(thread(("helper", said), ("requester", "Thanks, that worked!")))
    assert "1. Open the cover\n2. Clean the head" in draft.body
    for chatter in ("Dear", "regards", "Paul", "Thanks"):
        assert chatter not in draft.body


def test_the_cause_is_what_somebody_named_as_such_and_is_asked_for_otherwise() -> None:
    named = drafted(thread(("helper", "It prints blank because the ribbon is upside down. Turn it over.")))
    assert part(named, "Cause") == "It prints blank because the ribbon is upside down."
    silent = drafted(thread(TELL))
    assert silent.missing == ("Environment", "Cause")
    assert "## Cause" not in silent.body
    assert f"## Resolution\n\n{MISSING}" in drafted(thread()).body


def test_what_the_requester_did_and_saw_is_part_of_the_resolution() -> None:
    said = (TELL, ("requester", "Thank you. I cleaned the head twice with the pen until the test page was black."))
    assert part(drafted(thread(*said)), "Resolution") == f"{TELL[1]} {said[1][1].partition('. ')[2]}"


def test_a_quotation_of_the_question_is_not_an_answer() -> None:
    quoted = ("helper", "The labels come out blank since Friday.\nClean the head with the blue pen.")
    assert part(drafted(thread(quoted)), "Resolution") == "Clean the head with the blue pen."


def test_an_empty_subject_gives_way_and_similar_tickets_give_better_words() -> None:
    assert drafted(thread(TELL, subject="URGENT help!!!")).title == "The labels come out blank since Friday"
    others = ("Printer prints blank labels", "Blank labels from the printer", "Labels are blank")
    assert drafted(thread(TELL, subject="Nothing to be seen there"), *others).title == "Blank labels from the printer"
    assert drafted(thread(TELL, subject="THE LABELS ARE ALL BLANK AGAIN")).title == "The labels are all blank again"


@pytest.mark.parametrize(
    "text", ["Hi Nora,", "Kind regards", "Thanks a lot!", "--", "Hope this helps", "> you wrote", "Paul", "!!!"]
)
def test_chatter_is_told(text: str) -> None:
    assert is_chatter(text)


@pytest.mark.parametrize(
    "text",
    [
        "Thanks to the blue pen the head is clean, so print again.",
        "Hi Nora, open the cover.",
        "Restart it.",
        "No ink is left.",
    ],
)
def test_the_matter_is_no_chatter(text: str) -> None:
    assert not is_chatter(text)


@pytest.mark.parametrize("text", ["That did not work", "It still is not fixed", "If that worked I would be glad"])
def test_a_not_is_no_success(text: str) -> None:
    assert not says_it_worked(text)
    assert says_it_worked("Now the problem is solved")


@given(
    st.lists(st.tuples(st.sampled_from(["requester", "helper"]), st.text(max_size=200)), max_size=6),
    st.text(max_size=100),
)
def test_any_thread_gives_a_draft(said: list[tuple[str, str]], subject: str) -> None:
    draft = drafted(thread(*said, subject=subject))
    assert [one.name for one in draft.parts] == ["Issue", "Environment", "Resolution", "Cause"]
    assert draft.title


@pytest.mark.parametrize(
    "text",
    [
        "Hi Nora, open the cover.", "Hello Nora!", "Hello Nora I have the same.", "It is blank.\n\nThanks, Nora", "@Nora: see above.",
        "Nora Olsen wrote: it is blank.", "Open it.\n\nKind regards,\nNora", "Open it. -Nora", "It is blank.\nThank you Nora",
        "Bonjour Nora, ouvrez le capot.", "It is blank. Thanks, Nora", "Is it the ribbon? Regards Nora", "Why is it blank? Nora",
        "It is blank. Best, Nora Olsen", "It is blank.\nThanks for your time, Nora.", "It is blank. Nora in Oslo", "Nora, that is it.",
        "I agree with Nora.", "Nora's answer says it.", "My name is Nora and it is blank.", "It is Nora Olsen (nora@example.com)", "To @Nora: see",
    ],
)  # fmt: skip
def test_a_name_is_known_by_its_place(text: str) -> None:
    assert "Nora" in names_in([text, "Open the cover and ask Nora."])


@pytest.mark.parametrize(
    "text",
    [
        "Hi all, it is blank.", "Hello there!", "Thanks Again.", "Hi Printer, why blank?", "Dear Support,", "However, Windows said no.",
        "Thanks, Labels are fine.", "Hello, VER: it is blank.", "It is blank. Sorry.", "Is it broken? Weird.", "Then restart. Start Thunderbird.",
        "Thanks\nTroubleshooting Information\nName: Label", "Yes, Windows is new.", "Open the Help Desk.", "One says it is blank.",
    ],
)  # fmt: skip
def test_a_word_of_the_matter_is_no_name(text: str) -> None:
    assert not names_in([text, "The labels come out blank."], ["Printer"])


@pytest.mark.parametrize("piece", ["Thanks, ", "best ", "\n", " ", "Nora ", "my wife ", "@", "A", "Nora, ", "-"])
def test_names_of_a_long_message_are_found_in_no_time(piece: str) -> None:
    # Anything that goes over the text again for each of its parts would never return.
    assert len(names_in([piece * (100_000 // len(piece)) + "!"])) <= 1


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("It stays blank. Eva Langenfeld", {"Eva", "Langenfeld"}),
        ("It stays blank.\nRegards, Rui Viottini", {"Rui", "Viottini"}),
        ("It stays blank.\nQuillon Vardy (qv@example.org)", {"Quillon", "Vardy"}),
        ("It stays blank. Thank you. Zbyszek Tarnow", {"Zbyszek", "Tarnow"}),
        ("My wife Ottilie turned it. Gene Smith helped.", {"Ottilie", "Gene", "Smith"}),
        ("Thanks, Mark O'Hara", {"Mark", "O'Hara"}),
    ],
)
def test_a_signature_may_have_a_surname(text: str, names: set[str]) -> None:
    assert names_in([text, "Open the cover."]) == names


def test_a_name_that_is_also_written_small_is_one_only_if_it_is_hardly_anything_else() -> None:
    assert names_in(["It is blank. Thanks, Mark", "I will mark it as solved."]) == frozenset()
    assert names_in(["It is blank. Thanks, Nora", "as nora says"]) == {"Nora"}
    assert names_in(["It is blank. Regards, Ilyan", "ilyan.olsen wrote to ilyan@example.org"]) == {"Ilyan"}


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("https://example.com/Pen shows it, so press Open.", "https://example.com/Pen shows it, so press Open."),
        ("driver.dat holds the darkness.", "driver.dat holds the darkness."),
        ("Hello everyone Open the cover and clean the head.", "Open the cover and clean the head."),
        ("hallo, open the cover.", "Open the cover."),
        ("Open the cover. -[name]", "Open the cover."),
        ("Open the cover. [name].", "Open the cover."),
    ],
)
def test_a_line_begins_and_ends_with_the_matter(said: str, line: str) -> None:
    assert part(drafted(thread(("helper", said))), "Resolution") == line


@pytest.mark.parametrize(
    "said", ["Please post a screenshot of it.", "Report on results.", "Hope you can read it.", "That may help you."]
)
def test_what_only_helps_the_helper_is_left_out(said: str) -> None:
    assert part(drafted(thread(("helper", f"{said} Open the cover."))), "Resolution") == "Open the cover."


def test_a_question_that_every_ticket_asks_is_no_part_of_the_issue() -> None:
    draft = drafted(thread(TELL, body="The labels are blank. How can I solve this? Any thoughts are much appreciated."))
    assert part(draft, "Issue") == "The labels are blank."


def test_that_it_worked_is_not_told_but_what_was_done_is() -> None:
    after = "I now have it up and running, thank you. I cleaned the head with the blue pen. It is back to normal now."
    assert part(drafted(thread(TELL, ("requester", after))), "Resolution").endswith(
        f"{TELL[1]} I cleaned the head with the blue pen."
    )


def test_versions_are_told_by_the_products_name_or_their_form() -> None:
    body = "Since Printer 12.1 on 10.4.2esr the labels are blank, also with the Printer 32-bit driver."
    facts = part(drafted(thread(TELL, body=body, environment={"product": "Printer"})), "Environment")
    assert facts == "Product: Printer Printer 12.1 10.4.2esr"


def test_what_markdown_would_read_as_its_own_is_shown_as_it_was_written() -> None:
    said = "Set *all* marks in C:\\Labels\\.ini to `dark` and see https://example.com/a*b*c."
    html = render(drafted(thread(("helper", said))).body, "markdown")
    assert r"Set *all* marks in C:\Labels\.ini to `dark` and see" in html
    assert 'href="https://example.com/a*b*c"' in html


def test_the_summary_says_what_to_do() -> None:
    assert (
        drafted(thread(("helper", "It looks upside down. Open it and turn the ribbon."))).summary
        == "Open it and turn the ribbon."
    )


def test_a_step_with_its_reason_is_a_step_and_no_cause() -> None:
    said = "- Switch it off because the head is hot.\n- Clean the head."
    assert part(drafted(thread(("helper", said))), "Cause") == ""


def test_a_version_is_told_once() -> None:
    body = "Version 12.1.3 prints blank labels, V 12.1.3 and 12.1.3 too."
    assert part(drafted(thread(TELL, body=body)), "Environment") == "12.1.3"
