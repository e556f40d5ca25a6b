from __future__ import annotations

import dataclasses
import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.redaction import KINDS, RedactedText, redact, spans


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("write to mara.o'neil+desk@mail.example.co.uk today", "write to [email] today"),
        ("'mara@example.org'", "'[email]'"),
        ("https://desk.example/new?email=mara%40example.org&x=1", "https://desk.example/new?email=[email]&x=1"),
        ("grüße@bücher.example", "[email]"),
        ("call +49 89 636 48018 now", "call [phone] now"),
        ("call (214) 555-1234, 214.555.1234 or 2145551234", "call [phone], [phone] or [phone]"),
        ("1-800-555-0199 or +1 214 555 1234 +1 214 555 9876", "[phone] or [phone] [phone]"),
        ("on 2020-01-02 12:00:01 214-555-1234 rang", "on 2020-01-02 12:00:01 [phone] rang"),
        ("card 4111 1111 1111 1111 12 25", "card [card] 12 25"),
        ("in 12 4111-1111-1111-1111.", "in 12 [card]."),
        ("amex 378282246310005, 3782 822463 10005", "amex [card], [card]"),
        ("pay DE89 3704 0044 0532 0130 00 PLEASE", "pay [iban] PLEASE"),
        ("gb82west12345698765432", "[iban]"),
        ("from 192.168.1.10 to 10.0.0.1-10.0.0.9", "from [ip address] to [ip address]-[ip address]"),
        ("::ffff:192.0.2.7 on 192.0.2.7", "[ip address] on [ip address]"),
        ("Server=s;uid=sa;pwd=abcd1;x=1", "Server=s;uid=sa;pwd=[secret];x=1"),
        ("http://203.0.113.7:8080/x", "http://[ip address]:8080/x"),
        ("fe80::1ff:fe23:4567:890a or ::1 here", "[ip address] or [ip address] here"),
        ("https://mara:pa@ss@host.example/x", "https://[secret]@host.example/x"),
        ("https://h.example/?a=1&token=abcd&sig=ZZZZ#access_token=qqqq", None),
        ("Authorization: Bearer abcdefghij1234567890", "Authorization: Bearer [secret]"),
        ("AKIAIOSFODNN7EXAMPLE", "[secret]"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.s1gnature", "[secret]"),
        ("password: hunter2, thanks", "password: [secret], thanks"),
        ("Password: letmein\nthanks", "Password: [secret]\nthanks"),
        ("DB_PASSWORD=letmein", "DB_PASSWORD=[secret]"),
        ('{"password": "letmein"}', '{"password": "[secret]"}'),
        ("my api key is 9f86d081884c7d659a2feaa0c55ad015", "my api key is [secret]"),
        ("Das Passwort lautet Sommer2024!", "Das Passwort lautet [secret]!"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\nbye", "[secret]\nbye"),
        ("a -----BEGIN PRIVATE KEY-----\nMIIE and the end is missing", "a [secret]"),
    ],
)
def test_personal_data_is_replaced_by_its_kind(text: str, expected: str | None) -> None:
    if expected is None:
        expected = "https://h.example/?a=1&token=[secret]&sig=[secret]#access_token=[secret]"

    assert redact(text).redacted == expected


@pytest.mark.parametrize(
    "text",
    [
        "My bookmarks are gone after the update",
        "Firefox 72.0.2 and 72.0.3626.121, build 20190705220548",
        "error code 2147942405, order number 2145551234, #2145551234, INC2145551234",
        "0x80070005 and KB4524244 and 2147942405 bytes, /help/3109244, result -2147220192",
        'newVersion="14.0.2.1" contentVersion": "1.0.7.3" version 1.0.0.1-13.0.0.9, 10.0.0.0/8',
        "version 1.2.3.4, Chrome/1.2.3.4, tool-1.2.3.4, updated to 1.2.3.4",
        "0.0.0.0 and 256.1.1.1 and 1.2.3 and 01.02.03.04",
        "2019-07-31 19:27:36 -0800, 31.12.2019 - 01.01.2020, 12/31/2019",
        "3.14159265358979 and 40.712776, -74.005974",
        "4111 1111 1111 1112 fails its checksum, as does DE89 3704 0044 0532 0130 01",
        "the password is wrong; Reset password: Click the button below",
        "basic troubleshooting/information for everybody",
        "std::abc and a::b and 10:20:30",
        "@mention, logo@2x.png, me@localhost",
        "?q=token&page=2 and monkey=abcdef",
    ],
)
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert redact(text).redacted == text


def test_a_number_without_a_country_code_is_read_by_the_region() -> None:
    assert redact("089 63648018", region="DE").redacted == "[phone]"
    assert redact("089 63648018").redacted == "089 63648018"
    assert redact("06.12.34.56.78", region="FR").redacted == "[phone]"


@pytest.mark.parametrize(
    "number",
    [
        "555.123.4567", "(555) 123-4567", "555 123 4567", "1.555.123.4567", "+49.30.1234567", "+49 (30) 1234567", "+999 12 345 678 90",
        "06.12.34.56.78",
    ],
)  # fmt: skip
def test_a_number_grouped_like_a_telephone_number_is_one_whatever_the_plans_say(number: str) -> None:
    assert redact(f"Reach her there: {number}, or write.").redacted == "Reach her there: [phone], or write."


def test_a_number_that_is_called_a_telephone_number_is_one() -> None:
    assert redact("Cell: 12345-678 and phone no. 45 67 89 01.").redacted == "Cell: [phone] and phone no. [phone]."
    assert redact("Windows Phone 8.1 and call 2024-01-02").redacted == "Windows Phone 8.1 and call 2024-01-02"


@pytest.mark.parametrize(
    "text",
    [
        "115.2.1, 10.0.19045, 10.0.19041.4355, 22631.4169 and 128.3.2esr", "driver 26.20.100.7463 and 31.0.12027.9001, build 1000.22700.1034.0", "Win10 19045.5011 64-bit, 20.19.15.5126",
        "on 24.12.2025 and 2025.12.24, 12/24/2025 or 24-12-2025", "ticket 555 123 4567 and 123 456 7890 bytes",
        "+0100, +1 and +10000",
    ],
)  # fmt: skip
def test_versions_and_dates_are_no_telephone_numbers(text: str) -> None:
    assert redact(text).redacted.replace("[ip address]", "110.0.5481.178") == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"in C:\Users\Mara Quill\AppData\Roaming", r"in C:\Users\[name]\AppData\Roaming"),
        ("/home/mara/.cache and /Users/mara", "/home/[name]/.cache and /Users/[name]"),
        (r"C:\Users\Public\x, C:\Users\username\x, C:\Users\<you>\x", None),
        ("https://desk.example/users/mara and /users", None),
    ],
)
def test_the_owner_of_a_folder_is_a_person(text: str, expected: str | None) -> None:
    assert redact(text).redacted == (expected or text)


def test_findings_point_into_the_original() -> None:
    text = "a\x00b \ud800 mara@example.org 214-555-1234"

    found = redact(text)

    assert [(f.kind, text[f.start : f.end]) for f in found.findings] == [
        ("email", "mara@example.org"), ("phone", "214-555-1234"),
    ]  # fmt: skip
    assert found.redacted == "a b \ufffd [email] [phone]"
    found.redacted.encode()


def test_only_redact_makes_redacted_text() -> None:
    with pytest.raises(TypeError):
        RedactedText("mara@example.org", ())
    with pytest.raises(TypeError):
        RedactedText("mara@example.org", (), object())
    with pytest.raises((TypeError, ValueError)):
        dataclasses.replace(redact("x"), redacted="mara@example.org")
    with pytest.raises(dataclasses.FrozenInstanceError):
        redact("x").redacted = "mara@example.org"  # type: ignore[misc]


def test_printing_shows_no_text() -> None:
    found = redact("Quill, quill@example.org")

    for shown in (str(found), repr(found), f"{found}", f"{found.findings}"):
        assert "uill" not in shown


def test_equal_text_is_equal() -> None:
    assert redact("x a@b.org") == redact("x a@b.org")
    assert hash(redact("x")) == hash(redact("x"))
    assert redact("x") != redact("y")


def test_spans_cover_the_text_in_order() -> None:
    text = "ask mara@example.org or 214-555-1234"

    assert spans(text) == (("ask ", ""), ("mara@example.org", "email"), (" or ", ""), ("214-555-1234", "phone"))
    assert spans("") == ()


PIECES = st.sampled_from([
    "a", "Z", "1", "0", "4111111111111111", "4111 1111 1111 1111", "2145551234", "+1 214 555 1234", "555", "-", " ", ".",
    ",", ":", "/", "@", "=", "?", "&", "#", "%40", "(", ")", "[", "]", "[email]", "[phone]", "[secret]", "\n", "\x00",
    "\ud800", "é", "1.2.3.4", "10.0.0.1", "::1", "fe80::", "ffff:", "mara@example.org", "b.co", "DE89370400440532013000", "GB82",
    "WEST", "password", "token", "key", "is", "pin", "bearer ", "https://", "eyJ", "sk-", "v", "version ", "order ", "ip",
    "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----", "2020-01-02", "12:30", "x" * 30, "Aa1" * 8, "'", '"',
])  # fmt: skip


@given(st.lists(PIECES, max_size=25).map("".join) | st.text())
def test_a_second_redaction_finds_nothing_new(text: str) -> None:
    once = redact(text)

    again = redact(once.redacted)

    assert again.redacted == once.redacted
    assert again.findings == ()
    once.redacted.encode()


@given(st.lists(PIECES, max_size=25).map("".join))
def test_findings_are_ordered_apart_and_inside(text: str) -> None:
    found = redact(text).findings

    assert all(f.kind in KINDS and 0 <= f.start < f.end <= len(text) for f in found)
    assert all(left.end <= right.start for left, right in pairwise(found))


@pytest.mark.parametrize(
    "piece",
    [
        "a", "1", " ", "1 ", "1-", "1.", "1:", "+1", "a@", "a@a.", "@", "eyJ-", "eyJaaaaaaaaaa.", "sk-", "://a@", "?token=",
        "password:", "password is ", "bearer ", "-----BEGIN PRIVATE KEY-----", "DE12", "DE12 3456 ", "4111-1111-1111-",
        "[", "a::", "(",
    ],
)  # fmt: skip
def test_work_grows_with_the_text_and_no_faster(piece: str) -> None:
    # Two hundred thousand characters: anything that goes over the text again for each of its parts would never return.
    found = redact(piece * (200_000 // len(piece)) + "!")

    assert "!" in found.redacted or found.findings


def test_nothing_escapes_when_there_is_too_much_to_check() -> None:
    many = redact("(214) 555-1234, " * 5_000 + "4111 1111 1111 1111; " * 5_000)

    assert re.search(r"\d", many.redacted) is None
