from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.errors import ConflictError, InvalidError, NotFoundError, SignInError, TooManyAttemptsError
from kb.models import Account, ApiToken, SignIn, SignInAttempt
from kb.services import accounts
from kb.services.accounts import NewPerson
from tests.kb.desk_of_people import PASSWORD, Desk


def test_a_password_is_kept_as_argon2id_with_the_parameters_of_asvs(session: Session, now: datetime) -> None:
    for name in ("one", "two"):
        accounts.create_account(session, NewPerson(f"{name}@example.com", name, "agent", PASSWORD), now)
    stored = session.scalars(select(Account.password_hash)).all()
    assert all(one.startswith("$argon2id$v=19$m=19456,t=2,p=1$") for one in stored)
    assert len(set(stored)) == len(stored)


def test_signing_in_gives_a_token_that_is_stored_only_as_a_hash(session: Session, desk: Desk, now: datetime) -> None:
    token, viewer = accounts.sign_in(session, " Alma@Example.com ", PASSWORD, now, hours=2)
    assert (viewer.account_id, viewer.role) == (desk.alma.account_id, "customer")
    assert accounts.viewer_of(session, token, now) == viewer
    assert len(token) >= 32
    assert token not in {row.token_hash for row in session.scalars(select(SignIn))}


def test_a_session_ends_with_its_time_with_signing_out_and_with_a_new_password(
    session: Session, desk: Desk, now: datetime
) -> None:
    def enter() -> str:
        return accounts.sign_in(session, desk.alma.email, PASSWORD, now, hours=2)[0]

    first = enter()
    assert accounts.viewer_of(session, first, now + timedelta(hours=2)) is None
    accounts.sign_out(session, first)
    assert accounts.viewer_of(session, first, now) is None
    second, key = enter(), accounts.create_key(session, desk.alma.email, "phone", now, days=1)
    accounts.set_password(session, desk.alma.email, "another-quiet-heron-7", now)
    assert accounts.viewer_of(session, second, now) is None
    assert accounts.viewer_of_key(session, key, now) is None
    with pytest.raises(SignInError):
        enter()


def test_whoever_is_disabled_is_out_at_once_and_can_be_let_in_again(
    session: Session, desk: Desk, now: datetime
) -> None:
    token, _ = accounts.sign_in(session, desk.front.email, PASSWORD, now, hours=2)
    key = accounts.create_key(session, desk.front.email, "script", now, days=30)
    accounts.disable(session, desk.front.email, now)
    assert accounts.viewer_of(session, token, now) is None
    assert accounts.viewer_of_key(session, key, now) is None
    with pytest.raises(SignInError):
        accounts.sign_in(session, desk.front.email, PASSWORD, now, hours=2)
    with pytest.raises(ConflictError):
        accounts.create_key(session, desk.front.email, "again", now, days=1)
    accounts.enable(session, desk.front.email)
    assert accounts.sign_in(session, desk.front.email, PASSWORD, now, hours=2)[1].account_id == desk.front.account_id


def test_a_key_acts_for_its_owner_until_it_expires(session: Session, desk: Desk, now: datetime) -> None:
    key = accounts.create_key(session, desk.lead.email, "report", now, days=2)
    assert accounts.viewer_of_key(session, key, now + timedelta(days=1)) == desk.lead
    assert accounts.viewer_of_key(session, key, now + timedelta(days=2)) is None
    assert key not in set(session.scalars(select(ApiToken.token_hash)))


@pytest.mark.parametrize("email", ["alma@example.com", "nobody@example.com"])
def test_attempts_are_counted_for_names_that_exist_and_for_those_that_do_not(
    session: Session, desk: Desk, now: datetime, email: str
) -> None:
    for _ in range(accounts.ATTEMPTS):
        with pytest.raises(SignInError, match="address or the password"):
            accounts.sign_in(session, email, "wrong password", now, hours=2)
    with pytest.raises(TooManyAttemptsError):
        accounts.sign_in(session, email, PASSWORD, now, hours=2)
    assert email not in {row.name_hash for row in session.scalars(select(SignInAttempt))}
    if email == desk.alma.email:
        later = now + accounts.PAUSE + timedelta(seconds=1)
        assert accounts.sign_in(session, email, PASSWORD, later, hours=2)[1] == desk.alma


@pytest.mark.parametrize("password", ["short", "x" * 129, "password", "12345678", "qwertyuiop", "carla@example.com"])
def test_poor_passwords_are_refused_by_field(session: Session, now: datetime, password: str) -> None:
    with pytest.raises(InvalidError) as refused:
        accounts.create_account(session, NewPerson("carla@example.com", "Carla", "agent", password), now)
    assert refused.value.field == "password"


@pytest.mark.parametrize(
    ("field", "new"),
    [
        ("email", NewPerson("no address", "X", "agent")),
        ("role", NewPerson("x@example.com", "X", "king")),
        ("team", NewPerson("x@example.com", "X", "agent", team="Nowhere")),
    ],
)
def test_a_wrong_field_is_named(session: Session, now: datetime, field: str, new: NewPerson) -> None:
    with pytest.raises(InvalidError) as refused:
        accounts.create_account(session, new, now)
    assert refused.value.field == field


def test_an_address_has_one_account_however_it_is_written(session: Session, desk: Desk, now: datetime) -> None:
    with pytest.raises(ConflictError):
        accounts.create_account(session, NewPerson("ALMA@example.com", "Alma", "customer"), now)


def test_an_account_without_a_password_cannot_be_entered_by_an_empty_one(session: Session, now: datetime) -> None:
    accounts.create_account(session, NewPerson("bot@example.com", "Bot", "agent"), now)
    with pytest.raises(SignInError):
        accounts.sign_in(session, "bot@example.com", "", now, hours=1)


def test_people_are_listed_with_their_teams_and_unknown_ones_are_named(
    session: Session, desk: Desk, now: datetime
) -> None:
    listed = {person.email: person.team for person in accounts.people(session)}
    assert listed["front@example.com"] == "Front"
    assert listed["alma@example.com"] is None
    with pytest.raises(NotFoundError, match="deflect users list"):
        accounts.disable(session, "who@example.com", now)
