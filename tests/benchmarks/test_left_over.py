"""What the count of personal data finds, and what it takes for none."""

from __future__ import annotations

import pytest

from tests.benchmarks.left_over import left_over, written_small


def kinds(draft: str, *originals: str, ordinary: str = "") -> set[tuple[str, str]]:
    return {(one.kind, one.text) for one in left_over(draft, originals, {"8c1f"}, ordinary.split())}


@pytest.mark.parametrize(
    "number", ["555.123.4567", "(555) 123-4567", "555-4567", "+49.30.1234567", "0171 2345678", "06.12.34.56.78", "1 555 123 4567"]
)  # fmt: skip
def test_a_number_of_any_grouping_is_counted(number: str) -> None:
    assert kinds(f"Ring {number} today.") == {("phone", number)}


@pytest.mark.parametrize(
    "text", ["115.2.1 and 10.0.19045", "10.0.19041.4355", "driver 26.20.100.7463", "24.12.2025 and 2025-12-24", "192.168.0.10", "128 000 rows"]
)  # fmt: skip
def test_versions_addresses_and_dates_are_not_counted(text: str) -> None:
    assert kinds(text) == set()


def test_a_signature_is_counted_wherever_its_words_are_left() -> None:
    draft = "The ribbon of Quillon is upside down, Vardy."
    assert kinds(draft, "It is blank. Quillon Vardy") == {("name", "Quillon"), ("name", "Vardy")}
    assert kinds(draft, "It is blank. Regards, Quillon Vardy (q@example.org)") == {
        ("name", "Quillon"),
        ("name", "Vardy"),
    }
    assert kinds("Start it.", "It is blank. Start", ordinary="start") == set()
    assert kinds("Hope is left.", "It is blank.\nThanks Hope", ordinary="hope") == {("name", "Hope")}


def test_a_frequent_given_name_and_what_no_message_may_hold_are_counted_without_any_place() -> None:
    assert kinds("Robert turned it: 8c1f, r@example.org") == {
        ("name", "Robert"),
        ("account", "8c1f"),
        ("email", "r@example.org"),
    }


def test_what_is_mostly_written_small_is_no_name() -> None:
    assert written_small(["open it", "Open it", "Nora", "Robert and robert"] + ["Nora"] * 99) == {
        "open",
        "it",
        "and",
        "robert",
    }
