"""Who may enter. Invariant: no password and no token is stored, only what verifies one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.models.base import Base, Identified

ROLES = ("customer", "agent", "lead", "operator")
LICENCES = ("candidate", "contributor", "publisher", "coach")


class Team(Identified, Base):
    """An assignment group: who can be asked next, at which level, how to reach them and when."""

    __tablename__ = "team"

    name: Mapped[str] = mapped_column(String(200), unique=True)
    level: Mapped[str] = mapped_column(String(20), default="")
    description: Mapped[str] = mapped_column(default="")
    contact: Mapped[str] = mapped_column(default="")
    criteria: Mapped[str] = mapped_column(default="")
    private: Mapped[bool] = mapped_column(default=False)
    """Whether its tickets are for its own members and for leads only, such as those of a team for complaints."""
    demo: Mapped[bool] = mapped_column(default=False)


class Account(Identified, Base):
    """A person who can sign in."""

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint("role in ('customer', 'agent', 'lead', 'operator')", name="role"),
        CheckConstraint("licence in ('candidate', 'contributor', 'publisher', 'coach')", name="licence"),
    )

    email: Mapped[str] = mapped_column(String(320), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(20))
    licence: Mapped[str] = mapped_column(String(20), default="contributor")
    """What somebody may do to articles (KCS v6); leads are publishers whatever it says."""
    password_hash: Mapped[str] = mapped_column(String(200), default="")
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    demo: Mapped[bool] = mapped_column(default=False)

    team: Mapped[Team | None] = relationship(lazy="raise")


class SignIn(Identified, Base):
    """A server-side session; only the hash of what the browser holds is kept."""

    __tablename__ = "sign_in"

    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class ApiToken(Identified, Base):
    """A key for programs: shown once, kept as a hash, expiring."""

    __tablename__ = "api_token"

    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]


class SignInAttempt(Identified, Base):
    """One failed attempt; enough of them pause signing in for that name. The name is kept hashed."""

    __tablename__ = "sign_in_attempt"

    name_hash: Mapped[str] = mapped_column(String(64), index=True)
    at: Mapped[datetime]
