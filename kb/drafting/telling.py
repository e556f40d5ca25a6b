"""Which sentence says what to do. Invariant: pure; judged by the sentence alone, so it can stand as the summary of an article.

A sentence tells somebody to act ("Open the cover", "you should open it"), or tells what somebody did that helped. One that only
leads to the next ("Try this:", "Solved!", "Yes") says nothing by itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from kb.drafting.lines import Line
from kb.drafting.wording import DONE, SHOWN, is_question

LONGEST: Final = 300
SHORTEST: Final = 30
"""Characters of a part that is left of a sentence too long."""
FEWEST_WORDS: Final = 4
FEWEST_OF_A_STEP: Final = 2
VERB: Final = (
    r"(?:open|click|double-?click|right-?click|left-?click|press|hold|select|choose|pick|go|enter|type|restart|reboot|remove|delete|install|re-?install"
    r"|uninstall|update|upgrade|downgrade|disable|enable|uncheck|check|tick|untick|switch|change|set|add|create|copy|paste|rename|move|drag"
    r"|try|use|exit|close|quit|sign|log|make|ensure|navigate|reset|clear|turn|download|start|run|repair|rebuild|compact|export|import|edit"
    r"|replace|save|backup|back|look|find|locate|scroll|expand|hover|put|keep|leave|avoid|wait|contact|ask|visit|follow|do|don't|don\u2019t|verify"
    r"|review|configure|adjust|increase|decrease|reduce|toggle|drop|insert|unplug|plug|connect|disconnect|test|view|see|let|allow|block"
    r"|subscribe|unsubscribe|highlight|mark|note|search|show|hide|launch|activate|customi[sz]e|re-?add|re-?enter|revert|roll|stop|cancel|generate"
    r"|place|give|get|apply|perform|load|unload|attach|detach|extract|unzip|clean|write|read|send|confirm|accept|authori[sz]e|modify|convert)"
)
LEAD: Final = (
    r"(?:(?:please|kindly|then|now|next|first|firstly|second|secondly|third|finally|just|simply|also|instead|so|and|or|but|ok(?:ay)?|yes|no|perhaps|maybe"
    r"|otherwise|alternatively|again|lastly|well|hi|hello|step \d+)[,:.\s-]+){0,3}"
    r"(?:(?:in|on|at|from|to|for|if|when|once|after|before|with|under|while|as|via|within|inside|by|unless|since|because)\b[^.!?\n]{2,160}?,\s+(?:then |please |just |you )?)?"
)
IMPERATIVE = re.compile(rf"^[\"'(\u201c]*{LEAD}{VERB}\b(?! (?:this|it|that|these|following)?\s*:\s*$)", re.IGNORECASE)
WITHOUT_COMMA = re.compile(
    r"^(?:in|on|at|from|to|if|when|once|under|after)\b[^.!?]{2,120}?[,)\s](?:click|select|choose|press|right-?click|untick|tick|uncheck)\b",
    re.IGNORECASE,
)
ADVICE = re.compile(
    r"\byou(?: (?:can|could|should|must|may|might|will|would|just|only|also|then|probably|simply|still|first)){0,3}"
    r" (?:need to|have to|want to|like to|(?<=can )|(?<=could )|(?<=should )|(?<=must )|(?<=may )|(?<=might ))?\s*(?!(?:see|find|get|note|wait|look|hope|follow)\b)"
    + VERB
    + r"\b"
    r"|\b(?:i (?:would |'d |\u2019d )?(?:suggest|recommend|advise)|my (?:suggestion|recommendation|advice) is|the (?:solution|fix|workaround|answer|trick) is"
    r"|(?:it is|it's|is) (?:best|better|recommended) to|needs? to be|should be|must be|has to be|have to be|can be \w+ed\b)",
    re.IGNORECASE,
)
PATH = re.compile(r"\S ?(?:>|\u2192|->|\u2013>|=>) ?\S")
"""A way through the menus."""
REFERENCE = re.compile(
    r"^(?:see|check|look at|read|note|let|give|get|wait|find|show)\b|\b(?:let (?:me|us) know|come back|post back|report back|hope)\b",
    re.IGNORECASE,
)
ADDRESS = re.compile(r"^\W*https?://\S+\W*$")
HEDGED = re.compile(r"i (?:supposed?|guess|assume|wonder)\b|(?:the following|this) link\b", re.IGNORECASE)
ASIDE = re.compile(r"(?:but|fyi|btw|ps|that was|then|when)\b", re.IGNORECASE)
ABOUT_ONESELF = re.compile(
    r"(?:i|i'm|we|my|ah|oh|sorry|hmm|ps|well|saw|thought|but|fyi|btw|that was|yes|no|unfortunately)\b", re.IGNORECASE
)


def tells(text: str) -> bool:
    """Whether it tells somebody to do something."""
    if is_question(text):
        return False
    return bool(IMPERATIVE.match(text) or ADVICE.search(text) or PATH.search(text) or WITHOUT_COMMA.match(text))


def summary_of(lines: Sequence[Line]) -> str:
    """The first line that tells what to do, else what somebody did, else the first that says anything."""
    ranked = sorted(lines, key=_rank)
    return _shortened(ranked[0].text) if ranked else ""


def _rank(line: Line) -> int:
    """The sort keeps the order in which the lines stand."""
    words = len(line.text.split())
    if ADDRESS.match(line.text) or is_question(line.text):
        return 6
    whole = words >= (FEWEST_OF_A_STEP if line.step else FEWEST_WORDS) and not SHOWN.search(line.text)
    if line.text.endswith(":"):
        return 3 if tells(line.text) and whole else 6
    if tells(line.text) and whole and not HEDGED.match(line.text):
        return 1 if REFERENCE.search(line.text) else 0
    if DONE.search(line.text) and whole:
        return 2 if not ASIDE.match(line.text) else 4
    if line.step or tells(line.text):
        return 3
    return 4 if whole and not ABOUT_ONESELF.match(line.text) else 5


def _shortened(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    cut = text[: LONGEST - 2]
    end = max(cut.rfind(". "), cut.rfind("; "), cut.rfind(" - "))
    return cut[: end + 1].rstrip(" -;") if end > SHORTEST else cut.rsplit(" ", 1)[0] + " \u2026"
