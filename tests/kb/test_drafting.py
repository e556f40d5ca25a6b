"""Threads written for this, and the drafts that they give."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.drafting import Draft, Solution, Thread, Turn, compose, names_in, solution_of
from kb.drafting.composing import MISSING, PICTURED
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
    "text",
    [
        "Hi Nora,", "Kind regards", "Thanks a lot!", "--", "Hope this helps", "> you wrote", "Paul", "!!!", "Try it out :)", "Be patient.",
        "I sincerely appreciate all your attempts.", "I was just about to respond, as I was away.",
        "Re :2. The labels come out blank.", "You can ring me on [phone].", "Please call us at [phone], any time.",
    ],
)  # fmt: skip
def test_chatter_is_told(text: str) -> None:
    assert is_chatter(text)


@pytest.mark.parametrize(
    "text",
    [
        "Thanks to the blue pen the head is clean, so print again.",
        "Hi Nora, open the cover.",
        "Restart it.",
        "No ink is left.",
        "Try it out of the box.",
        "Reinstall it.",
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
        "It is in the name of Nora.",
    ],
)  # fmt: skip
def test_a_name_is_known_by_its_place(text: str) -> None:
    assert "Nora" in names_in([text, "Open the cover and ask Nora."])


@pytest.mark.parametrize(
    "text",
    [
        "Hi all, it is blank.", "Hello there!", "Thanks Again.", "Hi Printer, why blank?", "Dear Support,", "However, Windows said no.",
        "Thanks, Labels are fine.", "Hello, VER: it is blank.", "It is blank. Sorry.", "Is it broken? Weird.", "Then restart. Start Thunderbird.",
        "Thanks\nTroubleshooting Information\nName: Label", "Yes, Windows is new.", "Open the Help Desk.", "One says it is blank.", "In the name of Labels.", "It is in the name of the shop.",
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
        ("C'est vide. Merci d'avance pour votre aide Elodine", {"Elodine"}),
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
        ("sudo apt remove labels", "sudo apt remove labels"),
        ("labeltool run --fresh now", "labeltool run --fresh now"),
        ("open the cover - then press it.", "Open the cover - then press it."),
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


@pytest.mark.parametrize(
    ("said", "summary"),
    [
        ("Try this:\n1. Open the cover\n2. Clean the head", "Open the cover"),
        ("Yes. It is the ribbon. You should turn it over.", "You should turn it over."),
        ("Solved! In the driver, set the darkness to 12.", "In the driver, set the darkness to 12."),
        ("I had the same. The ribbon is upside down, so the head prints on nothing.", "The ribbon is upside down, so the head prints on nothing."),
        ("It was blank. If it is hot, please switch it off.", "If it is hot, please switch it off."),
        ("Where is it and what do you see. I am no expert on it. You can see a lamp. Then turn the ribbon.", "Then turn the ribbon."),
        ("See the manual for that. Settings > Printer > Darkness.", "Settings > Printer > Darkness."),
    ],
)  # fmt: skip
def test_the_summary_is_the_act_and_never_what_leads_to_it(said: str, summary: str) -> None:
    assert drafted(thread(("helper", said))).summary == summary


def test_a_long_summary_ends_where_a_sentence_does() -> None:
    said = f"Open the cover and clean the head; {'then wait a little longer ' * 20}"
    assert drafted(thread(("helper", said))).summary == "Open the cover and clean the head"
    assert len(drafted(thread(("helper", f"Open {'it again ' * 90}"))).summary) <= 300


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ([ASK, ("requester", "Fixed it by turning the ribbon.")], 2),
        ([TELL, ("requester", "Solved the problem, thanks.")], 1),
        ([TELL, ("requester", "Problem solved!")], 1),
        ([ASK, TELL, ("helper", "Did you see the light?"), ("requester", "It works now.")], 2),
        ([ASK, ("requester", "I turned the ribbon over.")], 2),
        ([("helper", "Please post a picture of it."), ("requester", "UPDATE: closing the cover twice brings the labels back.")], 2),
        ([TELL, ("helper", "I, too, have blank labels, and I changed the ribbon."), ("requester", "All good now.")], 1),
    ],
)  # fmt: skip
def test_who_asked_counts_when_they_say_what_they_did_and_not_when_they_only_say_that_it_works(
    said: list[tuple[str, str]], number: int
) -> None:
    found = solution_of(thread(*said))
    assert found is not None
    assert found.number == number


@pytest.mark.parametrize(
    ("body", "facts"),
    [
        ("On Win 10 it is blank.", "Win 10"),
        ("On Windows 10/11 and Windows 10 it is blank.", "Windows 10/11"),
        ("On Xubuntu 22.04 it is blank.", "Xubuntu 22.04"),
        ("On macOS Sonoma 14.2 or MacOS since May it is blank.", "macOS Sonoma 14.2"),
        ("On macOS today it is blank.", "macOS"),
        ("On a Mac with Sonoma 14.7.1 it is blank.", "Sonoma 14.7.1"),
        ("I opened Labelprinter 3 times on Win 10.", "Win 10"),
        ("Ring 555.123.4567 since 24.12.2025, driver version is 26.20.100.7463.", ""),
        ("Version 12.1.3 and 12.1.3esr.", "12.1.3esr"),
        ("Labelprinter v. 115.2 esr and LP 115.2 esr", "Labelprinter v. 115.2 esr"),
        ("A build 1.2.3, lib 4.5.6, 7.8.9, 1.1.1, 2.2.2, 3.3.3 and 4.4.4.", ""),
        ("Name: Labelprinter 12.1 Build ID: 2024 and 1.2.3", "Labelprinter 12.1"),
        ("The 32-bit Windows 11-based one of 2020", ""),
    ],
)
def test_systems_and_versions_are_told_in_full_and_once(body: str, facts: str) -> None:
    draft = drafted(thread(TELL, body=body, environment={"product": "Labelprinter"}))
    assert part(draft, "Environment").removeprefix("Product: Labelprinter").strip() == facts


def test_a_version_in_the_subject_is_told_as_well() -> None:
    assert part(drafted(thread(TELL, subject="Blank on Debian 12")), "Environment") == "Debian 12"


def test_steps_in_one_paragraph_are_steps_and_numbers_go_on_behind_a_remark() -> None:
    draft = drafted(thread(("helper", "Do this: 1. Open the cover. 2. Clean the head. 3. Close it.")))
    assert draft.body.endswith("Do this:\n\n1. Open the cover.\n2. Clean the head.\n3. Close it.")
    said = "1. Open the cover\n2. Clean the head\nUse the blue pen for that.\n3. Close the cover"
    assert "for that.\n\n3. Close the cover" in drafted(thread(("helper", said))).body
    assert "## Resolution\n\nOpen the cover" in drafted(thread(("helper", "- Open the cover"))).body
    dashes = drafted(thread(("helper", "Do this: - open it - clean it - close it")))
    assert [line.text for line in dashes.parts[2].lines] == ["Do this:", "Open it", "Clean it", "Close it"]


def test_where_only_a_picture_tells_it_is_said_that_it_is_missing() -> None:
    draft = drafted(thread(("helper", "See attached image. Press the key in the screenshot.")))
    assert part(draft, "Resolution") == "Press the key in the screenshot."
    assert PICTURED in draft.body
    assert PICTURED not in drafted(thread(("helper", "Images are printed if you set darkness to 12."))).body


def test_a_short_quotation_of_the_question_is_no_answer() -> None:
    quoted = ("helper", "Labels are blank.\nClean the head.")
    assert part(drafted(thread(quoted, body="Labels are blank. Why?")), "Resolution") == "Clean the head."


def test_a_sentence_is_told_once_as_the_cause_or_as_what_to_do() -> None:
    draft = drafted(thread(("helper", "The problem was the lock. You should remove it because it is old.")))
    assert (part(draft, "Cause"), part(draft, "Resolution")) == (
        "The problem was the lock.",
        "You should remove it because it is old.",
    )


@pytest.mark.parametrize(
    "parting",
    ["Thanks in advance", "Best [name]", "Many thanks, [name]", "[name] [name] [email]", "Regards [name]", "TIA"],
)
def test_what_is_said_in_parting_goes_wherever_it_stands(parting: str) -> None:
    assert part(drafted(thread(TELL, body=f"The labels are blank {parting}")), "Issue") in {
        "The labels are blank",
        f"The labels are blank {parting}" if parting.startswith("[name] [") else "",
    }
    assert part(drafted(thread(TELL, body=f"The labels are blank. {parting}")), "Issue") == "The labels are blank."


@pytest.mark.parametrize(
    ("subject", "body", "title"),
    [
        ("Printer", "I use the old one. The labels come out blank.", "The labels come out blank"),
        ("Print problem", "Hello. How can I print on both sides?", "How can I print on both sides?"),
        ("Ribbon", "The labels come out blank.", "Ribbon: The labels come out blank"),
        ("Cannot print labels", "It is blank.", "Cannot print labels"),
        ("[SOLVED] Cannot print labels", "It is blank.", "Cannot print labels"),
        ("Cannot print labels (Solved)", "It is blank.", "Cannot print labels"),
        ("Printer", "However the labels come out blank.", "The labels come out blank"),
    ],
)
def test_a_vague_subject_gives_way_to_what_is_wrong(subject: str, body: str, title: str) -> None:
    given_thread = thread(TELL, subject=subject, body=body, environment={"product": "Printer"})
    assert drafted(given_thread).title == title


def test_a_thread_in_which_nobody_says_how_teaches_nothing() -> None:
    assert not drafted(thread(ASK, ("requester", "Solved it myself!"))).teaches
    assert drafted(thread(TELL)).teaches


@pytest.mark.parametrize(
    "piece", [".", "A. ", "Windows 10 ", "1.2.3 ", "thanks ", "\n", "- ", "1. ", "the problem is ", "a", "ing "]
)
def test_a_draft_of_long_messages_comes_in_no_time(piece: str) -> None:
    # Anything that goes over the text again for each of its parts would never return.
    said = piece * (20_000 // len(piece)) + "!"
    assert drafted(thread(("helper", said), ("requester", said), body=said)).title
