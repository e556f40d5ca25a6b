from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from kb.passages import TOO_SHORT, WORDS, cut


def words(number: int, word: str = "word") -> str:
    return " ".join([word] * number)


def test_passages_keep_to_their_section() -> None:
    body = f"## One\n\n{words(100, 'one')}\n\n{words(100, 'one')}\n\n## Two\n\n{words(60, 'two')}"

    drafts = cut("Title", "", body, "markdown")

    assert [(d.ordinal, d.heading, d.anchor, len(d.text.split())) for d in drafts] == [
        (0, "One", "section-one", 100), (1, "One", "section-one", 100), (2, "Two", "section-two", 60),
    ]  # fmt: skip


def test_a_tiny_section_opens_the_next_and_only_its_first_passage() -> None:
    body = f"## Tiny\n\nfew words\n\n## Long\n\n{words(100)}\n\n{words(100)}"

    first, second = cut("Title", "", body, "markdown")

    assert (first.heading, first.anchor) == ("Tiny", "section-tiny")
    assert first.text.startswith("few words\nLong\nword")
    assert (second.heading, second.anchor) == ("Long", "section-long")


def test_a_heading_over_headings_gives_its_words_but_not_its_place() -> None:
    (only,) = cut("Title", "", f"# Printers\n\n## Reset\n\n{words(40)}", "markdown")

    assert (only.heading, only.anchor) == ("Reset", "section-reset")
    assert only.text.startswith("Printers\nword")


def test_a_short_rest_stays_with_what_came_before() -> None:
    (only,) = cut("Title", "", f"{words(140)}\n\n{words(20)}", "markdown")

    assert len(only.text.split()) == 160


def test_a_long_paragraph_is_cut_at_sentences_and_code_at_lines() -> None:
    sentences = cut("Title", "", " ".join(f"{words(39)} end{n}." for n in range(10)), "text")
    code = cut("Title", "", "```\n" + "\n".join(f"    {words(9)} {n}" for n in range(60)) + "\n```", "markdown")

    assert all(d.text.endswith(".") and "\n" not in d.text for d in sentences)
    assert len(code) > 1
    assert all(line.startswith("    word") for d in code[1:] for line in d.text.split("\n")[1:])


def test_the_summary_opens_the_first_passage() -> None:
    first, *_ = cut("Title", "What it is about.", f"{words(60)}\n\n## Next\n\n{words(60)}", "markdown")

    assert first.text.startswith("What it is about.\nword")
    assert first.heading == ""


def test_an_empty_body_gives_one_passage() -> None:
    assert [d.text for d in cut("Title", "About it.", "", "markdown")] == ["About it."]
    assert [d.text for d in cut("Title", "", "", "html")] == ["Title"]
    assert [(d.heading, d.text) for d in cut("Title", "", "# Only a heading", "markdown")] == [("Only a heading",) * 2]


def test_the_hash_covers_title_heading_and_text() -> None:
    (one,) = cut("Title", "", f"## A\n\n{words(40)}", "markdown")
    (other_title,) = cut("Other", "", f"## A\n\n{words(40)}", "markdown")
    (other_heading,) = cut("Title", "", f"## B\n\n{words(40)}", "markdown")

    assert one.text_hash == hashlib.sha256(f"Title\x1fA\x1f{one.text}".encode()).hexdigest()
    assert len({one.text_hash, other_title.text_hash, other_heading.text_hash}) == 3


def test_text_without_spaces_is_cut_too() -> None:
    japanese = cut("Title", "", "印刷できません。" * 2_000, "text")
    key = cut("Title", "", "x" * 1_000_000, "text")

    assert max(len(d.text) for d in japanese) <= WORDS * 10
    assert all(d.text.endswith("。") for d in japanese)
    assert max(len(d.text) for d in key) <= WORDS * 10
    assert "".join(d.text for d in key).replace("\n", "") == "x" * 1_000_000


BLOCKS = st.sampled_from(
    ["## Head\n\n", "# Top\n\n", "few words\n\n", f"{words(60)}.\n\n", f"{words(400)}\n\n", "- item\n"]
)


@given(st.lists(BLOCKS, max_size=12).map("".join))
def test_no_word_is_lost_and_no_passage_is_too_long(body: str) -> None:
    drafts = cut("Title", "", body, "markdown")

    assert [d.ordinal for d in drafts] == list(range(len(drafts)))
    assert drafts == cut("Title", "", body, "markdown")
    assert all(d.text.strip() for d in drafts)
    # A rest too short to stand alone, and the tiny sections before, may come on top.
    assert all(len(d.text.split()) <= WORDS + 3 * TOO_SHORT for d in drafts)
    assert sum(d.text.count("word") for d in drafts) == body.count("word")
