"""What history teaches of a ticket. Invariant: "we acted, so it did not escalate" is its own label, never a no."""

from __future__ import annotations

from typing import Final, Literal

Label = Literal["escalated", "kept", "averted", "unknown"]
ACTED: Final = ("acknowledged", "team changed")
"""Verdicts upon which somebody does something."""
SHOWN_AS: Final = ("escalate", "unsure")


def label_of(escalated: bool | None, verdict: tuple[str | None, str] | None) -> Label:
    """The label of a solved ticket. `verdict` is the last one on it: (the decision it was given for, what was said).

    A ticket that was on the list, that somebody took care of and that did not escalate may have escalated without them:
    it is ``averted``. One that was on the list and was disagreed with, or that nobody touched, is ``kept``.
    """
    if escalated is None:
        return "unknown"
    if escalated:
        return "escalated"
    if verdict is not None and verdict[0] in SHOWN_AS and verdict[1] in ACTED:
        return "averted"
    return "kept"


def taught(label: Label) -> bool | None:
    """What a model learns from it: nothing where somebody acted."""
    return {"escalated": True, "kept": False, "averted": None, "unknown": None}[label]
