"""People and how they enter. Invariant: a token is shown once and kept as a hash; whoever is disabled is out at once."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from email_validator import EmailNotValidError, validate_email
from sqlalchemy.orm import Session

from kb.errors import ConflictError, InvalidError, NotFoundError, SignInError, TooManyAttemptsError
from kb.models import Account, ApiToken, SignIn, SignInAttempt
from kb.models.accounts import LICENCES, ROLES
from kb.passwords import hashed, verified
from kb.queries import articles as articles_q
from kb.queries import desk as desk_q
from kb.services import audit
from kb.viewers import Viewer, require_coach

ATTEMPTS: Final = 5
PAUSE: Final = timedelta(minutes=15)
REFUSED: Final = "The address or the password is wrong."


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can sign in."""

    id: int
    email: str
    name: str
    role: str
    team: str | None
    disabled: bool
    demo: bool


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Who is to be let in. Without a password the account can only be entered with a key."""

    email: str
    name: str
    role: str
    password: str = ""
    team: str | None = None


def create_account(session: Session, new: NewPerson, now: datetime, *, demo: bool = False) -> Person:
    """Let somebody in.

    Raises:
        InvalidError: a field does not hold what it should.
        ConflictError: the address has an account already.
    """
    email = address(new.email, demo=demo)
    if new.role not in ROLES:
        raise InvalidError(f"“{new.role[:40]}” is no role. Roles: {', '.join(ROLES)}.", field="role")
    if desk_q.account_by_email(session, email):
        raise ConflictError(f"{email} has an account already.", field="email")
    team = articles_q.team_by_name(session, new.team) if new.team else None
    if new.team and team is None:
        raise InvalidError(f"There is no team “{new.team[:80]}”.", field="team")
    account = Account(
        email=email, name=" ".join(new.name.split())[:200] or email, role=new.role, created_at=now, demo=demo,
        password_hash=hashed(new.password, email, new.name) if new.password else "", team_id=team.id if team else None,
    )  # fmt: skip
    session.add(account)
    session.flush()
    return _person(account, team.name if team else None)


def address(text: str, *, demo: bool = False) -> str:
    """An e-mail address in its usual form.

    Raises:
        InvalidError: it is none.
    """
    try:
        checked = validate_email(text.strip(), check_deliverability=False, test_environment=demo)
    except EmailNotValidError as error:
        raise InvalidError("Write an e-mail address such as name@example.com.", field="email") from error
    return checked.normalized.casefold()[:320]


def sign_in(session: Session, email: str, password: str, now: datetime, *, hours: int) -> tuple[str, Viewer]:
    """A token for the browser and who that is. Commit also when it fails: the attempt counts.

    Raises:
        TooManyAttemptsError: signing in pauses for that name, whether it exists or not.
        SignInError: wrong name or password, or a disabled account; which of them is not said.
    """
    name = email.strip().casefold()
    name_hash = _hash(name)
    if desk_q.failed_attempts(session, name_hash, now - PAUSE) >= ATTEMPTS:
        raise TooManyAttemptsError(f"Too many attempts. Try again in {PAUSE.seconds // 60} minutes.")
    account = desk_q.account_by_email(session, name)
    right = verified(account.password_hash if account else "", password)
    if account is None or not right or account.disabled_at is not None:
        session.add(SignInAttempt(name_hash=name_hash, at=now))
        session.flush()
        raise SignInError(REFUSED)
    desk_q.forget_expired(session, now, now - PAUSE)
    token = secrets.token_urlsafe(32)
    session.add(
        SignIn(token_hash=_hash(token), account_id=account.id, created_at=now, expires_at=now + timedelta(hours=hours))
    )
    session.flush()
    return token, _viewer(account)


def viewer_of(session: Session, token: str, now: datetime) -> Viewer | None:
    """Who holds that token of a browser; None once it has ended."""
    account = desk_q.account_of_sign_in(session, _hash(token), now)
    return _viewer(account) if account else None


def viewer_of_key(session: Session, key: str, now: datetime) -> Viewer | None:
    """For whom that program's key speaks; None once it has ended."""
    account = desk_q.account_of_token(session, _hash(key), now)
    return _viewer(account) if account else None


def sign_out(session: Session, token: str) -> None:
    """End that session."""
    desk_q.end_sign_in(session, _hash(token))


def set_password(session: Session, email: str, password: str, now: datetime) -> None:
    """Give a new password; every session and key of the account ends."""
    del now
    account = _named(session, email)
    account.password_hash = hashed(password, account.email, account.name)
    desk_q.end_sign_ins(session, account.id)


def disable(session: Session, email: str, now: datetime) -> None:
    """Shut somebody out at once; what they wrote stays."""
    account = _named(session, email)
    account.disabled_at = account.disabled_at or now
    desk_q.end_sign_ins(session, account.id)


def enable(session: Session, email: str) -> None:
    """Let somebody in again."""
    _named(session, email).disabled_at = None


def create_key(session: Session, email: str, name: str, now: datetime, *, days: int) -> str:
    """A key for a program that acts as that person; it is shown this once."""
    account = _named(session, email)
    if account.disabled_at is not None:
        raise ConflictError(f"{account.email} is disabled.")
    key = f"dfl_{secrets.token_urlsafe(32)}"
    session.add(
        ApiToken(
            token_hash=_hash(key), account_id=account.id, name=name[:100], created_at=now,
            expires_at=now + timedelta(days=days),
        )
    )  # fmt: skip
    session.flush()
    return key


def set_licence(session: Session, viewer: Viewer, email: str, licence: str, now: datetime) -> None:
    """Say what somebody may do to articles.

    Raises:
        InvalidError: there is no such licence.
    """
    require_coach(viewer)
    if licence not in LICENCES:
        raise InvalidError(f"Choose one of: {', '.join(LICENCES)}.", field="licence")
    _named(session, email).licence = licence
    audit.record(session, viewer, "licence given", f"account:{email}", now, licence=licence)


def people(session: Session) -> list[Person]:
    """Everybody by role and name."""
    teams = desk_q.team_names(session)
    return [_person(account, teams.get(account.team_id or 0)) for account in desk_q.accounts(session)]


def _named(session: Session, email: str) -> Account:
    account = desk_q.account_by_email(session, email.strip().casefold())
    if account is None:
        raise NotFoundError(f"Nobody here has the address {email.strip()[:80]}. See: deflect users list")
    return account


def _person(account: Account, team: str | None) -> Person:
    return Person(
        account.id, account.email, account.name, account.role, team, account.disabled_at is not None, account.demo
    )


def _viewer(account: Account) -> Viewer:
    return Viewer(account.role, account.id, account.name, account.email, account.team_id, account.licence)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
