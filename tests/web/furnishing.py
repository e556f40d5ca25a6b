"""A small desk for tests of the web: who is there, and what each of them may know.

Invariant: every text holds one word that stands nowhere else, so that a leak of it is seen wherever it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.drafting import Thread
from kb.models import Article, Escalation, Ticket
from kb.records import ArticleRecord, TicketRecord
from kb.redaction import redact
from kb.services import attaching, editing, recurring, shelving, submissions, ticketing
from kb.services.importing import import_article, import_ticket
from kb.services.publishing import Text
from kb.services.recurring import Found, Said
from kb.services.shelving import Shelving
from kb.services.ticketing import NewTicket
from kb.viewers import Viewer
from tests.kb.desk_of_people import people

EVERYBODY: Final = frozenset({"nobody", "alma", "bert", "front", "vault", "lead", "operator"})
STAFF: Final = frozenset({"front", "vault", "lead", "operator"})
LEADS: Final = frozenset({"lead", "operator"})


@dataclass(frozen=True)
class Secret:
    """A word, and who may ever see it."""

    word: str
    seen_by: frozenset[str]


PUBLIC = Secret("wordpublicheron", EVERYBODY)
INTERNAL = Secret("wordinternalplover", STAFF)
FRONT = Secret("wordfrontlapwing", LEADS | {"front"})
VAULT = Secret("wordvaultdunlin", LEADS | {"vault"})
DRAFT = Secret("worddraftcurlew", STAFF)
ARCHIVED = Secret("wordarchivedsnipe", STAFF)
ALMAS = Secret("wordalmasavocet", STAFF | {"alma"})
NOTE = Secret("wordnoteredshank", STAFF)
PRIVATE = Secret("wordprivategodwit", LEADS | {"vault"})
SECRETS: Final = (PUBLIC, INTERNAL, FRONT, VAULT, DRAFT, ARCHIVED, ALMAS, NOTE, PRIVATE)
ARTICLES: Final = {
    "heron": (PUBLIC, "public", None), "plover": (INTERNAL, "internal", None), "lapwing": (FRONT, "team", "Front"),
    "dunlin": (VAULT, "team", "Vault"),
}  # fmt: skip
HELP: Final = {
    "refund-a-payment": (
        "Refund a card payment", "Refunds",
        "Open the sale, choose Refund, and confirm the amount. The money is back on the card within five days.",
    ),
    "pair-a-reader": (
        "Pair a card reader with a till", "Readers",
        "Hold the round key for four seconds until the light blinks blue, then press Add reader on the till.",
    ),
    "change-a-password": (
        "Change a forgotten password", "Access",
        "Choose Forgotten password on the sign-in page and follow the link in the e-mail.",
    ),
    "print-a-receipt": (
        "A receipt does not print", "Printing",
        "Check that the paper roll is the right way round and that the printer has a green light.",
    ),
}  # fmt: skip


def furnish(session: Session, now: datetime) -> None:
    """People, articles of every kind, past tickets, one ticket of a customer and two of a private team."""
    desk = people(session, now)
    for slug, (title, topic, body) in HELP.items():
        record = ArticleRecord(slug, title, f"{body}\n\n## If that does not help\n\nWrite to us.", topics=(topic,))
        import_article(session, record, now - timedelta(days=30))
    for slug, (secret, audience, team) in ARTICLES.items():
        import_article(session, _article(slug, secret, audience, team), now)
    import_article(session, ArticleRecord("snipe", *_worded(ARCHIVED), audience="internal"), now)
    session.flush()
    for slug, secret in ((slug, found[0]) for slug, found in ARTICLES.items()):
        attaching.attach(session, desk.lead, slug, "notes.txt", f"Notes on {secret.word}".encode(), now)
    attaching.attach(session, desk.lead, "snipe", "notes.txt", f"Notes on {ARCHIVED.word}".encode(), now)
    shelving.archive(session, desk.lead, "snipe", editing.editable(session, desk.lead, "snipe").version, now)
    editing.write(session, desk.lead, Text(*_worded(DRAFT)[:1], "", _worded(DRAFT)[1], "text"), now)
    for number in range(6):
        import_ticket(session, _past(number, now), now)
    _tickets(session, desk.alma, desk.front, now)
    import_ticket(session, TicketRecord("T-private", *_worded(PRIVATE), now, team="Vault"), now)
    import_ticket(session, TicketRecord("T-private-open", *_worded(PRIVATE), now), now)
    session.flush()
    ticketing.move(session, desk.lead, "T-private-open", "Vault", now)
    _loop(session, desk.lead, desk.vault, now)


def _article(slug: str, secret: Secret, audience: str, team: str | None) -> ArticleRecord:
    """Title, summary, body, product and topic hold the word."""
    title, body = _worded(secret)
    return ArticleRecord(
        slug, title, f"## About {secret.word}\n\n{body}", summary=f"Summary {secret.word}", audience=audience, team=team,
        products=(f"Product {secret.word}",), topics=(f"Topic {secret.word}",),
    )  # fmt: skip


def _worded(secret: Secret) -> tuple[str, str]:
    return f"Title {secret.word}", f"The blinking light and {secret.word} in the body of it."


def _past(number: int, now: datetime) -> TicketRecord:
    slug = list(HELP)[number % len(HELP)]
    return TicketRecord(
        f"H-{number}", f"{HELP[slug][0]}?", f"Case {number}: {HELP[slug][2]}", now - timedelta(days=number + 2),
        articles=(slug,), escalated=number % 2 == 0, team="Front", resolution="As the article says.",
    )  # fmt: skip


def _loop(session: Session, lead: Viewer, vault: Viewer, now: datetime) -> None:
    """What the knowledge loop holds of a private team: a text to be let out, what keeps coming back, an escalation."""
    held = editing.editable(session, vault, "dunlin")
    text = Text(held.title, held.summary, f"{held.body} More.", held.body_format)
    version = editing.save(session, vault, "dunlin", text, held.version, now)
    submissions.submit(session, vault, "dunlin", version, Shelving("team", "Vault"), now)
    ticket = session.scalars(select(Ticket).where(Ticket.reference == "T-private")).one()
    named = Thread(redact(ticket.subject), redact(ticket.body))
    said = Said(ticket.id, named.subject, named.body, now, 3.0)
    recurring.keep(session, "tickets", [Found((said,), (1.0,), (PRIVATE.word,))], now)
    article = session.scalars(select(Article).where(Article.slug == "pair-a-reader")).one()
    session.add(Escalation(ticket_id=ticket.id, kind="functional", article_id=article.id, requested_at=now))
    session.flush()


def _tickets(session: Session, alma: Viewer, front: Viewer, now: datetime) -> None:
    reference = ticketing.open_ticket(session, alma, NewTicket(*_worded(ALMAS)), now)
    ticketing.reply(session, front, reference, "Have you tried the article?", now)
    ticketing.reply(session, front, reference, f"Between us: {NOTE.word}.", now, internal=True)
    ticketing.link(session, front, reference, "pair-a-reader", now)
