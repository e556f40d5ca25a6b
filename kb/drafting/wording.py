"""What a sentence does in a thread. Invariant: pure; judged by its words alone, and every span is an offset into the text."""

from __future__ import annotations

import re

from kb.sentences import sentences

BULLET = re.compile(r"^\s*(?:\(?\d{1,2}[.)]|[a-h][.)]|[-*\u2022\u2013+>]|step \d+[:.)]?)\s+", re.IGNORECASE)
QUOTED = re.compile(r"^\s*>|^\s*(?:on .{5,80} wrote:|.{2,60} said:?$)", re.IGNORECASE)
GREETING = re.compile(
    r"^(?:hi|hello|hey|dear|greetings|good (?:day|morning|afternoon|evening)|welcome)\b(?:\s+[\w\[\].'-]+){0,4}[\s,.!:-]*$",
    re.IGNORECASE,
)
ADDRESS = re.compile(
    r"^(?:(?:hi|hello|hey|dear)\b(?:\s+[\w\[\].'@-]+){0,3}|@[\w-]+|thank(?:s| you)(?:\s+[\w\[\].'@-]+){0,3})\s*[,!:-]+\s+",
    re.IGNORECASE,
)
"""Somebody is spoken to before the matter begins."""
NAMELIKE = re.compile(r"^(?:[A-Z][\w'-]*\.?|\[name\])(?:\s+(?:[A-Z][\w'-]*\.?|\[name\]))?\s*[.!,]*$")
CHATTER = re.compile(
    r"^(?:(?:many |kind |best |warm |with )*(?:thanks?(?! to\b)|thank you|thx|ty|regards|wishes|cheers|sincerely)\b.{0,90}"
    r"|(?:i am |i'm |we are |we're )?(?:so |very |really )?(?:sorry|apologies|glad|happy|pleased|delighted)\b.{0,90}"
    r"|(?:you(?:'re| are) (?:very )?welcome|no problem|my pleasure|good luck|hope (?:this|that|it) helps|hth)\b.{0,60}"
    r"|(?:any (?:update|news|ideas?|help|suggestions?)|please (?:advise|help|let (?:me|us) know)|let (?:me|us) know)\b.{0,90}"
    r"|(?:i |we )(?:will|'ll) (?:get back|come back|keep you|let you know|look into)\b.{0,90}"
    r"|(?:great|perfect|awesome|brilliant|excellent|ok(?:ay)?|yes|no|sure|wow|lol|bingo)[\s,.!]*)$",
    re.IGNORECASE,
)
SIGNATURE = re.compile(
    r"^(?:--+|__+|sent from my .*|(?:kind |best |warm )?regards,?|cheers,?|yours,?)\s*$", re.IGNORECASE
)
CAUSE = re.compile(
    r"^cause:|\b(?:because(?! of you)|caused by|due to|the (?:cause|reason|culprit|problem|issue) (?:is|was)|turned out|turns out"
    r"|root cause|traced (?:it|this|my|the)|was blocking|is blocking|the fault (?:is|was))\b",
    re.IGNORECASE,
)
WORKED = re.compile(
    r"\b(?:(?:that|this|it|which|subscribing|everything|all)(?: has| have|'s)?(?: now| magically| finally| all)?"
    r" (?:worked|works|solved|fixed|resolved|did (?:it|(?:seem to )?do the trick)|helped)"
    r"|(?:got|get|getting|have|has) (?:it|this|that|everything|them) (?:to work|working)|do(?:es|ne)? the trick|did the trick"
    r"|(?:problem|issue|question|mystery)s? (?:is |was |are |has been |now |seems )*(?:solved|fixed|resolved|gone|sorted)"
    r"|(?:solved|fixed|resolved|sorted)(?: it| that| this| the (?:problem|issue)| my (?:problem|issue))"
    r"|(?:back to normal|working (?:now|again|fine|perfectly|great)|works (?:now|again|fine|perfectly|great)|up and running|all good)"
    r"|(?:seems|appears) to (?:have (?:solved|fixed|resolved|worked|done)|work|be (?:working|fixed|solved|resolved)))\b"
    r"|^(?:solved|fixed|resolved|sorted|success)\b",
    re.IGNORECASE,
)
FAILED = re.compile(
    r"\b(?:not|n't|never|no longer|cannot|without|neither|nothing|none|still|unfortunately|only (?:worked|works) (?:for|until)|if (?:that|this|it))\b",
    re.IGNORECASE,
)
OWN = re.compile(
    r"\b(?:i (?:have |had |'ve )?(?:finally |just |also |then )*(?:found|figured|solved|fixed|resolved|managed|discovered|traced"
    r"|changed|removed|deleted|installed|reinstalled|updated|upgraded|created|disabled|enabled|uninstalled|restarted|switched|set|unchecked|checked|cleared|cleaned|replaced|moved|renamed|turned|opened|followed|used|added))\b",
    re.IGNORECASE,
)
INSTRUCTION = re.compile(
    r"\b(?:open|click|press|select|choose|go to|enter|type|restart|remove|delete|install|uninstall|update|upgrade|disable|enable"
    r"|uncheck|check|tick|untick|switch|change|set|add|create|copy|paste|rename|right-?click|try|use|exit|close|sign (?:in|out)"
    r"|log (?:in|out|on|off)|make sure|ensure|you (?:can|could|should|need|must|have to)|navigate|reset|clear|turn (?:on|off)|download)\b",
    re.IGNORECASE,
)


def is_chatter(sentence: str) -> bool:
    """Whether it says nothing about the matter: a greeting, thanks, a signature, a quote of somebody else."""
    words = sentence.strip()
    return bool(
        GREETING.match(words)
        or CHATTER.match(ADDRESS.sub("", words))
        or SIGNATURE.match(words)
        or QUOTED.match(words)
        or NAMELIKE.match(words)
    ) or not re.search(r"[^\W\d_]{2}", words)


def address_length(sentence: str) -> int:
    """Characters at its beginning that only speak to somebody ("Hi Alma, ")."""
    match = ADDRESS.match(sentence)
    return match.end() if match and match.end() < len(sentence) else 0


def is_question(sentence: str) -> bool:
    """Whether it asks."""
    return sentence.rstrip().endswith("?")


def says_it_worked(text: str) -> bool:
    """Whether somebody reports success in it, in a sentence without a "not" or a "still"."""
    return any(WORKED.search(s) and not FAILED.search(s) for s in (text[a:b] for a, b in sentences(text)))


def instructions(text: str) -> int:
    """How many of its sentences tell somebody to do something."""
    parts = [text[a:b] for a, b in sentences(text)]
    return sum(1 for part in parts if (INSTRUCTION.search(part) and not is_question(part)) or BULLET.match(part))
