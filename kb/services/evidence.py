"""A ticket's thread as evidence. Invariant: public messages only, redacted, and without the names of people in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy.orm import Session

from kb.drafting import Draft, Thread, Turn, names_in
from kb.models import Message, Ticket
from kb.queries import tickets as tickets_q
from kb.redaction import RedactedText, redact

ENVIRONMENT: Final = ("product", "topic", "channel", "locale")


@dataclass(frozen=True, slots=True)
class Evidence:
    """The thread, and which message each of its turns is."""

    thread: Thread
    messages: Mapping[int, int] = field(default_factory=dict)
    """Turn → message id."""

    def sources(self, draft: Draft) -> list[dict[str, Any]]:
        """Where each line of the draft stands, as a revision keeps it."""
        return [
            {
                "part": part.name, "text": line.text, "message": self.messages.get(line.turn),
                "summed_up": line.turn < 0, "start": line.start, "end": line.end,
            }
            for part in draft.parts
            for line in part.lines
        ]  # fmt: skip


def evidence(session: Session, ticket: Ticket, solved_by: int | None = None) -> Evidence:
    """What people said to each other; `solved_by` is the message that a person says solved it."""
    said = [message for message in tickets_q.messages(session, ticket.id) if not message.internal]
    names = _names(session, ticket, said)
    names |= names_in(
        [ticket.subject, ticket.body, *(m.body for m in said), ticket.resolution], [ticket.product, ticket.topic]
    )
    marked = next((n for n, m in enumerate(said, 1) if (m.id == solved_by if solved_by else m.solution)), None)

    def clean(text: str) -> RedactedText:
        return redact(text, names=names)

    return Evidence(
        Thread(
            subject=clean(ticket.subject), body=clean(ticket.body), turns=[_turn(n, m, clean(m.body)) for n, m in
            enumerate(said, 1)], resolution=clean(ticket.resolution), marked=marked,
            environment={name: clean(str(getattr(ticket, name))).redacted for name in ENVIRONMENT},
        ),
        {number: message.id for number, message in enumerate(said, 1)},
    )  # fmt: skip


def _turn(number: int, message: Message, said: RedactedText) -> Turn:
    return Turn(number, "helper" if message.author_kind == "agent" else "requester", said)


def _names(session: Session, ticket: Ticket, said: Sequence[Message]) -> set[str]:
    """Of who asked and who answered."""
    known = [number for number in (ticket.requester_id, *(m.author_id for m in said)) if number is not None]
    written = {message.author_name for message in said}
    requester = set() if "@" in ticket.requester else {ticket.requester}
    return {name for name in (*tickets_q.names(session, known).values(), *written, *requester) if name}
