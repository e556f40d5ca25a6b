from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.fields import LONGEST_BODY, RecordError
from kb.records import article_record, slugify, ticket_record


def test_an_article_is_read_whole() -> None:
    record = article_record({
        "slug": "Reset-the-Printer", "title": " Reset  the\nprinter ", "summary": "s", "body": "b", "product": ["A", "B", "A"],
        "topic": "x; y|z", "audience": "Team", "team": "Depot", "updated_at": "2025-05-16", "url": "/x", "body_format": "HTML",
    })  # fmt: skip

    # A slug that is given is the name other files know it by, and stays as it is.
    assert record.slug == "Reset-the-Printer"
    assert record.title == "Reset the printer"
    assert (record.products, record.topics) == (("A", "B"), ("x", "y", "z"))
    assert (record.audience, record.team, record.body_format) == ("team", "Depot", "html")
    assert record.updated_at == datetime(2025, 5, 16, tzinfo=UTC)
    with pytest.raises(dataclasses.FrozenInstanceError):
        record.title = "other"  # type: ignore[misc]


def test_a_slug_is_made_from_the_title_and_a_title_from_the_slug() -> None:
    assert article_record({"title": "Réset: the «Printer»!"}).slug == "réset-the-printer"
    assert article_record({"slug": "reset-it"}).title == "Reset it"
    assert slugify("  __A  b/c?d__ ") == "a-b-c-d"
    assert len(slugify("x " * 300)) <= 200


def test_a_slug_of_another_system_stays_word_for_word() -> None:
    assert article_record({"slug": "kb:net/vpn/Error_691.md"}).slug == "kb:net/vpn/Error_691.md"
    assert ticket_record({"id": "1", "subject": "x", "articles": "A/b;C"}).articles == ("A/b", "C")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "slug"),
        ({"title": "..."}, "slug"),
        ({"slug": "a/../b"}, "slug"),
        ({"slug": "x" * 201}, "slug"),
        ({"title": "x" * 501}, "title"),
        ({"title": "a", "body": "x" * (LONGEST_BODY + 1)}, "body"),
        ({"title": "a", "body": {"html": "x"}}, "body"),
        ({"title": "a", "body": ["x"]}, "body"),
        ({"title": "a", "topic": [["x"]]}, "topic"),
        ({"title": "a", "audience": "everyone"}, "audience"),
        ({"title": "a", "audience": "team"}, "team"),
        ({"title": "a", "body_format": "docx"}, "body_format"),
        ({"title": "a", "updated_at": "May"}, "updated_at"),
    ],
)
def test_what_is_wrong_with_an_article_is_named(values: dict[str, Any], field: str) -> None:
    with pytest.raises(RecordError) as caught:
        article_record(values)

    assert caught.value.field == field
    assert len(str(caught.value)) < 200


def test_a_ticket_is_read_whole() -> None:
    record = ticket_record(
        {
            "id": 17, "subject": "s", "body": "b", "created_at": "2019-07-31 19:27:36 -0800", "escalated": "yes", "level": "L2",
            "articles": '["a", "b"]', "requester": "mara", "resolved_at": "2019-08-01T00:00:00Z", "priority": 2,
        },
        {"site": "North", "shift": None, "kiosk": True},
    )  # fmt: skip

    assert (record.id, record.escalated, record.level, record.priority) == ("17", True, "L2", "2")
    assert record.articles == ("a", "b")
    assert record.created_at == datetime(2019, 8, 1, 3, 27, 36, tzinfo=UTC)
    assert record.attributes == {"site": "North", "shift": "", "kiosk": "True"}
    assert record.solved
    assert not ticket_record({"id": "1", "subject": "s"}).solved


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (2**63, "9223372036854775808"),
        ("1_0", "1_0"),
        ("007", "007"),
        ("1e999", "1e999"),
        (" a \x00b\ud800 ", "a b\ufffd"),
    ],
)
def test_an_id_stays_the_text_it_was(value: object, expected: str) -> None:
    assert ticket_record({"id": value, "subject": "x"}).id == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1", True),
        (1, True),
        (True, True),
        ("TRUE", True),
        ("no", False),
        (0, False),
        ("", None),
        (None, None),
        (float("nan"), None),
    ],
)
def test_truth(value: object, expected: bool | None) -> None:
    assert ticket_record({"id": "1", "subject": "x", "escalated": value}).escalated is expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("2025-05-16", datetime(2025, 5, 16, tzinfo=UTC)),
        ("29/2/2016 01:16", datetime(2016, 2, 29, 1, 16, tzinfo=UTC)),
        ("1/2/2026", datetime(2026, 1, 2, tzinfo=UTC)),
        ("Mon, 2 Jan 2006 15:04:05 -0700", datetime(2006, 1, 2, 22, 4, 5, tzinfo=UTC)),
        ("2024-01-01 10:00 UTC", datetime(2024, 1, 1, 10, tzinfo=UTC)),
        ("  ", None),
        ("?", None),
        ("NULL", None),
    ],
)
def test_dates_become_utc(word: str, expected: datetime | None) -> None:
    assert ticket_record({"id": "1", "subject": "x", "created_at": word}).created_at == expected


@pytest.mark.parametrize(
    "word",
    [
        "May",
        "14:05",
        "10",
        "2016",
        "now",
        "2024-02-30",
        "2024-01-01 10:00 CST",
        "2^63",
        "9" * 100,
        "0001-01-01 00:00+14:00",
    ],
)
def test_half_a_date_is_none(word: str) -> None:
    with pytest.raises(RecordError, match="is not a date"):
        ticket_record({"id": "1", "subject": "x", "created_at": word})


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"subject": "x"}, "id"),
        ({"id": "1"}, "subject"),
        ({"id": "1", "subject": " \n"}, "subject"),
        ({"id": "x" * 201, "subject": "x"}, "id"),
        ({"id": "1", "subject": "x", "escalated": "maybe"}, "escalated"),
        ({"id": "1", "subject": "x", "locale": "x" * 36}, "locale"),
        ({"id": "1", "subject": "x", "level": {"a": 1}}, "level"),
    ],
)
def test_what_is_wrong_with_a_ticket_is_named(values: dict[str, Any], field: str) -> None:
    with pytest.raises(RecordError) as caught:
        ticket_record(values)

    assert caught.value.field == field


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.text(alphabet="\ud800\x00\u202e;[|"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELDS = (
    "id",
    "subject",
    "body",
    "title",
    "slug",
    "product",
    "articles",
    "escalated",
    "created_at",
    "audience",
    "updated_at",
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, JSON)))
def test_any_row_is_a_record_or_says_why_not(values: dict[str, Any]) -> None:
    for make in (article_record, ticket_record):
        try:
            shown = f"{dataclasses.asdict(make(values))}"
        except RecordError as error:
            shown = error.reason
        assert shown.encode()
