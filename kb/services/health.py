"""How well an article does, as one score whose parts are shown.

Invariant: the score is 100 less what its parts take away, and each part says in a sentence what it saw, of how many, and
asks for one act.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final, Literal
from urllib.parse import unquote

from sqlalchemy.orm import Session

from kb.markup import Section, sections
from kb.models import Article, Revision
from kb.queries import articles as articles_q
from kb.queries import health as health_q
from kb.sentences import is_step, sentences
from kb.services.finding import article_for
from kb.viewers import Viewer, may_read, require

Act = Literal["update", "review", "rewrite", "mend links", "add sections", "retitle", ""]
WINDOW: Final = timedelta(days=180)
USUAL_PACE: Final = 365.0
"""Days between two texts, where a topic has too few to tell."""
FEW: Final = 5
LONG_SENTENCE: Final = 25
"""Words on average from which on a text is hard to read on a screen."""
LINK = re.compile(
    r"\]\((?!https?:|mailto:|tel:)([^)#\s]{0,300})(#[^)\s]{1,200})?\)|href=\"(?!https?:|mailto:|tel:)([^\"#]{0,300})(#[^\"]{1,200})?\""
)
OWN = re.compile(r"^/(articles|files)/(.+?)/?$")
"""An address of the desk's own; any other that begins with a slash may be one of the site around it."""
SLUG = re.compile(r"^(?:(?:\.{0,2}/)*(?:help/|articles/)?)([\w/-]+?)(?:\.md|\.html)?/?$")


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that was looked at; `lost` are points, `said` one sentence, `act` what would help."""

    name: str
    lost: int
    said: str
    act: Act


@dataclass(frozen=True, slots=True)
class Health:
    """0 is worst, 100 best."""

    slug: str
    title: str
    score: int
    parts: tuple[Part, ...]

    @property
    def worst(self) -> Part | None:
        """What takes most away."""
        return max((part for part in self.parts if part.lost), key=lambda part: part.lost, default=None)


def health(session: Session, viewer: Viewer, slug: str, now: datetime) -> Health:
    """One article's health.

    Raises:
        NotFoundError: there is none for this viewer, or it is not published.
    """
    require(viewer, "agent")
    article = article_for(session, viewer, slug)
    row = articles_q.published_by_id(session, [article.id]).get(article.id)
    if row is None:
        return Health(slug, "", 100, ())
    return _health(session, row[0], row[1], Library(session), now)


def worst(session: Session, viewer: Viewer, now: datetime, *, limit: int = 50) -> tuple[Health, ...]:
    """Published articles by health, the poorest first."""
    require(viewer, "agent")
    library = Library(session)
    rows = articles_q.published_list(session, limit=5000)
    readable = [row for row in rows if may_read(viewer, row[0].audience, row[0].team_id)]
    found = [_health(session, article, text, library, now) for article, text in readable]
    return tuple(sorted(found, key=lambda one: (one.score, one.title))[:limit])


class Library:
    """What is compared with: which slugs there are, and how often each topic changes. Read once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        rows = health_q.published_topics(session)
        self._topics = {row[0]: set(row[1]) for row in rows}
        self.slugs = {head.slug for head in articles_q.published_heads(session)} | health_q.moved(session)
        self.files = health_q.files(session)
        self._gaps: dict[int, list[float]] = {}
        times: dict[int, list[datetime]] = {}
        for number, at in health_q.gaps_between_updates(session, list(self._topics)):
            times.setdefault(number, []).append(at)
        for number, moments in times.items():
            self._gaps[number] = [(b - a) / timedelta(days=1) for a, b in pairwise(moments)]

    def pace(self, topics: Iterable[str]) -> float:
        """Days between two texts of an article of those topics, in the middle of all."""
        wanted = set(topics)
        gaps = [gap for number, own in self._topics.items() if own & wanted for gap in self._gaps.get(number, ())]
        return max(30.0, statistics.median(gaps)) if len(gaps) >= FEW else USUAL_PACE


def _health(session: Session, article: Article, text: Revision, library: Library, now: datetime) -> Health:
    found = sections(text.body, text.body_format)
    since = max(article.updated_at, now - WINDOW)
    looks: tuple[Callable[[], Part], ...] = (
        lambda: age(article.updated_at, library.pace(article.topics), now),
        lambda: votes(health_q.votes_since(session, article.id, since)),
        lambda: outdated(
            health_q.votes_since(session, article.id, article.updated_at),
            health_q.suggestion_verdicts(session, article.id, article.updated_at),
        ),
        lambda: exits(*health_q.shown_first(session, article.id, since)),
        lambda: after_reading(*health_q.read(session, article.id, since)),
        lambda: reading(found),
        lambda: links(text.body, found, library.slugs | {article.slug}, library.files),
        lambda: standard(text.title, text.summary, found, from_ticket=article.from_ticket_id is not None),
    )
    parts = tuple(look() for look in looks)
    return Health(article.slug, text.title, max(0, 100 - sum(part.lost for part in parts)), parts)


def age(updated_at: datetime, pace: float, now: datetime) -> Part:
    """Days since the last text, against how often its topics change."""
    days = max(0.0, (now - updated_at) / timedelta(days=1))
    lost = 0 if days <= pace else min(20, round(10 * (days / pace - 1)))
    said = f"Last changed {days:.0f} days ago; articles of its topics change about every {pace:.0f} days."
    return Part("age", lost, said, "review" if lost else "")


def votes(counts: dict[tuple[bool, str], int]) -> Part:
    """Share of readers whom it helped, drawn towards three in four while they are few."""
    helpful = sum(n for (helped, _), n in counts.items() if helped)
    total = sum(counts.values())
    rate = (helpful + 3) / (total + 4)
    lost = min(20, round(40 * max(0.0, 0.7 - rate)))
    said = f"{helpful} of {total} readers were helped by it." if total else "Nobody has voted on it yet."
    return Part("votes", lost, said, "rewrite" if lost else "")


def outdated(counts: dict[tuple[bool, str], int], verdicts: dict[str, int]) -> Part:
    """Marks as outdated since the last text."""
    marks = sum(n for (_, reason), n in counts.items() if reason == "outdated") + verdicts.get("outdated", 0)
    said = f"Marked as outdated {marks} times since it was last changed." if marks else "Nobody marked it as outdated."
    return Part("outdated", min(25, 10 * marks), said, "update" if marks else "")


def exits(shown: int, solved: int, left: int) -> Part:
    """How often people wrote a ticket although it was the first they were shown."""
    if shown < FEW:
        return Part("use", 0, f"Shown first {shown} times: too few to tell.", "")
    rate = left / shown
    lost = min(20, round(40 * max(0.0, rate - 0.3)))
    said = f"Shown first {shown} times; it solved {solved}, and {left} wrote a ticket all the same."
    return Part("use", lost, said, "retitle" if lost else "")


def after_reading(opened: int, solved: int, left: int) -> Part:
    """How often people who had opened it wrote a ticket all the same; of those who just leave nobody knows."""
    if opened < FEW:
        return Part("after reading", 0, f"Opened from a search {opened} times: too few to tell.", "")
    lost = min(20, round(40 * max(0.0, left / opened - 0.3)))
    said = f"Opened from a search {opened} times; {solved} said that it solved it, and {left} wrote a ticket after reading."
    return Part("after reading", lost, said, "rewrite" if lost else "")


def reading(found: Sequence[Section]) -> Part:
    """Words in a sentence, steps left aside."""
    blocks = [block for section in found for block in section.blocks if not is_step(block) and "|" not in block]
    lengths = [len(block[start:end].split()) for block in blocks for start, end in sentences(block)]
    mean = statistics.mean(lengths) if len(lengths) >= 3 else 0.0
    lost = min(10, max(0, round((mean - LONG_SENTENCE) / 2)))
    return Part(
        "reading",
        lost,
        f"A sentence has {mean:.0f} words on average." if mean else "It is short.",
        "rewrite" if lost else "",
    )


def links(body: str, found: Sequence[Section], slugs: set[str], files: AbstractSet[str] = frozenset()) -> Part:
    """Links within the help centre that lead nowhere, and pictures and files that are not there."""
    anchors = {section.anchor for section in found}
    broken = [
        target or f"#{anchor}" for target, anchor in _links(body) if not _leads(target, anchor, slugs, anchors, files)
    ]
    said = f"{len(broken)} links lead nowhere: {', '.join(broken[:3])}." if broken else "All its links lead somewhere."
    return Part("links", min(20, 8 * len(broken)), said, "mend links" if broken else "")


def standard(title: str, summary: str, found: Sequence[Section], *, from_ticket: bool) -> Part:
    """The content standard: a telling title, a summary, sections; issue and resolution where it came from a ticket."""
    headings = {section.heading.casefold() for section in found}
    missing = [] if len(title.split()) >= 2 else ["a title of more than one word"]
    missing += [] if summary.strip() else ["a summary"]
    if from_ticket:
        missing += [f"the section {name}" for name in ("Issue", "Resolution") if name.casefold() not in headings]
    elif sum(len(section.text.split()) for section in found) > 200 and not headings - {""}:
        missing.append("headings")
    said = f"It lacks {', '.join(missing)}." if missing else "It has what the content standard asks for."
    return Part("standard", min(15, 5 * len(missing)), said, "add sections" if missing else "")


def _links(body: str) -> list[tuple[str, str]]:
    return [(m[1] or m[3] or "", (m[2] or m[4] or "").lstrip("#")) for m in LINK.finditer(body)]


def _leads(target: str, anchor: str, slugs: set[str], anchors: set[str], files: AbstractSet[str]) -> bool:
    if not target:
        return not anchor or anchor in anchors or f"section-{anchor}" in anchors
    path = unquote(target)
    own = OWN.match(path)
    if own:
        return own[2] in (files if own[1] == "files" else slugs)
    match = SLUG.match(path)
    return match is None or match[1] in slugs or path.startswith("/")
