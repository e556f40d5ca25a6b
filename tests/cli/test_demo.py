"""The demo desk comes, is marked throughout, and goes without a trace in anything else."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from kb.models import Account, Article, Question
from kb.records import article_record, ticket_record
from kb.services import accounts, demo, ledger
from kb.services.asking import Asked, ask
from kb.services.importing import import_article, import_ticket
from kb.viewers import ANONYMOUS, SYSTEM
from tests.cli.conftest import run_in
from tests.cli.test_importing import counted
from web.demo import desk as brasswick
from web.demo import loading
from web.demo.loading import Entry, load
from web.demo.removing import remove
from web.desk import Desk
from web.settings import Settings

NOW = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)
COUNT = 200


@pytest.fixture
def desk(home: Path) -> Iterator[Desk]:
    """With nothing in it."""
    made = Desk(Settings(home=home))
    yield made
    made.records.dispose()


@pytest.fixture(scope="session")
def loaded(migrated_home: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Entry]]:
    """A home with a small demo desk, and how to enter it; copy it before changing it."""
    home = Path(shutil.copytree(migrated_home, tmp_path_factory.mktemp("demo") / "home"))
    made = Desk(Settings(home=home))
    with made.writing() as session:
        entries = load(session, NOW, count=COUNT)
        session.commit()
    made.records.dispose()
    return home, entries


@pytest.fixture
def demo_desk(loaded: tuple[Path, list[Entry]], tmp_path: Path) -> Iterator[Desk]:
    made = Desk(Settings(home=Path(shutil.copytree(loaded[0], tmp_path / "demo"))))
    yield made
    made.records.dispose()


def one(session: Session, statement: str) -> object:
    return session.execute(text(statement)).scalar_one()


def test_everything_is_there_and_marked(demo_desk: Desk) -> None:
    desk = demo_desk
    year = brasswick.tickets(NOW, count=COUNT)
    with desk.reading() as session:
        found = demo.standing(session)
        assert (found.articles, found.tickets, found.people) == (
            len(brasswick.articles()),
            COUNT,
            len(brasswick.people()),
        )
        assert not found.mixed
        assert one(session, "select count(*) from team where not demo") == 0
        assert one(session, "select count(*) from message") == sum(len(ticket.messages) for ticket in year)
        assert one(session, "select count(*) from escalation") == sum(len(ticket.escalations) for ticket in year)
        assert one(session, "select count(*) from link") == sum(len(ticket.linked) for ticket in year)
        assert one(session, "select count(*) from pending_link") == 0
        states = dict(tuple(row) for row in session.execute(text("select status, count(*) from ticket group by 1")))
        assert states == {state: sum(t.status == state for t in year) for state in ("open", "waiting", "resolved")}
        audiences = set(session.execute(text("select distinct audience from article")).scalars())
        assert audiences == {"public", "internal", "team"}
        # What nobody can know yet is not said of an open ticket.
        assert one(session, "select count(*) from ticket where status = 'open' and escalated is not null") == 0


def test_articles_that_came_of_escalations_came_out_after_them_and_the_others_before(demo_desk: Desk) -> None:
    came = brasswick.written_from(brasswick.tickets(NOW, count=COUNT))
    assert came
    with demo_desk.reading() as session:
        told, _ = ledger.became(session, demo_desk.search, demo_desk.interrupted, SYSTEM, NOW)
        first = {row.slug: row.first_published_at for row in session.scalars(select(Article))}
    assert {row.slug for row in told} == set(came)
    for slug, at in first.items():
        assert at is not None
        ticket = came.get(slug)
        assert at > NOW - timedelta(days=364) if ticket else at == NOW - timedelta(days=365)


def test_each_role_enters_with_a_password_of_its_own(demo_desk: Desk, loaded: tuple[Path, list[Entry]]) -> None:
    entries = loaded[1]
    assert [entry.role for entry in entries] == ["customer", "agent", "lead", "operator"]
    assert len({entry.password for entry in entries}) == 4
    for entry in entries:
        with demo_desk.writing() as session:
            _, viewer = accounts.sign_in(session, entry.email, entry.password, NOW, hours=1)
        assert viewer.role == entry.role


def test_an_interrupted_start_leaves_nothing(desk: Desk) -> None:
    def stop(_step: str, done: int, _total: int) -> None:
        if done == 100:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), desk.writing() as session:
        load(session, NOW, stop, count=COUNT)
    with desk.reading() as session:
        assert not demo.standing(session).present


def test_removed_it_leaves_an_empty_desk(demo_desk: Desk, home: Path) -> None:
    desk, before = demo_desk, counted(home)
    with desk.writing() as session:
        person = session.scalars(select(Account).where(Account.role == "customer")).first()
        assert person is not None
        session.add(Question(key="k", surface="api", redacted="refund", account_id=person.id, answered=False, at=NOW))
        session.commit()
        assert one(session, "select count(*) from question") == 1
    gone = remove(desk, NOW)
    assert gone is not None
    assert (gone.records.tickets, gone.records.kept_teams) == (COUNT, [])
    after = counted(desk.settings.home)
    # The audit log and the errands are the desk's own memory.
    assert {name for name in after if after[name] != before[name]} == {"audit_entry", "outbox_event"}
    assert remove(desk, NOW) is None


def own_records(session: Session) -> None:
    import_article(
        session,
        article_record({"slug": "ours", "title": "Ours", "body": "Our words.", "team": "Payments", "audience": "team"}),
        NOW,
    )
    import_ticket(
        session, ticket_record({"id": "OURS-1", "subject": "Ours", "articles": ["ours"], "team": "Billing"}), NOW
    )
    accounts.create_account(session, accounts.NewPerson("boss@firma.example.net", "Boss", "operator"), NOW)


def own(session: Session) -> list[tuple[object, ...]]:
    statements = (
        "select slug, audience, team_id, version, updated_at from article where not demo",
        "select reference, subject, status, team_id, version, source_hash from ticket where not demo",
        "select email, role from account where not demo",
        "select t.reference, a.slug from link l join ticket t on t.id = l.ticket_id join article a on a.id = l.article_id where not t.demo",
        "select r.title, r.body from revision r join article a on a.id = r.article_id where not a.demo",
    )
    return [tuple(row) for statement in statements for row in session.execute(text(statement))]


def test_records_of_ones_own_stay_as_they_are(demo_desk: Desk) -> None:
    desk = demo_desk
    with desk.writing() as session:
        own_records(session)
        session.commit()
        before = own(session)
    gone = remove(desk, NOW)
    assert gone is not None
    # Their teams are the desk's own from now on.
    assert gone.records.kept_teams == ["Billing", "Payments"]
    with desk.reading() as session:
        assert own(session) == before
        assert one(session, "select count(*) from team where demo") == 0
        assert one(session, "select count(*) from ticket") == 1


def test_what_its_people_made_goes_with_it(demo_desk: Desk) -> None:
    desk = demo_desk
    with desk.writing() as session:
        session.execute(
            text(
                "insert into article (slug, products, topics, audience, confidence, governance, url, source_hash, version, from_ticket_id, created_at, updated_at, demo) select 'draft', products, topics, 'internal', 'not validated', governance, '', '', 1, (select min(id) from ticket), created_at, updated_at, 0 from article limit 1"
            )
        )
        session.execute(text("update ticket set demo = 0 where id = (select max(id) from ticket)"))
        session.commit()
    remove(desk, NOW)
    with desk.reading() as session:
        assert one(session, "select count(*) from article") == 0
        assert one(session, "select count(*) from ticket") == 0


def test_it_does_not_mix_unless_told(home: Path, desk: Desk) -> None:
    with desk.writing() as session:
        own_records(session)
        session.commit()
    before = counted(home)
    refused = run_in(home, "demo", "--no-serve")
    assert refused.exit_code == 1
    assert "1 articles, 1 tickets, 1 people" in refused.stderr
    assert "--mix" in refused.stderr
    assert counted(home) == before


def test_without_a_demo_there_is_nothing_to_remove(home: Path) -> None:
    assert run_in(home, "demo", "--remove").stdout == "There is no demo desk in this home.\n"


@pytest.mark.slow
def test_the_first_command_and_the_second(ready_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "TICKETS", 400)
    first = run_in(ready_home, "demo", "--no-serve")
    assert first.exit_code == 0, first.output
    entries = re.findall(
        r"^  (customer|agent|lead|operator) +(\S+@example\.com) +(\S{19})$", first.stdout, re.MULTILINE
    )
    assert [role for role, _, _ in entries] == ["customer", "agent", "lead", "operator"]
    assert first.stderr.count("100%") >= 4
    desk = Desk(Settings(home=ready_home))
    with desk.reading() as session:
        assert one(session, "select count(*) from ticket") == 400
        waiting = one(session, "select count(*) from ticket where status in ('open', 'waiting')")
        assert one(session, "select count(distinct ticket_id) from prediction") == waiting
        answer = ask(session, desk.search, Asked(brasswick.sample_questions()[0]), ANONYMOUS, NOW, record=False)
        assert answer.answered
        assert answer.hits[0].audience == "public"
        assert one(session, "select count(*) from outbox_event where done_at is null") == 0
    before = counted(ready_home)
    second = run_in(ready_home, "demo", "--no-serve")
    assert second.exit_code == 0
    assert "Passwords were shown when it was made" in second.stdout
    assert "%|" not in second.stderr
    assert counted(ready_home) == before
    removed = run_in(ready_home, "demo", "--remove")
    assert "no longer serves" in removed.stdout
    assert (desk.escalation.version, desk.search.rankers.current()) == (None, "")
    assert desk.search.check(desk.source).clean
    desk.records.dispose()
