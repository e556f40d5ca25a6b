"""A year of tickets. Invariant: the same `now`, `seed` and `count` give the same tickets, to the letter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from web.demo.conversation import Thread, timed, turns, until
from web.demo.escalating import Route, draw_signs, is_escalated, route
from web.demo.library import articles
from web.demo.material_reader import Issue, issues, signals
from web.demo.records import DemoPerson, DemoTicket, Status
from web.demo.rhythm import YEAR, arrivals, season_factor
from web.demo.roster import FRONTLINE, customers, level_of
from web.demo.wording import Wording, compose, fill

OPEN = 25
"""The newest tickets, which nobody has answered yet."""
WAITING = 18
"""Those before them, answered but not over."""
MISLINKED = 0.04
CHANNELS = ("web", "email", "chat", "phone")
CHANNEL_SHARES = (45, 30, 16, 9)
LOCALES = ("en-GB", "en-IE", "en-US")
PRIORITIES = {0: "low", 1: "low", 2: "normal", 3: "high", 4: "urgent"}
GRADES = ("low", "medium", "high")


@dataclass(frozen=True, slots=True)
class _Case:
    """What is settled before anybody answers."""

    created: datetime
    issue: Issue
    signs: tuple[str, ...]
    customer: DemoPerson
    channel: str
    wording: Wording
    impact: str
    urgency: str


def tickets(now: datetime, seed: int = 7, count: int = 1600) -> list[DemoTicket]:
    """A year of tickets that ends at `now` (aware), oldest first.

    Raises:
        ValueError: `now` has no time zone, or `count` is too small to hold the open queue.
    """
    if now.tzinfo is None:
        raise ValueError("now must be aware")
    if count < 4 * (OPEN + WAITING):
        raise ValueError(f"count must be at least {4 * (OPEN + WAITING)}")
    rng = Random(seed)  # noqa: S311 - a demo has to be the same every time
    moments = arrivals(rng, now, count, OPEN + WAITING)
    first_open = count - OPEN
    kinds = [_showcase(rng, at - first_open) if at >= first_open else None for at in range(count)]
    cases = [_case(rng, at, now, kind) for at, kind in zip(moments, kinds, strict=True)]
    return [_ticket(rng, number, case, now, _status(number, count)) for number, case in enumerate(cases, start=1)]


def _status(number: int, count: int) -> Status:
    if number > count - OPEN:
        return "open"
    return "waiting" if number > count - OPEN - WAITING else "resolved"


def _showcase(rng: Random, place: int) -> tuple[Issue, tuple[str, ...]]:
    """What the queue on the first screen holds: every third ticket should escalate, the others have an answer."""
    if place % 3 == 1:
        heavy = sorted(issues(), key=lambda each: -each.pathway.chance)[:24]
        issue = rng.choice([each for each in heavy if _rising(each)])
        return issue, tuple(rng.sample(_rising(issue), k=min(2, len(_rising(issue)))))
    light = [each for each in issues() if each.article and each.pathway.chance <= 0.1]
    return rng.choice(light), ()


def _rising(issue: Issue) -> list[str]:
    return [name for name in issue.pathway.signals if signals()[name].weight > 0]


def _case(rng: Random, at: datetime, now: datetime, fixed: tuple[Issue, tuple[str, ...]] | None) -> _Case:
    start = now - YEAR
    pool = issues()
    issue = rng.choices(pool, [each.weight * season_factor(each.season, at, start) for each in pool])[0]
    signs = draw_signs(rng, issue)
    if fixed:
        issue, signs = fixed
    customer = rng.choice(customers())
    channel = rng.choices(CHANNELS, CHANNEL_SHARES)[0]
    wording = compose(rng, issue, signs, customer, channel)
    impact, urgency = _graded(rng, issue.impact, signs, 0.8), _graded(rng, issue.urgency, signs, 1.2)
    return _Case(at, issue, signs, customer, channel, wording, impact, urgency)


def _graded(rng: Random, usual: str, signs: Sequence[str], step: float) -> str:
    """Customers tick the box themselves: mostly what the issue deserves, higher when they are in trouble."""
    rise = sum(signals()[sign].weight for sign in signs) / 3 * step + rng.gauss(0, 0.5)
    return GRADES[max(0, min(2, GRADES.index(usual) + round(rise)))]


def _ticket(rng: Random, number: int, case: _Case, now: datetime, status: Status) -> DemoTicket:
    issue = case.issue
    way = route(rng, issue, case.signs) if is_escalated(rng, issue, case.signs) else None
    thread = _thread(rng, case, way, now, status)
    done = status == "resolved"
    team = thread.escalations[-1].to_team if thread.escalations else FRONTLINE if status == "open" else issue.team
    return DemoTicket(
        reference=f"DEMO-{number:05d}",
        subject=case.wording.subject,
        body=case.wording.body,
        created_at=case.created,
        requester=case.customer.email,
        product=issue.product,
        topic=issue.topic,
        channel=case.channel,
        priority=PRIORITIES[GRADES.index(case.impact) + GRADES.index(case.urgency)],
        impact=case.impact,
        urgency=case.urgency,
        locale=rng.choices(LOCALES, (88, 9, 3))[0],
        status=status,
        team=team,
        level=level_of(team),
        escalated=bool(thread.escalations) if done or thread.escalations else None,
        escalations=thread.escalations,
        messages=thread.messages,
        linked=_linked(rng, issue, escalated=way is not None) if done else (),
        resolved_at=thread.ended if done else None,
        resolution=_resolution(case, team, escalated=way is not None) if done else "",
        issue=issue.key,
    )


def _thread(rng: Random, case: _Case, way: Route | None, now: datetime, status: Status) -> Thread:
    if status == "open":
        return Thread((), (), case.created)
    said = turns(rng, case.issue, case.wording.slots, case.customer, way)
    end = now if status == "waiting" else now - timedelta(hours=2)
    if status == "waiting":
        # The last word is still missing: that is what waiting means.
        said = said[: max(1, len(said) - 1)] if way is None else said[: 2 + rng.randrange(1 + len(way.teams))]
    whole = timed(said, way, case.issue.pathway.reason, case.created, end, case.issue.team)
    return until(whole, now) if status == "waiting" else whole


def _linked(rng: Random, issue: Issue, *, escalated: bool) -> tuple[str, ...]:
    """The article that solved it; now and then none, or the wrong one, as at any desk."""
    if rng.random() < MISLINKED:
        return (issue.also or rng.choice(articles()).slug,) if rng.random() < 0.5 else ()
    if issue.article is None or (escalated and rng.random() < 0.3):
        return ()
    return (issue.article,)


def _resolution(case: _Case, team: str, *, escalated: bool) -> str:
    """What the agent who closed it wrote down."""
    issue = case.issue
    if not (escalated and issue.expert):
        return issue.resolution
    cause = f"Cause: {issue.cause}\n" if issue.cause else ""
    return f"{cause}Solved by {team}:\n{fill(issue.expert, case.wording.slots)}"
