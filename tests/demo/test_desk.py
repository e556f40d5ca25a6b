"""The demo desk holds together. Invariant: what a visitor sees first is whole, fictional and the same each time."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta

import phonenumbers
import pytest
from stdnum import iban, luhn

from web.demo import desk
from web.demo.escalating import log_odds
from web.demo.material_reader import issues, signals
from web.demo.records import DemoTicket

NOW = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)
MAIL = re.compile(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)")
NET = re.compile(r"\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b")
LINK = re.compile(r"\]\(([^)\s]+)\)")


@pytest.fixture(scope="module")
def year() -> list[DemoTicket]:
    return desk.tickets(NOW)


@pytest.fixture(scope="module")
def prose(year: list[DemoTicket]) -> str:
    """All text a visitor can read."""
    parts = [text for article in desk.articles() for text in (article.title, article.summary, article.body)]
    parts += [text for ticket in year for text in (ticket.subject, ticket.body, ticket.resolution)]
    parts += [message.body for ticket in year for message in ticket.messages]
    parts += [f"{team.description} {team.contact} {team.criteria}" for team in desk.teams()]
    parts += [person.email for person in desk.people()]
    return "\n".join(parts)


def finished(tickets: list[DemoTicket]) -> list[DemoTicket]:
    return [ticket for ticket in tickets if ticket.status == "resolved"]


def test_same_arguments_give_the_same_year(year: list[DemoTicket]) -> None:
    assert desk.tickets(NOW) == year


def test_another_seed_gives_another_year(year: list[DemoTicket]) -> None:
    assert [ticket.body for ticket in desk.tickets(NOW, seed=8)] != [ticket.body for ticket in year]


def test_there_is_enough_to_look_at(year: list[DemoTicket]) -> None:
    audiences = Counter(article.audience for article in desk.articles())
    assert audiences["public"] >= 60
    assert audiences["internal"] >= 8
    assert audiences["team"] >= 3
    assert len(year) == 1600
    assert year[-1].created_at - year[0].created_at >= timedelta(days=360)
    assert len(issues()) >= 110
    assert all(4 <= len(issue.openings) <= 8 and len(issue.replies) >= 2 for issue in issues())


def test_articles_have_substance() -> None:
    for article in desk.articles():
        assert article.body.count("\n## ") + article.body.startswith("## ") >= 2, article.slug
        assert 120 <= len(article.body.split()) <= 500, article.slug
        assert (article.audience == "team") == (article.team is not None)


def test_links_between_articles_resolve() -> None:
    slugs = {article.slug for article in desk.articles()}
    broken = {
        (article.slug, target)
        for article in desk.articles()
        for target in LINK.findall(article.body)
        if target not in slugs
    }
    assert broken == set()


def test_a_public_article_sends_nobody_to_a_hidden_one() -> None:
    hidden = {article.slug for article in desk.articles() if article.audience != "public"}
    public = [article for article in desk.articles() if article.audience == "public"]
    assert not [article.slug for article in public if hidden & set(LINK.findall(article.body))]


def test_every_issue_points_at_what_exists() -> None:
    articles = {article.slug: article for article in desk.articles()}
    teams = {team.name for team in desk.teams()}
    for issue in issues():
        for slug in (issue.article, issue.also):
            assert slug is None or articles[slug].audience == "public", issue.key
        assert {issue.team, issue.pathway.to, issue.pathway.via or issue.team} <= teams, issue.key
        assert set(issue.pathway.signals) <= set(signals()), issue.key
    assert len({issue.key for issue in issues()}) == len(issues())


def test_people_and_teams_of_tickets_exist(year: list[DemoTicket]) -> None:
    roles = {person.email: person.role for person in desk.people()}
    levels = {team.name: team.level for team in desk.teams()}
    slugs = {article.slug for article in desk.articles()}
    for ticket in year:
        assert roles[ticket.requester] == "customer"
        assert levels[ticket.team] == ticket.level
        assert set(ticket.linked) <= slugs
        assert all((roles[said.author] == "customer") == (said.kind == "customer") for said in ticket.messages)
        assert all({step.from_team, step.to_team} <= set(levels) for step in ticket.escalations)
        assert all(levels[step.to_team] == step.level for step in ticket.escalations)


def test_each_team_has_somebody_who_answers() -> None:
    staffed = {person.team for person in desk.people() if person.role in ("agent", "lead")}
    assert staffed == {team.name for team in desk.teams()}


def test_times_are_in_order_and_nothing_is_ahead_of_now(year: list[DemoTicket]) -> None:
    assert [ticket.created_at for ticket in year] == sorted(ticket.created_at for ticket in year)
    for ticket in year:
        end = ticket.resolved_at or NOW
        moments = [ticket.created_at, *(message.at for message in ticket.messages), end]
        assert moments == sorted(moments), ticket.reference
        assert end <= NOW
        assert all(ticket.created_at < step.at <= end for step in ticket.escalations)


def test_status_and_what_is_known_agree(year: list[DemoTicket]) -> None:
    counts = Counter(ticket.status for ticket in year)
    assert counts["open"] == 25
    assert counts["waiting"] > 10
    for ticket in year:
        assert (ticket.resolved_at is not None) == (ticket.status == "resolved") == bool(ticket.resolution)
        assert bool(ticket.escalations) == bool(ticket.escalated)
        assert ticket.status != "open" or not ticket.messages
        assert ticket.status != "resolved" or ticket.escalated is not None


def test_escalations_are_as_frequent_as_at_a_real_desk_and_take_longer(year: list[DemoTicket]) -> None:
    done = finished(year)
    hours: dict[bool, list[timedelta]] = {True: [], False: []}
    for ticket in done:
        assert ticket.resolved_at is not None
        hours[bool(ticket.escalated)].append(ticket.resolved_at - ticket.created_at)
    middle = {known: sorted(spans)[len(spans) // 2] for known, spans in hours.items()}
    assert 0.15 <= len(hours[True]) / len(done) <= 0.20
    assert middle[True] > 2 * middle[False]
    assert {step.kind for ticket in done for step in ticket.escalations} == {
        "functional",
        "hierarchic",
        "customer-requested",
    }


def test_no_text_is_repeated_more_than_three_times(year: list[DemoTicket]) -> None:
    assert Counter(ticket.body for ticket in year).most_common(1)[0][1] <= 3


def test_most_links_are_right_and_some_are_not(year: list[DemoTicket]) -> None:
    answer = {issue.key: issue.article for issue in issues()}
    linkable = [ticket for ticket in finished(year) if answer[ticket.issue] and not ticket.escalated]
    right = sum(ticket.linked == (answer[ticket.issue],) for ticket in linkable) / len(linkable)
    assert 0.92 <= right <= 0.99


def test_content_gaps_recur(year: list[DemoTicket]) -> None:
    gaps = {issue.key for issue in issues() if issue.article is None}
    asked = Counter(ticket.issue for ticket in year if ticket.issue in gaps)
    assert sum(times >= 5 for times in asked.values()) >= 15


def test_some_escalations_end_with_steps_worth_an_article(year: list[DemoTicket]) -> None:
    gaps = {issue.key for issue in issues() if issue.article is None}
    worth = [
        ticket
        for ticket in finished(year)
        if ticket.escalated and ticket.issue in gaps and any("\n3. " in said.body for said in ticket.messages)
    ]
    assert len(worth) >= 30


def test_some_articles_came_of_escalations(year: list[DemoTicket]) -> None:
    came = desk.written_from(year)
    assert set(came) == set(desk.WRITTEN_FROM)
    assert all(ticket.escalations and ticket.resolved_at and slug in ticket.linked for slug, ticket in came.items())
    audiences = {article.slug: article.audience for article in desk.articles()}
    assert {audiences[slug] for slug in came} == {"public"}


def test_the_open_queue_shows_both_kinds(year: list[DemoTicket]) -> None:
    by_key = {issue.key: issue for issue in issues()}
    queue = [(ticket, by_key[ticket.issue]) for ticket in year if ticket.status == "open"]
    signed = {
        ticket.reference
        for ticket, issue in queue
        if issue.pathway.chance >= 0.3 and log_odds(issue, _signs(ticket.body)) > 1
    }
    answered = [ticket for ticket, issue in queue if issue.article and issue.pathway.chance <= 0.1]
    assert len(signed) >= 5
    assert len(answered) >= 10


def _signs(body: str) -> list[str]:
    """Signs whose sentences stand in `body`, recognised by the part before a slot."""
    found = []
    for name, sign in signals().items():
        starts = [sentence.split("{")[0][:28] for sentence in sign.sentences]
        if any(start.lower() in body.lower() for start in starts if len(start) > 8):
            found.append(name)
    return found


def test_the_release_raises_its_issue(year: list[DemoTicket]) -> None:
    out = NOW - timedelta(days=165)
    times = [ticket.created_at for ticket in year if ticket.issue == "kitchen-tickets-52"]
    assert all(at >= out for at in times)
    first = sum(at < out + timedelta(days=21) for at in times)
    assert first >= len(times) / 3
    assert first >= 10


def test_personal_data_is_there_and_belongs_to_nobody(prose: str) -> None:
    domains = {domain.lower() for domain in MAIL.findall(prose)}
    assert domains == {"example.com", "example.org"}
    numbers = [match.raw_string for match in phonenumbers.PhoneNumberMatcher(prose, None)]
    assert len(numbers) > 100
    assert all(number.startswith("+44 20 7946 0") for number in numbers)
    addresses = NET.findall(prose)
    assert addresses
    assert all(address.startswith("192.0.2.") for address in addresses)
    assert luhn.is_valid("4111111111111111")
    assert iban.is_valid("GB33BUKB20201555555555")
    assert "4111 1111 1111 1111" in prose
    assert "GB33BUKB20201555555555" in prose


def test_every_slot_is_filled_and_nothing_is_filler_text(prose: str) -> None:
    assert "lorem" not in prose.lower()
    assert not re.search(r"\{\w+\}", prose)


def test_dates_of_articles_follow_now() -> None:
    updated = [article.updated for article in desk.articles(NOW)]
    assert all(at is not None and at <= NOW for at in updated)
    earlier = NOW - timedelta(days=400)
    assert all(at is not None and at <= earlier for at in (article.updated for article in desk.articles(earlier)))


def test_questions_to_try() -> None:
    questions = desk.sample_questions()
    assert len(set(questions)) == len(questions) >= 8


def test_a_clock_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        desk.tickets(datetime(2026, 11, 24))  # noqa: DTZ001 - this is what must be refused


def test_too_few_tickets_are_refused() -> None:
    with pytest.raises(ValueError, match="at least"):
        desk.tickets(NOW, count=20)
