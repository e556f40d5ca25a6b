"""Puts one issue into one customer's words. Invariant: only reserved addresses, numbers and test cards ever appear."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from random import Random

from web.demo.material_reader import Issue, phrases, signals
from web.demo.records import DemoPerson

SLOT = re.compile(r"\{(\w+)\}")
PLAIN_WORD = re.compile(r"(?<![\w@.])[a-z]{6,}(?!\w|@|\.\w)")
"""No part of an address: a slip there would make one that somebody may own."""
MACHINES = frozenset({"Card payments", "Connection", "Printing", "Hardware and delivery", "Online orders", "Updates"})
"""Topics where something can be switched off and on, and where customers speak of it so."""
SERIAL_LETTERS = "ABCDEFGHJKLMNPRSTVWXYZ"


@dataclass(frozen=True, slots=True)
class Wording:
    """A subject, a body and the values behind its slots, so that answers speak of the same things."""

    subject: str
    body: str
    slots: Mapping[str, str]


def fill(text: str, slots: Mapping[str, str]) -> str:
    """`text` with each ``{slot}`` replaced.

    Raises:
        KeyError: a slot nobody fills.
    """
    return SLOT.sub(lambda match: slots[match.group(1)], text)


def compose(rng: Random, issue: Issue, signs: Iterable[str], customer: DemoPerson, channel: str) -> Wording:
    """One ticket's text: an opening, some circumstances, the signs that were drawn, and how to be reached."""
    slots = slot_values(rng, customer)
    subject, opening = rng.choice(issue.openings)
    extra = [rng.choice(signals()[sign].sentences) for sign in signs]
    told_too = phrases()["circumstances"] + phrases()["machine_circumstances"] * (issue.topic in MACHINES)
    extra += rng.sample(told_too, k=rng.choices((0, 1, 2), (3, 5, 1))[0])
    rng.shuffle(extra)
    if rng.random() < 0.34:
        extra.append(rng.choice(phrases()["contact"]))
    told = " ".join(_sentence(fill(text, slots)) for text in (opening, *extra))
    body = fill(_in_channel(rng, channel, told), slots)
    if rng.random() < 0.16:
        body = _slip(rng, body)
    subject = fill(subject, slots)
    return Wording(subject[0].upper() + subject[1:], body, slots)


def slot_values(rng: Random, customer: DemoPerson) -> dict[str, str]:
    """A value for every slot that the material uses."""
    words = phrases()
    one = {kind: rng.choice(words[kind]) for kind in ("device", "version", "day", "item", "staff", "bank", "browser")}
    small, large = rng.randrange(380, 6_800), rng.randrange(26_000, 148_000)
    return one | {
        "name": customer.name.split()[0],
        "fullname": customer.name,
        "shop": customer.account,
        "site": rng.choice(customer.sites),
        "amount": f"£{small / 100:.2f}",
        "bigamount": f"£{large / 100:.2f}",
        "time": f"{rng.randrange(7, 20)}:{rng.randrange(60):02d}",
        "serial": f"BW{rng.choice(SERIAL_LETTERS)}{rng.choice(SERIAL_LETTERS)}-{rng.randrange(10_000, 99_999)}",
        "order": f"{rng.choice('KMRT')}{rng.randrange(1000, 9999)}",
        "invoice": f"BRW-{rng.randrange(20_000, 89_999)}",
        "parcel": f"PX{rng.randrange(1_000_000, 9_999_999)}",
        "phone": f"+44 20 7946 0{rng.randrange(1000):03d}",
        "email": customer.email,
        "other_email": f"{one['staff'].lower()}@example.org",
        "ip": f"192.0.2.{rng.randrange(1, 255)}",
        "card": "4111 1111 1111 1111",
        "iban": "GB33BUKB20201555555555",
        "minutes": str(rng.choice((5, 10, 15, 20, 25, 40))),
        "count": str(rng.randrange(2, 9)),
    }


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def _in_channel(rng: Random, channel: str, text: str) -> str:
    """People greet in mail, skip it on the web, write small in chat; a phone note is the agent's."""
    words = phrases()
    if channel == "email":
        return f"{rng.choice(words['greeting'])}\n\n{text}\n\n{rng.choice(words['signoff'])}"
    if channel == "chat":
        start = rng.choice(words["chat_start"])
        first = text[0].lower() if text[1].islower() else text[0]
        return f"{start} {first}{text[1:]}".strip()
    if channel == "phone":
        return f"{rng.choice(words['phone_start'])} \u201c{text}\u201d"
    return text


def _slip(rng: Random, text: str) -> str:
    """One slip of the finger: two letters change places in one plain word."""
    words = list(PLAIN_WORD.finditer(text))
    if not words:
        return text
    at = rng.choice(words).start() + rng.randrange(1, 4)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
