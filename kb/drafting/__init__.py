"""From a resolved ticket to the draft of an article. Invariant: pure, extractive, and redacted text only."""

from kb.drafting.composing import MISSING, Draft, Line, Part, compose
from kb.drafting.naming import names_in
from kb.drafting.solving import solution_of
from kb.drafting.thread import Solution, Thread, Turn

__all__ = ["MISSING", "Draft", "Line", "Part", "Solution", "Thread", "Turn", "compose", "names_in", "solution_of"]
