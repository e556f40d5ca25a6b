"""Articles over the API. Invariant: a text is changed only by whoever read its newest version."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from kb.errors import NotFoundError
from kb.markup import detect_format
from kb.services import editing, reading
from kb.services.publishing import Text
from kb.services.shelving import Shelving, publish_newest
from kb.services.shelving import archive as archive_article
from web.api.shapes import PageLimit, PageOffset, Shape, Taken
from web.dependencies import Looking, Now, Records, SignedIn, Staff
from web.limits import limited
from web.questions import CleanLine, CleanText

router = APIRouter(tags=["articles"])
Audience = Literal["public", "internal", "team"]
Governance = Literal["experience based", "compliance based"]


class CardShape(Shape):
    """An article in a list."""

    slug: str = Field(examples=["pair-tap-reader"])
    title: str = Field(examples=["Pair a card reader"])
    summary: str
    products: list[str] = Field(examples=[["Tap reader"]])
    topics: list[str] = Field(examples=[["Cards"]])
    audience: str = Field(examples=["public"])
    updated_at: datetime


class CardsShape(Shape):
    """One page of a list."""

    articles: list[CardShape]
    total: int = Field(description="How many there are on all pages.", examples=[64])


class ContentsLine(Shape):
    """One heading of an article."""

    level: int = Field(description="From 2.", examples=[2])
    heading: str
    anchor: str


class ArticleShape(Shape):
    """An article to read."""

    slug: str = Field(examples=["pair-tap-reader"])
    title: str
    summary: str
    html: str = Field(description="Sanitised; headings carry their anchors.")
    contents: list[ContentsLine]
    products: list[str]
    topics: list[str]
    audience: str
    team: str | None
    confidence: str = Field(examples=["validated"])
    updated_at: datetime
    url: str = Field(description="Where it came from, if it was imported.")
    helpful: int = Field(description="How many said that it helped.", examples=[12])
    unhelpful: int
    version: int = Field(description="Goes back with a change.", examples=[3])
    related: list[CardShape]
    demo: bool


class DraftLine(Shape):
    """An article whose newest text is not published."""

    slug: str
    title: str
    confidence: str
    audience: str
    updated_at: datetime
    published: bool
    from_ticket: str | None
    flagged: int = Field(description="Pieces that look like personal data.")


class Marked(Shape):
    """A piece of a text."""

    text: str
    kind: str = Field(description="Kind of personal data, or empty.", examples=["email"])


class DraftShape(Shape):
    """The newest text of an article."""

    slug: str
    title: str
    summary: str
    body: str
    body_format: str
    version: int
    audience: str
    team: str | None
    confidence: str
    governance: str = Field(examples=["experience based"])
    locale: str = Field(examples=["en-GB"])
    products: list[str]
    topics: list[str]
    marked: list[Marked] = Field(description="The body in pieces, personal data marked.")
    from_ticket: str | None


class Written(Taken):
    """The words of an article."""

    title: CleanLine = Field(min_length=1, max_length=500, description="On one line.", examples=["Pair a card reader"])
    summary: CleanText = Field("", max_length=2000, description="One or two sentences.")
    body: CleanText = Field(
        min_length=1,
        max_length=1_000_000,
        description="All of the text.",
        examples=["Hold the button until the light is blue."],
    )
    body_format: Literal["markdown", "html", "text", ""] = Field("", description="Empty: detected from the body.")

    def text(self) -> Text:
        """As the flows take it."""
        return Text(self.title, self.summary, self.body, self.body_format or detect_format(self.body))


class Rewritten(Written):
    """The words of an article, changed."""

    version: int = Field(ge=0, description="The version that was read; another one gives 409.")
    note: CleanLine = Field("", max_length=500, description="What was changed and why.")


class Published(Taken):
    """Where an article belongs."""

    version: int = Field(ge=0, description="The version that was read; another one gives 409.")
    audience: Audience = Field("public", description="Who may read it.")
    team: CleanLine | None = Field(None, max_length=200, description="Whose it is, for the audience `team`.")
    products: list[CleanLine] | None = Field(None, max_length=50, description="Left as they are if not given.")
    topics: list[CleanLine] | None = Field(None, max_length=50, description="Left as they are if not given.")
    governance: Governance | None = Field(None, description="Left as it is if not given. Not for every licence.")
    locale: CleanLine | None = Field(None, max_length=35, description="Its language, as a code such as pt-BR.")


class Version(Taken):
    """The version that was read."""

    version: int = Field(ge=0, description="Another one gives 409.")


class Saved(Shape):
    """Where the text is now."""

    slug: str
    version: int


class Vote(Taken):
    """Whether an article helped, and if not, why."""

    helpful: bool = Field(description="Whether it helped.")
    reason: Literal["", "not related", "did not help", "outdated"] = Field("", description="Why it did not.")


@router.get("/articles", summary="List published articles")
def articles(
    session: Records,
    viewer: Looking,
    product: Annotated[CleanLine, Query(max_length=200, description="Only about this product.")] = "",
    topic: Annotated[CleanLine, Query(max_length=200, description="Only about this topic.")] = "",
    limit: PageLimit = 50,
    offset: PageOffset = 0,
) -> CardsShape:
    """Those you may read, by title."""
    try:
        found = reading.shelf(session, viewer, product=product, topic=topic)
    except NotFoundError:
        found = ()
    page = [CardShape.model_validate(card) for card in found[offset : offset + limit]]
    return CardsShape(articles=page, total=len(found))


@router.post("/articles", status_code=201, summary="Begin an article")
def begin(session: Records, viewer: Staff, now: Now, written: Written) -> Saved:
    """It is for the desk only until it is published."""
    slug = editing.write(session, viewer, written.text(), now)
    return _saved(session, viewer, slug)


@router.get("/drafts", summary="List texts that are not published")
def drafts(session: Records, viewer: Staff) -> list[DraftLine]:
    """Oldest first."""
    return [DraftLine.model_validate(row) for row in editing.drafts(session, viewer)]


@router.get("/drafts/{slug:path}", summary="Read an article's newest text")
def draft(session: Records, viewer: Staff, slug: str) -> DraftShape:
    """Published or not, with what looks like personal data marked."""
    return DraftShape.model_validate(editing.editable(session, viewer, slug))


@router.put("/drafts/{slug:path}", summary="Change an article's text")
def rewrite(session: Records, viewer: Staff, now: Now, slug: str, written: Rewritten) -> Saved:
    """A new revision; what is published stays published until you publish again."""
    version = editing.save(session, viewer, slug, written.text(), written.version, now, note=written.note)
    return Saved(slug=slug, version=version)


@router.post("/articles/{slug:path}/publish", summary="Publish the newest text")
def publish(session: Records, viewer: Staff, now: Now, slug: str, published: Published) -> Saved:
    """It can be found as soon as the worker has indexed it, which takes seconds."""
    products, topics = (None if names is None else tuple(names) for names in (published.products, published.topics))
    shelving = Shelving(published.audience, published.team, products, topics, published.governance, published.locale)
    publish_newest(session, viewer, slug, published.version, shelving, now)
    return _saved(session, viewer, slug)


@router.post("/articles/{slug:path}/archive", status_code=204, summary="Take an article out of every search")
def archive(session: Records, viewer: Staff, now: Now, slug: str, read: Version) -> None:
    """Its history stays. For leads."""
    archive_article(session, viewer, slug, read.version, now)


@router.post(
    "/articles/{slug:path}/vote", status_code=204, dependencies=[Depends(limited("vote"))], summary="Say if it helped"
)
def vote(session: Records, viewer: SignedIn, now: Now, slug: str, said: Vote) -> None:
    """One vote a person; voting again changes it."""
    voter = f"account:{viewer.account_id}"
    reading.vote(session, viewer, slug, voter, now, helpful=said.helpful, reason=said.reason)


@router.get("/articles/{slug:path}", summary="Read an article")
def article(session: Records, viewer: Looking, slug: str) -> ArticleShape:
    """As it is published."""
    return ArticleShape.model_validate(reading.article(session, viewer, slug))


def _saved(session: Records, viewer: Staff, slug: str) -> Saved:
    return Saved(slug=slug, version=editing.editable(session, viewer, slug).version)
