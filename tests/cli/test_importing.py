"""`deflect import`, by its own words in a home of its own."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from kb import database
from kb.queries.counting import row_counts
from tests.cli.command import ARTICLES, TICKETS, tree, write_rows
from tests.cli.conftest import run_in


def rows(records: Engine, statement: str) -> list[tuple[object, ...]]:
    with records.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def counted(home: Path) -> dict[str, int]:
    engine = database.connect(f"sqlite:///{home / 'deflect.db'}")
    with Session(engine) as session:
        counts = row_counts(session)
    engine.dispose()
    return counts


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    return write_rows(tmp_path / "articles.jsonl", list(ARTICLES))


@pytest.fixture
def tickets(tmp_path: Path) -> Path:
    return write_rows(tmp_path / "tickets.jsonl", list(TICKETS))


def test_tickets_come_before_their_articles_or_after(
    home: Path, records: Engine, articles: Path, tickets: Path
) -> None:
    linked = "select t.reference, a.slug from link l join ticket t on t.id = l.ticket_id join article a on a.id = l.article_id order by 1"
    assert run_in(home, "import", "tickets", str(tickets)).exit_code == 0
    assert rows(records, linked) == []
    assert run_in(home, "import", "articles", str(articles)).exit_code == 0
    assert rows(records, linked) == [("T-1", "reset-reader"), ("T-2", "refund")]


def test_the_same_files_again_change_nothing(home: Path, articles: Path, tickets: Path) -> None:
    for kind, path in (("articles", articles), ("tickets", tickets)):
        run_in(home, "import", kind, str(path))
    before = counted(home)
    again = [run_in(home, "import", kind, str(path)) for kind, path in (("articles", articles), ("tickets", tickets))]
    assert [result.stdout for result in again] == ["0 created, 0 updated, 3 unchanged, 0 with errors\n"] * 2
    assert counted(home) == before


def test_a_linked_ticket_that_changed_keeps_one_link(
    home: Path, records: Engine, articles: Path, tickets: Path
) -> None:
    run_in(home, "import", "articles", str(articles))
    run_in(home, "import", "tickets", str(tickets))
    changed = write_rows(tickets.parent / "changed.jsonl", [TICKETS[0] | {"resolution": "It was reset."}])
    assert run_in(home, "import", "tickets", str(changed)).stdout.startswith("0 created, 1 updated")
    assert rows(records, "select count(*) from link") == [(2,)]
    assert rows(records, "select resolution from ticket where reference = 'T-1'") == [("It was reset.",)]


def test_an_article_that_links_waited_for_gets_each_link_once(home: Path, records: Engine, tmp_path: Path) -> None:
    waiting = {"id": "T-9", "subject": "Late", "body": "Which article?", "articles": ["late"]}
    file = write_rows(tmp_path / "waiting.jsonl", [waiting])
    run_in(home, "import", "tickets", str(file))
    run_in(home, "import", "tickets", str(write_rows(tmp_path / "more.jsonl", [waiting | {"topic": "x"}])))
    assert rows(records, "select count(*) from pending_link") == [(1,)]
    late = write_rows(tmp_path / "late.jsonl", [{"slug": "late", "title": "Late", "body": "Here it is."}])
    run_in(home, "import", "articles", str(late))
    run_in(home, "import", "tickets", str(file))
    assert rows(records, "select (select count(*) from link), (select count(*) from pending_link)") == [(1, 0)]


def test_a_dry_run_says_the_same_and_writes_nothing(tmp_path: Path, articles: Path) -> None:
    nowhere = tmp_path / "not made"
    dry = run_in(nowhere, "import", "articles", str(articles), "--dry-run")
    assert dry.stdout == "Would be: 3 created, 0 updated, 0 unchanged, 0 with errors\n"
    assert not nowhere.exists()
    run_in(nowhere, "import", "articles", str(articles))
    before = tree(nowhere), counted(nowhere)
    changed = write_rows(
        tmp_path / "changed.jsonl", [ARTICLES[0] | {"title": "Another"}, *ARTICLES[1:], ARTICLES[0] | {"slug": "new"}]
    )
    dry = run_in(nowhere, "import", "articles", str(changed), "--dry-run")
    assert dry.stdout == "Would be: 1 created, 1 updated, 2 unchanged, 0 with errors\n"
    assert (tree(nowhere), counted(nowhere)) == before


def test_rows_that_cannot_be_read_are_named_and_the_rest_comes_in(home: Path, records: Engine, tmp_path: Path) -> None:
    file = tmp_path / "mixed.jsonl"
    file.write_text(
        '{"id": "A", "subject": "one"}\n{broken\n{"subject": "no id"}\n{"id": "B", "subject": "two", "escalated": "perhaps"}\n{"id": "C", "subject": "three"}\n'
    )
    result = run_in(home, "import", "tickets", str(file))
    assert result.exit_code == 3
    assert result.stdout == "2 created, 0 updated, 0 unchanged, 3 with errors\n"
    named = [line for line in result.stderr.splitlines() if line.startswith("line ")]
    assert [line.split(":")[0] for line in named] == ["line 2", "line 3", "line 4"]
    assert "neither 0 nor 1" in named[2]
    assert rows(records, "select reference from ticket order by 1") == [("A",), ("C",)]


def test_the_report_for_programs(home: Path, tmp_path: Path) -> None:
    file = write_rows(tmp_path / "one.jsonl", [{"id": "A", "subject": "one"}, {"subject": "no id"}])
    result = run_in(home, "import", "tickets", str(file), "--json")
    assert json.loads(result.stdout).items() >= {
        "created": 1, "updated": 0, "unchanged": 0, "dry_run": False,
        "errors": [{"line": 2, "file": "", "reason": "id: is missing"}],
    }.items()  # fmt: skip


def test_an_id_that_comes_twice_with_other_values_is_named(home: Path, records: Engine, tmp_path: Path) -> None:
    one, other = {"id": "A", "subject": "first"}, {"id": "A", "subject": "second"}
    file = write_rows(tmp_path / "twice.jsonl", [one, other, one])
    outputs = [run_in(home, "import", "tickets", str(file)) for _ in range(2)]
    assert [result.exit_code for result in outputs] == [3, 3]
    assert outputs[1].stdout == "0 created, 0 updated, 2 unchanged, 1 with errors\n"
    assert "line 2: “A” came before in this file" in outputs[1].stderr
    assert rows(records, "select subject from ticket") == [("first",)]


def test_a_foreign_table_with_columns_of_its_own(home: Path, records: Engine, tmp_path: Path) -> None:
    file = tmp_path / "export.csv.gz"
    file.write_bytes(gzip.compress(b"number;short;text;site;grp\n7;Broken;It hums;Leeds;Hardware\n"))
    words = [
        "--map",
        "id=number",
        "--map",
        "subject=short",
        "--map",
        "body=text",
        "--map",
        "team=grp",
        "--attribute",
        "site",
    ]
    assert run_in(home, "import", "tickets", str(file), *words).stdout.startswith("1 created")
    found = rows(records, "select reference, subject, attributes, status, (select name from team) from ticket")
    assert found == [("7", "Broken", '{"site": "Leeds"}', "resolved", "Hardware")]


def test_a_folder_of_documents(home: Path, records: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "help"
    (folder / "deep").mkdir(parents=True)
    (folder / "one.md").write_text("---\ntitle: First\nproducts: [Till]\n---\nSome words.")
    (folder / "deep" / "two.html").write_text("<html><body><h1>Second</h1><p>More words.</p></body></html>")
    (folder / "bad.md").write_bytes(b"\xff\xfe words")
    result = run_in(home, "import", "articles", str(folder))
    assert (result.exit_code, result.stdout) == (3, "2 created, 0 updated, 0 unchanged, 1 with errors\n")
    assert "bad.md line 1: is not UTF-8" in result.stderr
    published = (
        "select a.slug, r.title, r.body_format from article a join revision r on r.id = a.published_id order by 1"
    )
    assert rows(records, published) == [("one", "First", "markdown"), ("two", "Second", "html")]


def test_a_long_file_shows_how_far_it_is(home: Path, tmp_path: Path) -> None:
    file = write_rows(tmp_path / "long.jsonl", [{"id": f"T{n}", "subject": "word " * 20} for n in range(700)])
    shown = run_in(home, "import", "tickets", str(file)).stderr
    assert "tickets: 100%" in shown
    assert "B/s]" in shown
