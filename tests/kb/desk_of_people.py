"""A small desk for tests of the flows. Invariant: made through the flows themselves, wherever there is one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy.orm import Session

from kb.models import Account, Team
from kb.passwords import hashed
from kb.records import ArticleRecord, TicketRecord
from kb.services.accounts import NewPerson, create_account
from kb.services.importing import import_article, import_ticket
from kb.viewers import ANONYMOUS, Viewer

PASSWORD = "kestrel-lamp-92-orbit"


@dataclass(frozen=True)
class Desk:
    """Who is there: two customers, an agent of each team, a lead, an operator."""

    alma: Viewer
    bert: Viewer
    front: Viewer
    vault: Viewer
    lead: Viewer
    operator: Viewer

    @property
    def everybody(self) -> dict[str, Viewer]:
        return {
            "nobody": ANONYMOUS, "alma": self.alma, "bert": self.bert, "front": self.front, "vault": self.vault,
            "lead": self.lead, "operator": self.operator,
        }  # fmt: skip


def people(session: Session, now: datetime) -> Desk:
    """Two teams, the second of them private, and six people."""
    session.add(Team(name="Front", level="L1", description="First line"))
    session.add(Team(name="Vault", level="L3", private=True, criteria="Anything about money that went missing"))
    session.flush()

    def person(name: str, role: str, team: str | None = None) -> Viewer:
        email = f"{name}@example.com"
        made = create_account(session, NewPerson(email, name.capitalize(), role, team=team), now)
        found = session.get_one(Account, made.id)
        found.password_hash = _hashed()
        return Viewer(role, made.id, made.name, email, found.team_id)

    return Desk(
        person("alma", "customer"), person("bert", "customer"), person("front", "agent", "Front"),
        person("vault", "agent", "Vault"), person("lead", "lead"), person("operator", "operator"),
    )  # fmt: skip


@cache
def _hashed() -> str:
    """Hashing takes its time on purpose, and a test makes six people."""
    return hashed(PASSWORD)


def article(
    session: Session, now: datetime, slug: str, *, audience: str = "public", team: str | None = None, body: str = ""
) -> None:
    """A published article."""
    text = body or f"## What to do\n\nThe words of {slug}.\n\n## If that does not help\n\nAsk for {slug} again."
    title = slug.replace("-", " ").capitalize()
    import_article(session, ArticleRecord(slug, title, text, audience=audience, team=team, topics=("Money",)), now)


def solved(session: Session, now: datetime, reference: str, *, team: str | None = None, **known: object) -> None:
    """A ticket of the past."""
    record = TicketRecord(
        reference, f"Subject {reference}", f"Body of {reference}", now, team=team, resolution="Done.", **known
    )  # type: ignore[arg-type]
    import_ticket(session, record, now)
