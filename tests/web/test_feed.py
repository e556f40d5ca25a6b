"""The feed of what everybody may read: real app, real records, read by the standard library's own parser."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from xml.etree.ElementTree import Element, fromstring

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from kb.models import Article
from kb.records import ArticleRecord
from kb.services import merging, removing
from kb.services.announcing import LONGEST, MOST
from kb.services.importing import import_article
from kb.viewers import SYSTEM
from tests.web.conftest import HERE, Visit
from tests.web.furnishing import HELP
from web.desk import Desk

ATOM = "{http://www.w3.org/2005/Atom}"
SLUG = "thaw-the-quarkle"
TEXT = {"title": "Thaw the quarkle", "body": "Put the frozen quarkle beside a warm lamp for an hour."}
EVERYBODYS = {*HELP, "heron"}
HOSTILE = "</title><script>alert(1)</script> & ]]> \u2028 \ufffe \x0b \x00 <b>bold</b> 🧊"


def read(client: TestClient, address: str = "/feed.atom") -> Element:
    reply = client.get(address)
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"] == "application/atom+xml"
    return fromstring(reply.content)  # noqa: S314 - our own reply


def said(element: Element, tag: str) -> str:
    return element.findtext(f"{ATOM}{tag}") or ""


def entries(client: TestClient, address: str = "/feed.atom") -> dict[str, Element]:
    """By slug, in the order of the feed."""
    found = {}
    for entry in read(client, address).iterfind(f"{ATOM}entry"):
        link = entry.find(f"{ATOM}link[@rel='alternate']")
        assert link is not None
        found[link.attrib["href"].removeprefix(f"{HERE}/articles/")] = entry
    return found


@pytest.fixture
def lead(visit: Visit) -> TestClient:
    made = visit("lead")
    assert made.post("/api/v1/articles", json=TEXT).json()["slug"] == SLUG
    return made


def version(staff: TestClient) -> int:
    found: int = staff.get(f"/api/v1/drafts/{SLUG}").json()["version"]
    return found


def publish(staff: TestClient, audience: str = "public") -> None:
    sent = {"version": version(staff), "audience": audience, "products": ["Quarkle"], "topics": ["Lamps"]}
    assert staff.post(f"/api/v1/articles/{SLUG}/publish", json=sent).status_code == 200


def bring(desk: Desk, *records: ArticleRecord) -> None:
    with desk.writing() as session:
        for record in records:
            import_article(session, record, datetime.now(UTC))
        session.commit()


def test_a_feed_holds_what_everybody_may_read_and_newest_first(nobody: TestClient, desk: Desk) -> None:
    with desk.writing() as session:
        later = datetime.now(UTC) + timedelta(hours=1)
        session.execute(update(Article).where(Article.slug == "print-a-receipt").values(updated_at=later))
        session.commit()
    found = entries(nobody)
    assert set(found) == EVERYBODYS
    assert list(found)[:2] == ["print-a-receipt", "heron"]
    moments = [said(entry, "updated") for entry in found.values()]
    assert moments == sorted(moments, reverse=True)
    assert said(read(nobody), "updated") == moments[0]


def test_an_entry_says_what_it_is_and_where(nobody: TestClient, lead: TestClient) -> None:
    publish(lead)
    entry = entries(nobody)[SLUG]
    assert said(entry, "title") == "Thaw the quarkle"
    assert said(entry, "summary") == TEXT["body"], "its opening, because it has no summary"
    assert said(entry, "id").startswith("urn:uuid:")
    began, changed = (datetime.fromisoformat(said(entry, tag)) for tag in ("published", "updated"))
    assert began < changed
    assert changed.tzinfo is not None
    categories = [(c.attrib["scheme"], c.attrib["term"]) for c in entry.iterfind(f"{ATOM}category")]
    assert categories == [(f"{HERE}/browse?product=", "Quarkle"), (f"{HERE}/browse?topic=", "Lamps")]
    assert nobody.get("".join(categories[0])).status_code == 200
    assert said(entries(nobody)["heron"], "summary") == "Summary wordpublicheron"


def test_a_feed_says_whose_it_is_and_where_it_stands(nobody: TestClient) -> None:
    root = read(nobody, "/feed.atom?product=Product wordpublicheron&topic=Topic wordpublicheron")
    narrowed = "?product=Product+wordpublicheron&topic=Topic+wordpublicheron"
    assert said(root, "title") == "Test desk · Product wordpublicheron · Topic wordpublicheron"
    assert said(root, "id") == f"{HERE}/feed.atom{narrowed}"
    links = {link.attrib["rel"]: link.attrib["href"] for link in root.iterfind(f"{ATOM}link")}
    assert links == {"self": said(root, "id"), "alternate": f"{HERE}/browse{narrowed}"}
    authors = [author.findtext(f"{ATOM}name") for author in root.iter(f"{ATOM}author")]
    assert authors == ["Test desk"], "nobody who keeps an article is named"


def test_links_begin_with_the_address_that_the_operator_names(nobody: TestClient, desk: Desk) -> None:
    before = {said(entry, "id") for entry in entries(nobody).values()}
    desk.settings = desk.settings.model_copy(update={"public_url": "https://help.example.com"})
    reply = nobody.get("/feed.atom", headers={"host": "elsewhere.example"})
    assert b"elsewhere" not in reply.content
    root = fromstring(reply.content)  # noqa: S314 - our own reply
    assert {link.attrib["href"].split("/")[2] for link in root.iter(f"{ATOM}link")} == {"help.example.com"}
    assert {said(entry, "id") for entry in root.iterfind(f"{ATOM}entry")} == before, "a reader shows nothing twice"


@pytest.mark.parametrize("host", ['"><script>alert(1)</script>', "a b", "help.example.com/../x", "x@y"])
def test_a_host_that_is_none_goes_into_no_link(nobody: TestClient, host: str) -> None:
    root = fromstring(nobody.get("/feed.atom", headers={"host": host}).content)  # noqa: S314 - our own reply
    assert all(link.attrib["href"].startswith(f"{HERE}/") for link in root.iter(f"{ATOM}link"))


@pytest.mark.parametrize("who", ["alma", "front", "vault", "lead", "operator"])
def test_whoever_asks_gets_what_nobody_in_particular_gets(nobody: TestClient, visit: Visit, who: str) -> None:
    assert visit(who).get("/feed.atom").content == nobody.get("/feed.atom").content


def test_a_key_makes_no_difference_either(nobody: TestClient) -> None:
    assert nobody.get("/feed.atom", headers={"authorization": "Bearer nothing"}).status_code == 200


def test_what_is_published_is_in_the_very_next_request(nobody: TestClient, lead: TestClient) -> None:
    assert SLUG not in entries(nobody)
    publish(lead)
    assert next(iter(entries(nobody))) == SLUG


def hide(lead: TestClient, desk: Desk) -> None:
    publish(lead, "internal")


def archive(lead: TestClient, desk: Desk) -> None:
    assert lead.post(f"/api/v1/articles/{SLUG}/archive", json={"version": version(lead)}).status_code == 204


def remove(lead: TestClient, desk: Desk) -> None:
    assert lead.delete(f"/api/v1/articles/{SLUG}").status_code == 204


def merge(lead: TestClient, desk: Desk) -> None:
    with desk.writing() as session:
        merging.merge(session, SYSTEM, "heron", SLUG, datetime.now(UTC))
        session.commit()


@pytest.mark.parametrize("act", [hide, archive, remove, merge])
def test_what_is_taken_away_is_gone_in_the_very_next_request(
    nobody: TestClient, lead: TestClient, desk: Desk, act: Callable[[TestClient, Desk], None]
) -> None:
    publish(lead)
    held = nobody.get("/feed.atom").headers["etag"]
    act(lead, desk)
    later = nobody.get("/feed.atom", headers={"if-none-match": held})
    assert later.status_code == 200, "whoever holds the feed is told as well"
    assert set(entries(nobody)) == EVERYBODYS
    assert SLUG not in later.text
    assert nobody.get("/feed.atom?product=Quarkle").status_code == 404


def test_what_is_hidden_and_shown_again_is_the_same_entry(nobody: TestClient, lead: TestClient) -> None:
    publish(lead)
    first = said(entries(nobody)[SLUG], "id")
    publish(lead, "internal")
    publish(lead)
    assert said(entries(nobody)[SLUG], "id") == first


def test_a_slug_that_is_used_again_is_another_entry(nobody: TestClient, lead: TestClient, desk: Desk) -> None:
    publish(lead)
    first = said(entries(nobody)[SLUG], "id")
    remove(lead, desk)
    assert lead.post("/api/v1/articles", json=TEXT).json()["slug"] == SLUG
    publish(lead)
    assert said(entries(nobody)[SLUG], "id") != first


def test_what_an_agent_published_waits_until_it_is_validated(
    nobody: TestClient, visit: Visit, lead: TestClient
) -> None:
    publish(visit("front"))
    assert nobody.get(f"/articles/{SLUG}").status_code == 200
    assert SLUG not in entries(nobody)
    assert entries(nobody, "/feed.atom?product=Quarkle") == {}, "its shelf is there, and nothing of it is vouched for"
    publish(lead)
    assert SLUG in entries(nobody)


def test_saving_a_text_announces_nothing_and_publishing_it_does(nobody: TestClient, lead: TestClient) -> None:
    publish(lead)
    heron_first = list(entries(nobody))
    newer = TEXT | {"body": "Blow on it instead.", "summary": "Breath thaws it.", "version": version(lead)}
    assert lead.put(f"/api/v1/drafts/{SLUG}", json=newer).status_code == 200
    assert said(entries(nobody)[SLUG], "summary") == TEXT["body"]
    saved = nobody.get("/feed.atom").headers["etag"]
    newer |= {"body": "Blow on it, gently.", "version": version(lead)}
    assert lead.put(f"/api/v1/drafts/{SLUG}", json=newer).status_code == 200
    assert nobody.get("/feed.atom", headers={"if-none-match": saved}).status_code == 304
    publish(lead)
    assert nobody.get("/feed.atom", headers={"if-none-match": saved}).status_code == 200
    assert said(entries(nobody)[SLUG], "summary") == "Breath thaws it."
    assert list(entries(nobody)) == heron_first


def test_whoever_has_it_already_is_not_sent_it_again(nobody: TestClient) -> None:
    first = nobody.get("/feed.atom")
    assert first.headers["cache-control"] == "no-cache"
    tag = first.headers["etag"]
    for held in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = nobody.get("/feed.atom", headers={"if-none-match": held})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert nobody.get("/feed.atom", headers={"if-none-match": '"other"'}).status_code == 200
    assert nobody.get("/feed.atom?topic=Refunds", headers={"if-none-match": tag}).status_code == 200


def test_its_headers_can_be_asked_for_alone(nobody: TestClient) -> None:
    head, whole = nobody.head("/feed.atom"), nobody.get("/feed.atom")
    assert head.status_code == 200
    assert {name: head.headers[name] for name in ("etag", "content-type", "content-length")} == {
        name: whole.headers[name] for name in ("etag", "content-type", "content-length")
    }


def test_a_feed_is_narrowed_to_a_product_and_a_topic(nobody: TestClient, desk: Desk) -> None:
    bring(
        desk,
        ArticleRecord("one", "One", "Text.", products=("Tills & more",), topics=("Refunds",)),
        ArticleRecord("two", "Two", "Text.", products=("Tills & more", "Readers"), topics=("Access",)),
        ArticleRecord("three", "Three", "Text.", products=("Tills & more",), topics=("Access",), audience="internal"),
    )
    assert set(entries(nobody, "/feed.atom?product=Tills %26 more")) == {"one", "two"}
    assert set(entries(nobody, "/feed.atom?topic=Refunds")) == {"one", "refund-a-payment"}
    assert set(entries(nobody, "/feed.atom?product=Tills %26 more&topic=Access")) == {"two"}


@pytest.mark.parametrize("asked", ["product=Nothing", "topic=Nothing", "product=Nothing&topic=Refunds"])
def test_an_unknown_shelf_is_answered_as_by_its_page(nobody: TestClient, visit: Visit, asked: str) -> None:
    assert nobody.get(f"/feed.atom?{asked}").status_code == nobody.get(f"/browse?{asked}").status_code == 404
    assert "There are no articles here." in nobody.get(f"/feed.atom?{asked}").text


@pytest.mark.parametrize("shelf", ["product=Product", "topic=Topic"])
def test_a_hidden_shelf_and_one_that_never_was_are_the_same(visit: Visit, shelf: str) -> None:
    assert visit("front").get(f"/browse?{shelf} wordinternalplover").status_code == 200
    assert visit("front").get(f"/feed.atom?{shelf} wordinternalplover").status_code == 404


def test_nothing_in_an_article_breaks_the_feed(nobody: TestClient, desk: Desk) -> None:
    with desk.writing() as session:
        # Past the checks of what comes in: what stands in the records already must not break it either.
        record = ArticleRecord("hostile", HOSTILE, HOSTILE, summary=HOSTILE, products=(HOSTILE,), topics=("a]]>b",))
        import_article(session, record, datetime.now(UTC))
        session.commit()
    entry = entries(nobody)["hostile"]
    held = HOSTILE.replace("\ufffe", "").replace("\x0b", "").replace("\x00", "")
    assert said(entry, "title") == said(entry, "summary") == held
    assert [c.attrib["term"] for c in entry.iterfind(f"{ATOM}category")] == [held, "a]]>b"]
    assert len(entry) == 8, "no markup of an article became an element"


def test_a_long_opening_is_cut(nobody: TestClient, desk: Desk) -> None:
    bring(desk, ArticleRecord("long", "Long", "長" * 400))
    summary = said(entries(nobody)["long"], "summary")
    assert len(summary) == LONGEST
    assert summary.endswith("長…")


def test_an_empty_desk_has_a_feed_with_nothing_in_it(nobody: TestClient, desk: Desk) -> None:
    with desk.writing() as session:
        for slug in ("heron", *HELP):
            removing.remove_article(session, SYSTEM, slug, datetime.now(UTC))
        session.commit()
    root = read(nobody)
    assert list(root.iterfind(f"{ATOM}entry")) == []
    assert said(root, "title") == "Test desk"
    assert datetime.fromisoformat(said(root, "updated")).tzinfo is not None
    tag = nobody.get("/feed.atom").headers["etag"]
    assert nobody.get("/feed.atom", headers={"if-none-match": tag}).status_code == 304


def test_a_feed_ends_after_the_newest(nobody: TestClient, desk: Desk) -> None:
    began = datetime(2020, 1, 1, tzinfo=UTC)
    records = [
        ArticleRecord(f"many-{n}", f"Many {n}", "Text.", topics=("Many",), updated_at=began + timedelta(days=n))
        for n in range(MOST + 5)
    ]
    bring(desk, *records)
    found = entries(nobody, "/feed.atom?topic=Many")
    assert list(found) == [f"many-{n}" for n in reversed(range(5, MOST + 5))]


def test_pages_lead_to_the_feed_of_what_they_show(nobody: TestClient, visit: Visit) -> None:
    discovered = '<link rel="alternate" type="application/atom+xml" href="{}"'
    for address, feed in {
        "/": "/feed.atom", "/articles/heron": "/feed.atom", "/browse": "/feed.atom",
        "/browse?topic=Refunds": "/feed.atom?topic=Refunds",
        "/browse?product=Product wordpublicheron": "/feed.atom?product=Product+wordpublicheron",
    }.items():  # fmt: skip
        text = nobody.get(address).text
        assert text.count('rel="alternate"') == 1
        assert discovered.format(feed) in text
        assert (f'<a href="{feed}" type="application/atom+xml">Feed</a>' in text) == address.startswith("/browse")
    assert "atom" not in visit("front").get("/browse?topic=Topic wordinternalplover").text
    assert "atom" not in visit("front").get("/desk/queue").text
