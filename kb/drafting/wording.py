"""What a sentence does in a thread. Invariant: pure; judged by its words alone, and every span is an offset into the text."""

from __future__ import annotations

import re

from kb.sentences import sentences

BULLET = re.compile(r"^\s*(?:\(?\d{1,2}[.)]|[a-h][.)]|[-*\u2022\u2013+>]|step \d+[:.)]?)\s+", re.IGNORECASE)
QUOTED = re.compile(r"^\s*>|^\s*(?:on .{5,80} wrote:|.{2,60} said:?$)", re.IGNORECASE)
GREETS = (
    r"(?:hi|hello|hey|hiya|dear|greetings|good (?:day|morning|afternoon|evening)|welcome|bonjour|salut|hallo|guten (?:tag|morgen|abend)"
    r"|hola|buen[oa]s \w+|ciao|buongiorno|salve|ol[aá]|bom dia|goede?\w{4,7})"
)
GREETING = re.compile(rf"^{GREETS}\b(?:\s+[\w\[\].'-]+){{0,4}}[\s,.!:-]*$", re.IGNORECASE)
ADDRESS = re.compile(
    rf"^(?:(?i:{GREETS}\b(?:\s+[\w\[\].'@-]+){{0,3}}|@[\w-]+|thank(?:s| you)(?:\s+[\w\[\].'@-]+){{0,3}}|\[name\])\s*[,!:-]+\s+"
    rf"|(?i:{GREETS})(?:\s+(?i:all|there|everyone|everybody|folks|guys|team|\[name\]))?\s+(?=[A-Z]))"
)
"""Somebody is spoken to before the matter begins."""
SIGNS = re.compile(r"(?:\s*[-~\u2013]+|(?<=[.!?)]))\s*\[name\](?: \[name\])?[.!]*$")
"""Who wrote it, behind the last sentence."""
NAMELIKE = re.compile(r"^(?:[A-Z][\w'-]*\.?|\[name\])(?:\s+(?:[A-Z][\w'-]*\.?|\[name\]))?\s*[.!,]*$")
CHATTER = re.compile(
    r"^(?:(?:many |kind |best |warm |with )*(?:thanks?(?! to\b)|thank you|thx|ty|regards|wishes|cheers|sincerely)\b.{0,90}"
    r"|(?:i am |i'm |we are |we're )?(?:so |very |really )?(?:sorry|apologies|glad|happy|pleased|delighted)\b.{0,90}"
    r"|(?:you(?:'re| are) (?:very )?welcome|no problem|my pleasure|good luck|hope (?:this|that|it) helps|hth)\b.{0,60}"
    r"|(?:i |we )?hope (?:you|that|this|it)\b.{0,60}|(?:that|this|it) (?:may|might|could) (?:also )?help(?: you)?.{0,20}"
    r"|any (?:thoughts|ideas?|help|pointers?|advice|suggestions?|insights?)\b.{0,60}\b(?:appreciated|welcome|grateful|great).{0,20}"
    r"|(?:any (?:update|news|ideas?|help|suggestions?)|please (?:advise|help|let (?:me|us) know)|let (?:me|us) know)\b.{0,90}"
    r"|(?:i |we )(?:will|'ll) (?:get back|come back|keep you|let you know|look into)\b.{0,90}"
    r"|(?:i (?:have |'ve )?)?(?:finally )?(?:fixed|solved|resolved|sorted) (?:it|this|that)(?: now)?|i(?: will|'ll) close (?:this|it)\b.{0,60}"
    r"|(?:great|perfect|awesome|brilliant|excellent|ok(?:ay)?|yes|no|sure|wow|lol|bingo)[\s,.!]*)$",
    re.IGNORECASE,
)
SIGNATURE = re.compile(
    r"^(?:--+|__+|sent from my .*|(?:kind |best |warm )?regards,?|cheers,?|yours,?)\s*$", re.IGNORECASE
)
REQUEST = re.compile(
    r"^(?:please |kindly |can you |could you |would you |so )*(?:post|attach|send|upload|provide|show|share|give|tell|report|describe|confirm)\b"
    r".{0,100}\b(?:screen ?-?shots?|image|picture|info|information|details?|results?|logs?|back|us|me)\b.{0,60}$",
    re.IGNORECASE,
)
"""A helper wants to know more."""
TOO = re.compile(
    r"\b(?:(?:i(?:'m| am)? )?(?:have|having|had|get|getting|got|see|seeing)\b.{0,40}\b(?:same|also|too|as well)\b|same (?:here|problem|issue)|me too)\b",
    re.IGNORECASE,
)
ASKS_ALL = re.compile(
    r"^(?:so )?(?:how|what|should|shall|can|could|is|does|any|why|where)\b.{0,60}\b(?:solve|fix|resolve|do|going on|wrong|global|wait|this"
    r"|help|happen\w*|it|bug)\b.{0,20}\?$",
    re.IGNORECASE,
)
"""A question that every ticket asks."""
LONGEST_ASKED = 10
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
THANKS = re.compile(r"\b(?:thank|thanks|thx|great|perfect|brilliant|awesome|excellent)\b", re.IGNORECASE)
OPENING = 200
"""Letters of a message in which thanks count; further down they belong to whoever signs."""
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
    bare = ADDRESS.sub("", words)
    return bool(
        GREETING.match(words)
        or CHATTER.match(words)
        or CHATTER.match(bare)
        or SIGNATURE.match(words)
        or QUOTED.match(words)
        or NAMELIKE.match(bare)
    ) or not re.search(r"[^\W\d_]{2}", words)


def suffers_too(text: str) -> bool:
    """Whether somebody only reports the same trouble."""
    return bool(TOO.search(text)) and not instructions(text)


def is_request(sentence: str) -> bool:
    """Whether a helper only asks for more to go by."""
    return bool(REQUEST.match(sentence.strip()))


def asks_anything(sentence: str) -> bool:
    """Whether it is a short question that would fit any ticket."""
    return len(sentence.split()) <= LONGEST_ASKED and bool(ASKS_ALL.match(sentence.strip()))


def signature_length(sentence: str) -> int:
    """Characters at its end that only say who wrote it (" - [name]")."""
    match = SIGNS.search(sentence)
    return len(sentence) - match.start() if match and match.start() else 0


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


def thanks(text: str) -> bool:
    """Whether somebody opens with thanks and then reports no failure."""
    return bool(THANKS.search(text[:OPENING])) and not FAILED.search(text)


def instructions(text: str) -> int:
    """How many of its sentences tell somebody to do something."""
    parts = [text[a:b] for a, b in sentences(text)]
    return sum(1 for part in parts if (INSTRUCTION.search(part) and not is_question(part)) or BULLET.match(part))
