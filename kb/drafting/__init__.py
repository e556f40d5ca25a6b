"""From a resolved ticket to the draft of an article. Invariant: pure, extractive, and redacted text only."""

from kb.drafting.composing import MISSING, PICTURED, Draft, Part, compose
from kb.drafting.lines import Line
from kb.drafting.naming import names_in
from kb.drafting.solving import solution_of
from kb.drafting.thread import Solution, Thread, Turn

__all__ = [
    "MISSING",
    "PICTURED",
    "Draft",
    "Line",
    "Part",
    "Solution",
    "Thread",
    "Turn",
    "compose",
    "names_in",
    "solution_of",
]
