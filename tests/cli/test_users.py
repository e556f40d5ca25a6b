from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from kb.errors import SignInError
from kb.services import accounts
from kb.services.status import deeds
from kb.viewers import SYSTEM
from tests.cli.conftest import run_in
from web.cli import cli
from web.desk import Desk
from web.settings import Settings

NOW = datetime.now(UTC)
ADA = "ada@firma.example.net"


def enters(home: Path, password: str, email: str = ADA) -> bool:
    desk = Desk(Settings(home=home))
    with desk.writing() as session:
        try:
            accounts.sign_in(session, email, password, NOW, hours=1)
        except SignInError:
            return False
        finally:
            desk.records.dispose()
    return True


def generated(output: str) -> str:
    return output.strip().rpartition(" ")[2]


def test_somebody_is_let_in_with_a_password_made_here(home: Path) -> None:
    added = run_in(home, "users", "add", ADA, "--role", "lead", "--name", "Ada Byrne", "--generate")
    assert added.exit_code == 0, added.output
    assert enters(home, generated(added.stdout))
    assert not enters(home, "another password")
    listed = json.loads(run_in(home, "users", "list", "--json").stdout)
    assert listed == [
        {"email": ADA, "name": "Ada Byrne", "role": "lead", "team": None, "disabled": False, "demo": False}
    ]


def test_no_two_passwords_are_alike(home: Path) -> None:
    made = {generated(run_in(home, "users", "add", f"p{n}@firma.example.net").stdout) for n in range(4)}
    assert len(made) == 4


def test_a_password_from_standard_input_is_not_shown(home: Path) -> None:
    words = ["--home", str(home), "users", "add", ADA, "--password-stdin"]
    result = CliRunner().invoke(cli, words, input="six green bicycles\n")
    assert result.exit_code == 0
    assert "bicycles" not in result.output
    assert enters(home, "six green bicycles")


@pytest.mark.parametrize("given", ["", "12345678", "short", "ada@firma.example.net"])
def test_a_password_that_anybody_would_try_is_refused(given: str, home: Path) -> None:
    words = ["--home", str(home), "users", "add", ADA, "--password-stdin"]
    result = CliRunner().invoke(cli, words, input=f"{given}\n")
    assert result.exit_code != 0
    assert json.loads(run_in(home, "users", "list", "--json").stdout) == []


def test_no_option_takes_a_password(home: Path) -> None:
    for command in ("add", "set-password"):
        shown = run_in(home, "users", command, "--help").stdout
        assert "--password-stdin" in shown
        assert "--password TEXT" not in shown


def test_a_new_password_ends_the_old_one(home: Path) -> None:
    old = generated(run_in(home, "users", "add", ADA).stdout)
    new = generated(run_in(home, "users", "set-password", ADA).stdout)
    assert (enters(home, old), enters(home, new)) == (False, True)


def test_somebody_is_shut_out_and_let_in_again(home: Path) -> None:
    password = generated(run_in(home, "users", "add", ADA).stdout)
    run_in(home, "users", "disable", ADA)
    assert not enters(home, password)
    assert "disabled" in run_in(home, "users", "list").stdout
    run_in(home, "users", "enable", ADA)
    assert enters(home, password)


def test_a_key_stands_alone_on_standard_output(home: Path) -> None:
    run_in(home, "users", "add", ADA, "--role", "lead")
    made = run_in(home, "users", "key", ADA, "--name", "ticket sync", "--days", "2")
    desk = Desk(Settings(home=home))
    with desk.reading() as session:
        viewer = accounts.viewer_of_key(session, made.stdout.strip(), NOW)
    desk.records.dispose()
    assert viewer is not None
    assert (viewer.email, viewer.role) == (ADA, "lead")


def test_somebody_unknown_is_told_of(home: Path) -> None:
    for words in (["disable"], ["enable"], ["set-password"], ["key", "--name", "x"]):
        result = run_in(home, "users", *words, "nobody@firma.example.net")
        assert "Nobody here has the address" in str(result.exception)


def test_an_address_is_let_in_once(home: Path) -> None:
    run_in(home, "users", "add", ADA)
    assert "has an account already" in str(run_in(home, "users", "add", ADA.upper()).exception)


def test_what_was_done_is_in_the_audit_log_without_its_secrets(home: Path) -> None:
    password = generated(run_in(home, "users", "add", ADA).stdout)
    key = run_in(home, "users", "key", ADA, "--name", "sync").stdout.strip()
    run_in(home, "users", "disable", ADA)
    desk = Desk(Settings(home=home))
    with desk.reading() as session:
        done = deeds(session, SYSTEM)
    desk.records.dispose()
    assert [deed.action for deed in done] == ["person disabled", "key given", "person added"]
    assert password not in repr(done)
    assert key not in repr(done)


def test_an_empty_desk_says_how_to_begin(home: Path) -> None:
    assert "deflect users add" in run_in(home, "users", "list").stdout
