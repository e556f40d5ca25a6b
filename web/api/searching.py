"""Questions over the API. Invariant: a search is answered even when nothing can be written down."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from kb.services import feedback
from kb.services.asking import Answer, Asked
from kb.services.completing import complete
from web.addresses import article_address
from web.api.shapes import HitShape, Shape, Taken
from web.dependencies import Looking, Now, Reading, Records, TheDesk
from web.limits import limited
from web.locales import gettext as _
from web.locales import ngettext
from web.questions import CleanLine, CleanText, Words, find, keep

router = APIRouter(tags=["search"])
COUNTED = [Depends(limited("search"))]
Limit = Annotated[int, Query(ge=1, le=50, description="How many at most.")]
Product = Annotated[CleanLine, Query(max_length=200, description="Only articles about this product.")]


class AnswerShape(Shape):
    """What was found. `answered` false is an honest "no good answer"; `hits` then hold the best guesses."""

    answered: bool
    note: str = Field(description="What was unavailable, in words; empty when all is well.", examples=[""])
    question_key: str = Field(
        description="For verdicts, and to carry into a ticket; empty where nothing was kept.", examples=["q8…"]
    )
    hits: list[HitShape]
    said: str = Field(description="The outcome in a sentence.", examples=["Does one of these answer it?"])
    solved: str = Field(description="What a button says that accepts an answer.", examples=["This solved it"])


class Segment(Shape):
    """A piece of a title."""

    text: str
    matched: bool


class CompletionShape(Shape):
    """One article for what is being typed."""

    slug: str
    title: str
    address: str
    heading: str
    audience: str
    segments: list[Segment] = Field(description="The title in pieces, to mark what matched.")
    by_meaning: bool = Field(description="Found by meaning after a pause, not by its words.")


class CompletionsShape(Shape):
    """Articles for an unfinished question."""

    articles: list[CompletionShape]
    said: str = Field(description="How many there are, for a screen reader.", examples=["3 articles"])
    hint: str = Field(description="What the keys do.")


class Ticketlike(Taken):
    """A question as a ticket would put it."""

    subject: CleanLine = Field(
        "", max_length=1000, description="What it is about, on one line.", examples=["Card reader does not connect"]
    )
    body: CleanText = Field(
        "", max_length=100_000, description="What happened.", examples=["The light stays red since this morning."]
    )
    product: CleanLine = Field("", max_length=200, description="One of the desk's products.", examples=["Tap reader"])
    topic: CleanLine = Field("", max_length=200, description="One of the desk's topics.", examples=["Cards"])


class SuggestAsked(Ticketlike):
    """A question, and how it is asked."""

    limit: int = Field(5, ge=1, le=50, description="How many at most.")
    surface: Literal["api", "form", "agent", "help centre"] = Field(
        "api", description="Where it is shown, for the figures."
    )
    replaces: str = Field(
        "", max_length=100, description="Key of the same question in a form before its writer went on; it is forgotten."
    )
    after: str = Field("", max_length=100, description="Key of the question that this one puts in other words.")
    locale: CleanLine = Field("", max_length=35, description="What whoever asks speaks.", examples=["en-GB"])
    keep: bool = Field(True, description="Whether to keep what was shown, in redacted words, so that it can be judged.")


class Said(Taken):
    """A verdict on one suggestion; empty takes it back."""

    rank: int = Field(ge=1, le=100, description="Of the suggestion, from 1.")
    verdict: Literal["", "solved", "not relevant", "outdated", "inserted"] = Field(
        description="`inserted` is for the desk only."
    )


@router.get("/search", dependencies=COUNTED, summary="Search the help centre")
def search(
    desk: TheDesk,
    session: Records,
    viewer: Looking,
    now: Now,
    q: Annotated[Words, Query(description="What is looked for, in anybody's words.", examples=["refund"])],
    product: Product = "",
    limit: Limit = 10,
) -> AnswerShape:
    """Nothing is kept of it."""
    return shaped(find(desk, session, Asked(q, product=product), viewer, now, limit=limit))


@router.get("/complete", dependencies=COUNTED, summary="Articles while one types")
def completions(
    desk: TheDesk,
    session: Records,
    viewer: Looking,
    now: Now,
    q: Annotated[Words, Query(description="What was typed so far.", examples=["refu"])],
    product: Product = "",
    limit: Annotated[int, Query(ge=1, le=20, description="How many at most.")] = 6,
    *,
    paused: Annotated[bool, Query(description="Whether the typist has stopped: then meaning is asked too.")] = False,
) -> CompletionsShape:
    """By words at once; after a pause by meaning too, below what words found. Nothing is kept of it."""
    found = complete(session, desk.search, q, viewer, product, limit, paused=now if paused else None)
    return CompletionsShape(
        articles=[
            CompletionShape(
                slug=each.slug, title=each.title, address=article_address(each.slug, each.anchor),
                heading=each.heading, audience=each.audience, by_meaning=each.by_meaning,
                segments=[Segment(text=text, matched=matched) for text, matched in each.segments],
            )
            for each in found
        ],
        said=ngettext("%(num)d article", "%(num)d articles", len(found)) % {"num": len(found)},
        hint=_("Arrows choose, Enter opens, Esc closes."),
    )  # fmt: skip


@router.post("/suggest", dependencies=COUNTED, summary="Articles for a whole ticket")
def suggest(desk: TheDesk, session: Reading, viewer: Looking, now: Now, asked: SuggestAsked) -> AnswerShape:
    """Suggestions for a text with subject and body. What was shown is kept, unless `keep` is false."""
    surface = asked.surface if viewer.staff or asked.surface != "agent" else "api"
    question = Asked(
        asked.subject, asked.body, asked.product, asked.topic, surface, after=asked.after, locale=asked.locale
    )
    answer = find(desk, session, question, viewer, now, limit=asked.limit)
    return shaped(keep(desk, session, question, answer, viewer, now, replaces=asked.replaces) if asked.keep else answer)


@router.post("/suggestions/{question_key}", status_code=204, summary="Say what became of a suggestion")
def judge(session: Records, viewer: Looking, now: Now, question_key: str, said: Said) -> None:
    """Saying again changes it. Only whoever was shown a suggestion can judge it."""
    feedback.verdict(session, viewer, question_key, said.rank, said.verdict, now)


def shaped(answer: Answer) -> AnswerShape:
    """The flow's answer as it goes over the wire."""
    said = _("Does one of these answer it?") if answer.answered else _("No good answer found")
    return AnswerShape(
        answered=answer.answered, note=_(answer.note), question_key=answer.question_key, said=said,
        hits=[HitShape.of(hit, answer.question_key) for hit in answer.hits], solved=_("This solved it"),
    )  # fmt: skip
