"""Who is called by name in a thread. Invariant: pure; a word counts as a name only where people put names.

Accounts tell the names of a desk's own people. Who else is meant by "Hi Nora," or signs with "Paul" is told by the place
where it stands. In some places nothing but a name can stand; in others it must be a known given name as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from kb.drafting.lexicon import NAMESAKES, is_given_name, is_ordinary, is_surname

UPPER: Final = "[A-Z\u00c0-\u00d6\u00d8-\u00de]"
NAME: Final = rf"({UPPER}(?:['\u2019]{UPPER})?[a-z\u00df-\u00ff][\w-]{{1,20}}(?:['\u2019](?!s\b)[a-z]\w+)?)"
FULL: Final = rf"{NAME}(?: +(?:{UPPER}\.? +)?{NAME})?(?: +{NAME})?(?: {UPPER}\b)?"
GREETS: Final = (
    r"(?i:hi|hello|hey|hiya|dear|greetings|welcome|good (?:morning|afternoon|evening|day)|thanks?(?: again| you)?(?: (?:very|so) much)?"
    r"|thx|cheers|sorry|bonjour|salut|merci|hallo|danke|hola|gracias|ciao|grazie|ol[aá]|obrigado|bedankt)"
)
CALLED = re.compile(
    rf"(?:^|[.!?,]\s+|\n){GREETS}(?: there)?,?[ ]+@?{NAME}(?: {NAME})?(?=\s*(?:[,.!:;-]|$|\n))", re.MULTILINE
)
GREETED = re.compile(rf"^(?i:hi|hello|hey|dear) {NAME}(?: [A-Z]\w+)? (?=I\b|[Tt]h|[Ww]e\b|[Yy]ou)", re.MULTILINE)
AT = re.compile(rf"(?<!\w)@{NAME}\b")
QUOTED = re.compile(rf"\b{NAME}(?: {NAME})? (?:wrote|said|says|replied|asked|suggested|mentioned|pointed out)\b")
CALLS_ITSELF = re.compile(
    rf"\b(?i:my name(?: is|'s|\u2019s)|(?:signed|yours),?[ }}\])]+) ?{FULL}|\b(?i:in the name of) {FULL}"
)
KIN = re.compile(
    r"\b(?i:my|our|his|her) (?:(?i:late|elderly|dear) )?(?:wife|husband|partner|son|daughter|father|mother|dad|mum|mom|brother|sister"
    rf"|uncle|aunt|friend|neighbou?r|boss|colleague|assistant|client|secretary|co-?worker),? {FULL}"
)
TITLED = re.compile(rf"\b(?:Mrs?|Ms|Dr|Prof|Herr|Frau|Sr|Sra|Mme)\b\.? {FULL}")
CLOSES: Final = (
    r"(?i:(?:(?:kind(?:est)?|best|warm(?:est)?|many|with) ){0,3}(?:regards|wishes|thanks?(?: you)?|cheers|sincerely|greetings)"
    r"|thx|tn?x|tia|ty|merci|danke|gracias|grazie|cordialement|salutations|gr(?:\u00fc|ue)(?:\u00df|ss)e?|mfg|pozdrawiam|saludos|obrigado)"
)
SIGNED = re.compile(
    rf"(?:\b{CLOSES}|(?:^|[.!?]\s+)(?:All the best|Best|Yours|Love))"
    r"(?i:(?: (?:again|in advance|d['\u2019]avance|pour (?:votre|ton) \w+|beaucoup|im voraus|f\u00fcr \w+ hilfe|de antemano|(?:very|so) much|a lot|you|and|&|[a-z]*regards|all|truly)){0,4})"
    rf"[\s,.!~*\u2013-]{{1,12}}{FULL}[.!]{{0,5}}\s{{0,3}}(?:[(,\[<].{{0,40}})?$",
    re.MULTILINE,
)
LAST = re.compile(rf"(?:\n\s*[-~\u2013]*|[.!?)]\s*[-~\u2013]+)\s*{NAME}\.?\s*\Z")
ENDS = re.compile(
    rf"(?:\A|\n|[.!?\u2026)\]:][\"']?\s+|[,-]\s*|\b(?i:thanks|thank you)\b[^.!?\n]{{0,60}}[,!]\s*){FULL}[.!]*"
    r"(?: ?[(,\[].{0,60}| (?:in|from) [A-Z].{0,25})?\s*(?:[(<\[]*[^\s@]{1,64}@\S{3,80})?[)>\]]*\s*\Z"
)
SENDER = re.compile(rf"{FULL} ?[(<\[]+ ?(?:[^\s@]{{1,64}}@\S{{3,80}}|(?i:my|your|the)? ?(?i:e-?mail|address)\b)")
SPOKEN_TO = re.compile(
    rf"(?:^|[.!?)]\s+)(?:(?i:yes|no|ok(?:ay)?|well|great|sorry|so|thanks|to|@),? )?{FULL}(?:[,:]|\.:) "
    rf"|, {NAME}, (?=(?:I|you|we|when|if|is|can|do)\b)",
    re.MULTILINE,
)
MEANT = re.compile(
    r"\b(?i:(?:agree|spoke|chat\w*|talk\w*|help|assistance|advice|answer|response|reply|replied|suggest\w*|told|thanks|accord\w*|working|works?"
    rf"|associate|wrote|contacted|email from|message from|post|as)(?: (?:from|to|by|with|of|in reply to))?) {FULL}"
    rf"|\b{FULL}['\u2019]s? (?i:answer|reply|post|advice|suggestion|solution|comment|instructions|response|fix|e?mail|question|tip)s?\b"
)
DOES = re.compile(
    rf"\b{NAME} (?i:just|has|had|told|e?mailed|called|helped|answered|explained|gave|recommended|pointed|thinks|thought)\b"
)
SMALL = re.compile(r"(?<![\w@./\\-])[a-z][\w'-]+(?![\w'-]*[@.]\w)")
"""Not a part of an address or of an account's name."""
PAIR = re.compile(rf"\b{NAME} (?:{UPPER}\.? )?{NAME}\b")
NO_NAME = re.compile(
    r"(?:all|again|any\w*|every\w*|some\w*|folks|friends?|guys|people|experts?|users?|mates?|sir|madam|team|support|community|helpers?|members?"
    r"|how|what|when|where|which|why|who|will|would|can|could|should|may|might|must|have|has|does|did|are|was|were|the|this|that|these|those"
    r"|there|here|then|and|but|for|from|with|you|your|yours|they|she|his|her|its|not|now|just|very|much|please|yes|well|also|since|after"
    r"|before|using|thanks?|hello|help|update|edit|note|solved|fixed|done|mozilla\w*|thunderbird|firefox|google|gmail|microsoft|outlook"
    r"|windows|apple|android|linux|yahoo|ubuntu|internet|monday|tuesday|wednesday|thursday|friday|saturday|sunday|version|question|problem"
    r"|january|february|march|april|june|july|august|september|october|november|december|regards|cheers|best|kind|merci|viele|liebe|sorry"
    r"|thx|rgds|tks|cordialement|apologies|moderators?|chatgpt|copilot|troubleshooting)",
    re.IGNORECASE,
)  # fmt: skip
SURE: Final = (CALLED, GREETED, AT, QUOTED, CALLS_ITSELF, KIN, TITLED, SIGNED, LAST)
"""Nothing but a name can stand there."""
SPOKEN: Final = (CALLED, GREETED, AT, QUOTED)
"""The sentence may go on behind it."""
AT_END: Final = (LAST, ENDS)
END: Final = 300
"""Characters of a message in which its signature stands."""
LIKELY: Final = (ENDS, SENDER, SPOKEN_TO, MEANT, DOES, PAIR)


def names_in(texts: Sequence[str], ordinary: Sequence[str] = ()) -> frozenset[str]:
    """Names of people whom these messages of one thread greet, thank, quote or are signed by.

    `ordinary` are further texts whose words are no names, such as the product's. A word that is also written small
    somewhere in the thread is a name only if it is hardly ever anything else.
    """
    small = {word for text in texts for word in SMALL.findall(text)}
    known = {word.casefold() for text in ordinary for word in re.findall(r"\w+", text)}
    return frozenset(
        name
        for text in texts
        for name in _named(text, small)
        if name.casefold() not in known and (name.casefold() not in small or is_given_name(name.casefold()))
    )


def _named(text: str, small: set[str]) -> Iterator[str]:
    stripped = text.rstrip()
    end = stripped if len(stripped) <= END else f"x{stripped[-END:]}"
    for pattern in (*SURE, *LIKELY):
        for match in pattern.finditer(end if pattern in AT_END else text):
            said = [name for name in match.groups() if name]
            words = [word for word in said if not NO_NAME.fullmatch(word)]
            folded = [word.casefold() for word in words]
            if pattern in SURE:
                yield from (
                    word for place, word in enumerate(words) if _called(folded, place, spoken_to=pattern in SPOKEN)
                )
            elif words == said and _person(folded, small, signs=pattern is ENDS, pair=pattern is PAIR):
                yield from words


def _called(words: Sequence[str], place: int, *, spoken_to: bool) -> bool:
    """Anything but an ordinary word, which is a name only behind a given name that it is not merely next to."""
    word = words[place]
    if not is_ordinary(word) or word in NAMESAKES:
        return True
    return place > 0 and not spoken_to and is_given_name(words[0])


def _person(words: Sequence[str], small: set[str], *, signs: bool, pair: bool) -> bool:
    """A given name, and behind it nothing that is written small; at the end of a message also two words of no dictionary."""
    if any(word in small for word in words[1:]):
        return False
    if is_given_name(words[0]):
        return not pair or is_surname(words[1])
    unheard = not any(word in small or is_ordinary(word) for word in words)
    named = words[0] in NAMESAKES and len(words) > 1 and is_surname(words[1])
    return signs and ((len(words) > 1 and unheard) or named)
