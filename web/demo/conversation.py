"""Who said what, and when. Invariant: times rise from the ticket's creation and none lies after the end given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Literal

from web.demo.escalating import Route
from web.demo.material_reader import Issue, phrases
from web.demo.records import DemoEscalation, DemoMessage, DemoPerson
from web.demo.rhythm import staffed
from web.demo.roster import level_of, staff
from web.demo.wording import MACHINES, fill


@dataclass(frozen=True, slots=True)
class Turn:
    """A message before it has its time; `hours` is the pause before it, `handing_to` the team it hands up to."""

    author: DemoPerson
    kind: Literal["customer", "agent"]
    body: str
    hours: float
    internal: bool = False
    handing_to: str | None = None


@dataclass(frozen=True, slots=True)
class Thread:
    """A conversation with its times."""

    messages: tuple[DemoMessage, ...]
    escalations: tuple[DemoEscalation, ...]
    ended: datetime


def turns(rng: Random, issue: Issue, slots: Mapping[str, str], customer: DemoPerson, way: Route | None) -> list[Turn]:
    """The whole conversation of a ticket, in order."""
    words = phrases()
    agent = rng.choice(staff(issue.team))
    name = agent.name.split()[0]
    first = f"{rng.choice(words['agent_start'])} {rng.choice(issue.replies)}\n\n{name}"
    said = [Turn(agent, "agent", first, rng.lognormvariate(0.2, 0.8))]
    if way is None:
        said += _answered(rng, issue, customer, agent)
    else:
        said += _handed_up(rng, issue, customer, agent, way)
    if rng.random() < 0.6:
        said.append(Turn(customer, "customer", rng.choice(words["thanks"]), rng.lognormvariate(0.6, 0.8)))
    filled = {**slots, "agent": name}
    return [
        Turn(turn.author, turn.kind, fill(turn.body, filled), turn.hours, turn.internal, turn.handing_to)
        for turn in said
    ]


def _answered(rng: Random, issue: Issue, customer: DemoPerson, agent: DemoPerson) -> list[Turn]:
    """The customer may ask one thing more, and gets an answer."""
    if not issue.followups or rng.random() < 0.5:
        return []
    question, answer = rng.choice(issue.followups)
    name = agent.name.split()[0]
    return [
        Turn(customer, "customer", question, rng.lognormvariate(0.5, 0.9)),
        Turn(agent, "agent", f"{answer}\n\n{name}", rng.lognormvariate(0.1, 0.7)),
    ]


def _handed_up(rng: Random, issue: Issue, customer: DemoPerson, agent: DemoPerson, way: Route) -> list[Turn]:
    """The first answer was not enough: a note for each team on the way, then the last team's solution."""
    words = phrases()
    machine = way.kind == "functional" and issue.topic in MACHINES
    unmoved = words["not_helped" if machine else "not_enough"]
    said = [Turn(customer, "customer", rng.choice(unmoved), rng.lognormvariate(0.6, 0.7))]
    holder = agent
    for team in way.teams:
        note = f"{rng.choice(words['handoff'])} {issue.pathway.reason}".replace("{team}", team)
        said.append(Turn(holder, "agent", note, rng.lognormvariate(0.8, 0.7), internal=True, handing_to=team))
        holder = rng.choice(staff(team))
    intro = rng.choice(words["expert_start"]).replace("{team}", way.teams[-1])
    solution = issue.expert or rng.choice(issue.replies)
    said.append(Turn(holder, "agent", f"{intro}\n\n{solution}\n\n{holder.name}", rng.lognormvariate(2.4, 0.8)))
    return said


def timed(said: list[Turn], way: Route | None, reason: str, created: datetime, end: datetime, home: str) -> Thread:
    """Gives each turn its time; a conversation that would run past `end` is told faster."""
    hours = sum(turn.hours for turn in said)
    pace = min(1.0, (end - created) / timedelta(hours=hours) * 0.9)
    messages: list[DemoMessage] = []
    escalations: list[DemoEscalation] = []
    at, holder = created, home
    for turn in said:
        at = _after(at, turn, pace, end)
        messages.append(DemoMessage(turn.author.email, turn.kind, turn.internal, turn.body, at))
        if way and turn.handing_to:
            level = level_of(turn.handing_to)
            kind = way.kind if len(escalations) == 0 else "functional"
            escalations.append(DemoEscalation(kind, holder, turn.handing_to, level, at, reason))
            holder = turn.handing_to
    return Thread(tuple(messages), tuple(escalations), at)


def _after(at: datetime, turn: Turn, pace: float, end: datetime) -> datetime:
    """Agents answer in desk hours where there is time for that."""
    later = at + max(timedelta(hours=turn.hours * pace), timedelta(seconds=50))
    if turn.kind == "agent" and pace == 1.0:
        later = staffed(later)
    return min(later, end).replace(microsecond=0)


def until(thread: Thread, moment: datetime) -> Thread:
    """What had been said by `moment`."""
    return Thread(
        tuple(message for message in thread.messages if message.at <= moment),
        tuple(step for step in thread.escalations if step.at <= moment),
        moment,
    )
