"""What a sentence does in a thread. Invariant: pure; judged by its words alone, and every span is an offset into the text."""

from __future__ import annotations

import re

from kb.sentences import sentences

BULLET = re.compile(r"^\s*(?:\(?\d{1,2}[.)]|[a-h][.)]|[-*\u2022\u2013+>]|step \d+[:.)]?)\s+", re.IGNORECASE)
QUOTED = re.compile(r"^\s*>|^\s*re ?: ?\S|^\s*(?:on .{5,80} wrote:|.{2,60} said:?$)", re.IGNORECASE)
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
SIGNS = re.compile(
    r"(?:\s*[-~\u2013/]+|(?<=[.!?)\u2026]))\s*\[name\](?:[ ,]+(?:\[(?:name|email|phone)\]|[A-Z]\b\.?))*"
    r"(?: \(.{0,30}\)|,? (?:in |from )?[A-Z][\w ,]{1,25})?[.!]*$"
    r"|[\s,.!?-]{0,6}(?<![\w'])(?i:(?:many |kind |best |warm )*(?:thanks?(?! to\b| for\b)(?: you)?|regards|wishes|cheers|tia|thx|tnx|sincerely|merci|danke|cordialement)"
    r"(?:(?: so| very)? much| in advance| a lot| again| and (?:kind |best )*regards| (?:to|for) (?:all|any|your) .{0,30})*)"
    r"[\s,.!:)-]*(?:\[(?:name|email)\][\s,.]*)*$|\s+(?:Best|Yours|Love)[\s,]+\[name\].{0,10}$"
)
"""Who wrote it, and what is said in parting, behind the last sentence."""
NAMELIKE = re.compile(
    r"^(?:(?:[A-Z][\w'-]*\.?|\[name\])(?:\s+(?:[A-Z][\w'-]*\.?|\[name\]))?|(?:[-/~\s]*\[(?:name|email|phone)\][\s,./]*)+(?:[A-Z]\.?|\(.{0,20}\))?)\s*[.!,]*$"
)
PICTURE = re.compile(
    r"\b(?:attach(?:ed|ment)|screen ?-?(?:shots?|grab|pics?|print)s?|pictures?|images?|photos?|(?:shown|seen|see|here|illustrated|pictured) (?:below|above|here))\b",
    re.IGNORECASE,
)
SHOWN = re.compile(
    r"\b(?:attached|screen ?-?(?:shots?|grabs?|pics?|prints?)|(?:see|in|from|on|per|with) (?:(?:the|my|your|this|that|these|below|above|first|second|last|\d\w\w)"
    r" ){1,3}(?:image|picture|pic|photo)s?|that (?:image|picture|pic) (?:shows|is)|(?:see|this|here(?:'s| is) an?) (?:image|picture|pic)|(?:shown|seen|illustrated|pictured)"
    r" (?:below|above|here))\b",
    re.IGNORECASE,
)
"""A picture in the thread, not pictures as what the thread is about."""
POINTS = re.compile(
    r"^(?:\(?(?:please )?(?:see|refer to|look at|check|view|here(?:'s| is| are)|i(?:'ve| have)? attach\w*|attach\w*|screen ?-?\w+|picture|image|pic)\b.{0,60}"
    r"|.{0,40}\b(?:is|are) attached)\W*$",
    re.IGNORECASE,
)
"""Of few words, and about nothing but a picture that is not there."""
MOST_POINTING = 10
DONE = re.compile(
    r"\b(?:solved|fixed|resolved|sorted|cured|worked|works|did (?:it|the trick))\b.{0,30}\b(?:by|with|via|after|when|once|through)\b.{0,20}\w+ing\b"
    r"|\b\w+ing\b.{3,80}\b(?:solved|fixed|resolved|sorted|cured|helped|worked|did (?:it|the trick))\b"
    r"|\b(?:i|we)(?:'ve|\u2019ve| have| had)? (?:\w+ly |just |then |also |simply |had to |have to |needed to |managed to |was able to ){0,2}"
    r"(?:chang|remov|delet|install|reinstall|updat|upgrad|creat|disabl|enabl|uninstall|restart|reboot|switch|set|uncheck|check|untick|tick|clear"
    r"|clean|replac|mov|renam|turn|open|add|copi|copy|select|click|went|download|drag|import|export|press|unplug|reset|repair|rebuil|edit|roll|revert"
    r"|configur|adjust|clos|clear|delet|used(?! to)|put)\w*\b"
    r"|\bturn(?:s|ed) out\b|\b(?:the )?(?:problem|issue|cause|culprit|reason|fault) (?:was|is)\b|\bit was (?:the|my|a|an|because|set)\b",
    re.IGNORECASE,
)
"""Somebody says what brought it."""
SUCCESS_ONLY = re.compile(
    r"^(?:(?:hi|hello|ok(?:ay)?|update|edit|great|yes|well|so|good news|never ?mind|hooray|ah|oh)[\s,.!:-]+)*(?:(?:i|we)(?:'ve|\u2019ve|'m| have| am)? )?"
    r"(?:(?:finally|just|now|already|actually|all|have|has|been|is|seem to have|managed to) )*"
    r"(?:(?:the |my |this )?(?:problem|issue|question|matter|thing)s? (?:is |was |are |has been |have been |now |finally |been )*)?(?:it'?s )?"
    r"(?:solved?|fixed?|resolved?|sorted|found|figured(?: it)? out|work(?:s|ed|ing)|done)"
    r"(?:,? (?:out|it|this|that|the|for|my|problem|issue|answer|solution|fix|workaround|myself|by|on|own|now|out|already|for|me|perfectly|fine|well|again"
    r"|great|a work ?around|anyone|interested|thanks?|you|all))*[\s,.!:)-]*$",
    re.IGNORECASE,
)
"""That it is solved, and nothing of how."""
CHATTER = re.compile(
    r"^(?:(?:many |kind |best |warm |with )*(?:thanks?(?! to\b)|thank you|thx|ty|regards|wishes|cheers|sincerely)\b.{0,90}"
    r"|(?:i am |i'm |we are |we're )?(?:so |very |really )?(?:sorry|apologies|glad|happy|pleased|delighted)\b.{0,90}"
    r"|(?:you(?:'re| are) (?:very )?welcome|no problem|my pleasure|good luck|hope (?:this|that|it) helps|hth)\b.{0,60}"
    r"|(?:i |we )?hope (?:you|that|this|it)\b.{0,60}|(?:that|this|it) (?:may|might|could) (?:also )?help(?: you)?.{0,20}"
    r"|any (?:thoughts|ideas?|help|pointers?|advice|suggestions?|insights?)\b.{0,60}\b(?:appreciated|welcome|grateful|great).{0,20}"
    r"|(?:any (?:update|news|ideas?|help|suggestions?)|please (?:advise|help|let (?:me|us) know)|let (?:me|us) know)\b.{0,90}"
    r"|(?:i |we )(?:will|'ll) (?:get back|come back|keep you|let you know|look into)\b.{0,90}"
    r"|(?:i (?:have |'ve )?)?(?:finally )?(?:fixed|solved|resolved|sorted) (?:it|this|that)(?: now)?|i(?: will|'ll) close (?:this|it)\b.{0,60}"
    r"|(?:i |we )?(?:\w+ly )?(?:do )?appreciate\b.{0,120}|(?:give it a (?:try|go)|try it(?: out)?|be patient)[\s,.!:;)-]*"
    r"|.{0,60}\b(?:ring|call|reach|phone|text|contact|e-?mail|write to) (?:me|us)\b.{0,60}\[(?:phone|email)\].{0,30}"
    r"|i was (?:just )?(?:about|going) to (?:respond|reply|answer|write)\b.{0,80}"
    r"|(?:great|perfect|awesome|brilliant|excellent|ok(?:ay)?|yes|no|sure|wow|lol|bingo)[\s,.!]*)$",
    re.IGNORECASE,
)
SIGNATURE = re.compile(
    r"^(?:--+|__+|sent from my .*|(?:kind |best |warm )?regards,?|cheers,?|yours,?)\s*$", re.IGNORECASE
)
REQUEST = re.compile(
    r"^(?:(?:please|kindly|can you|could you|would you|so|and|then|also|if (?:not|so|it|that|this|you|the)\b[^,]{0,80},)[\s,]+)*(?:post|attach|send|upload|provide|show|share|give|tell"
    r"|report|describe|confirm|explain|clarify|come|let)\b.{0,100}\b(?:screen ?-?shots?|image|picture|info|information|details?|results?|logs?|back|us|me|this|these|more|exactly)\b.{0,60}$"
    r"|^(?:please|kindly) (?:clarify|explain|describe|elaborate|advise|be (?:more )?specific|confirm|try again|mark|keep within)\b.{0,300}$"
    r"|^(?:where (?:is|are)|(?:which|what) version|what (?:do|does|did) you)\b.{0,120}$|^i(?:'m| am) (?:no|not an?) (?:guru|expert|techn?ie|professional)\b.{0,120}$"
    r"|^(?:this|it) (?:is|looks like|seems to be) a duplicate\b.{0,200}$|^(?:i(?:'m| am) )?(?:confused|unsure|not sure)\b.{0,80}\b(?:you|your|asking|saying|mean)\b.{0,60}$"
    r"|^it would (?:also )?(?:help|be (?:helpful|useful)) (?:to know|to see|if)\b.{0,200}$|^i(?:'ll|\u2019ll| will) (?:report|post|let|get|come|keep|try|check)\b.{0,100}$"
    r"|^(?:here goes|hope (?:this|that|it)|hth|fyi|btw|good luck|enjoy|voil[aà]|that's it|that is it|just a thought|let me know)\b.{0,40}$",
    re.IGNORECASE,
)
"""A helper wants to know more."""
TOO = re.compile(
    r"\bi,? too,? (?:have|had|am)\b|\b(?:(?:i(?:'m| am)? )?(?:have|having|had|get|getting|got|see|seeing)\b.{0,40}\b(?:same|also|too|as well)\b|same (?:here|problem|issue)|me too)\b",
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
    r"|changed|removed|deleted|installed|reinstalled|updated|upgraded|created|disabled|enabled|uninstalled|restarted|switched|set|unchecked|checked|cleared|cleaned|replaced|moved|renamed|turned|opened|followed|used(?! to)|added))\b",
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


def points_to_a_picture(sentence: str) -> bool:
    """Whether it is about nothing but a picture, which no text can bring along."""
    return len(sentence.split()) <= MOST_POINTING and bool(PICTURE.search(sentence) and POINTS.match(sentence.strip()))


def only_success(sentence: str) -> bool:
    """Whether it says that it is solved and nothing of how."""
    return bool(SUCCESS_ONLY.match(sentence.strip()))


def says_what_was_done(text: str) -> bool:
    """Whether somebody says in it what brought the success."""
    return any(DONE.search(s) and not is_question(s) for s in (text[a:b] for a, b in sentences(text)))


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
