"""Labelled tickets into a model.

Invariant: what cannot be trained is said in words and stops nothing else; every calibration and figure comes from
tickets that the judging model, its words and its attribute values had not seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from classifier.calibration import Labels
from classifier.contract import Example, NothingToTrainError, Progress, TicketFeatures
from classifier.evaluation import Figure
from classifier.pipeline import Model, Where, Whether
from classifier.rates import When
from classifier.reading import Known, fit_reader
from classifier.splits import Fold, folds_by_text, folds_by_time, text_groups
from classifier.tasks import Scores, Task, WhereTask, WhetherTask, tasks_of, when_of

TOO_ALIKE: Final = "the tickets are copies of too few different texts to check a model on unseen ones"


@dataclass(slots=True)
class Trained:
    """What a training run found; `figures` are of unseen tickets, by question ("escalation", "team", "level")."""

    model: Model
    by_time: bool = False
    trained: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    figures: dict[str, dict[str, Figure]] = field(default_factory=dict)
    candidates: dict[str, dict[str, float]] = field(default_factory=dict)


def train(examples: Sequence[Example], progress: Progress | None = None, known: Known | None = None) -> Trained:
    """Fit whatever there are labels for; say of the rest why not. `known` is of those examples, where it is at hand.

    Raises:
        NothingToTrainError: there are labels for none.
    """
    tell = progress or _silent
    rows = [n for n, example in enumerate(examples) if _says_something(example)]
    usable = [examples[n] for n in rows]
    if not usable:
        raise NothingToTrainError("There are no labelled tickets. Import history with escalated, team or level first.")
    tickets = [example.ticket for example in usable]
    tasks = tasks_of(usable)
    skipped = {task.name: problem for task in tasks if (problem := task.problem())}
    tasks = _left(tasks, skipped)
    plan, by_time = _plan(tickets, tasks)
    judged = _judged_by(plan, len(tickets))
    skipped |= {task.name: TOO_ALIKE for task in tasks if not task.enough(judged)}
    tasks = _left(tasks, skipped)
    scores = {task.name: Scores.empty(len(tickets)) for task in tasks}
    when = when_of(usable, text_groups(tickets))
    steps = len(plan) + len(tasks) + 1
    tell("training", 0, steps)
    held = Known.of(tickets) if known is None else known[np.array(rows)]
    for number, fold in enumerate(plan if tasks else ()):
        tell("training", number, steps)
        _judge(tickets, held, fold, number, tasks, when, scores)
    skipped |= {task.name: TOO_ALIKE for task in tasks if not task.enough(scores[task.name].fold)}
    tasks = _left(tasks, skipped)
    if not tasks:
        raise NothingToTrainError(". ".join(f"{name}: {reason}" for name, reason in skipped.items()) + ".")
    tell("training", len(plan), steps)
    found = _finished(tickets, held, tasks, when, scores, lambda done: tell("training", len(plan) + 1 + done, steps))
    found.skipped, found.by_time = skipped, by_time
    tell("training", steps, steps)
    return found


def _says_something(example: Example) -> bool:
    outcome = example.outcome
    return outcome.escalated is not None or bool(outcome.team) or bool(outcome.level)


def _silent(_step: str, _done: int, _total: int) -> None:
    """Tells nobody."""


def _left(tasks: Sequence[Task], skipped: dict[str, str]) -> tuple[Task, ...]:
    return tuple(task for task in tasks if task.name not in skipped)


def _plan(tickets: Sequence[TicketFeatures], tasks: Sequence[Task]) -> tuple[tuple[Fold, ...], bool]:
    """By time (and true) where that leaves every question enough to be judged on, else by text."""
    plan = folds_by_time(tickets)
    judged = _judged_by(plan, len(tickets))
    if plan and all(task.enough(judged) for task in tasks):
        return plan, True
    return folds_by_text(tickets), False


def _judged_by(plan: Sequence[Fold], tickets: int) -> Labels:
    found = np.full(tickets, -1, dtype=np.int64)
    for number, fold in enumerate(plan):
        found[fold.judge] = number
    return found


def _judge(
    tickets: Sequence[TicketFeatures],
    known: Known,
    fold: Fold,
    number: int,
    tasks: Sequence[Task],
    when: When,
    scores: dict[str, Scores],
) -> None:
    """Let models of `fold.learn` score `fold.judge`, for each question."""
    reader, learn = fit_reader([tickets[n] for n in fold.learn.tolist()], known[fold.learn])
    judge = reader.read([tickets[n] for n in fold.judge.tolist()], known[fold.judge])
    for task in tasks:
        said = task.score(learn, fold.learn, when[fold.learn], judge, reader.vectorizer.names_)
        if said is not None:
            scores[task.name].put(fold.judge, number, said)


def _finished(
    tickets: Sequence[TicketFeatures],
    known: Known,
    tasks: Sequence[Task],
    when: When,
    scores: dict[str, Scores],
    tell: Callable[[int], None],
) -> Trained:
    """The parts that serve, learned from all tickets."""
    reader, read = fit_reader(tickets, known)
    names = reader.vectorizer.names_
    team = next((task for task in tasks if isinstance(task, WhereTask) and task.name == "team"), None)
    whether: Whether | None = None
    where: dict[str, Where] = {}
    figures, candidates = {}, {}
    for done, task in enumerate(tasks):
        tell(done)
        if isinstance(task, WhetherTask):
            implied = team.implied(scores["team"], task.labels) if team else None
            whether, figures[task.name], candidates[task.name] = task.finish(
                read, when, scores[task.name], names, implied
            )
        else:
            where[task.name], figures[task.name], candidates[task.name] = task.finish(
                read, when, scores[task.name], names
            )
    model = Model(reader, whether, where.get("team"), where.get("level"))
    return Trained(model, trained=[task.name for task in tasks], figures=figures, candidates=candidates)
