"""The pages on which articles are kept: health, history, files, review, merging."""

from __future__ import annotations

import json
import re
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

from sqlalchemy import select

from kb.models import Article, Attachment, Comment, Revision, Submission
from kb.services import accounts, editing, histories, ticketing
from kb.services.publishing import Text
from kb.services.ticketing import NewTicket
from kb.viewers import SYSTEM
from tests.kb.desk_of_people import PASSWORD
from tests.kb.test_attaching import SVG, picture
from tests.web.conftest import Visit
from web.connectors.language import ChatModel
from web.desk import Desk

DRAFT = Text("A draft of ours", "", "## Do\n\nTurn it around.", "markdown")


def written(desk: Desk) -> str:
    with desk.writing() as session:
        slug = editing.write(session, SYSTEM, DRAFT, datetime.now(UTC))
        session.commit()
    return slug


def version(desk: Desk, slug: str) -> int:
    with desk.reading() as session:
        return editing.editable(session, SYSTEM, slug).version


def test_everything_about_an_article_is_on_one_page(visit: Visit, desk: Desk) -> None:
    slug = published(desk)
    page = visit("front").get(f"/desk/articles/{slug}/about")
    assert page.status_code == 200
    for part in (
        "of 100",
        "What it gave back",
        "Its texts",
        "Let it out",
        "Looked after by",
        "Pictures and files",
        "Remarks",
    ):
        assert part in page.text
    assert visit("alma").get(f"/desk/articles/{slug}/about").status_code == 403


def published(desk: Desk) -> str:
    with desk.reading() as session:
        return (
            session.scalars(
                select(Article.slug).where(
                    Article.published_id.is_not(None), Article.audience == "public", Article.confidence != "archived"
                )
            ).first()
            or ""
        )


def test_a_picture_is_added_shown_and_removed(visit: Visit, desk: Desk) -> None:
    slug, agent = published(desk), visit("front")
    added = agent.post(f"/desk/articles/{slug}/attach", files={"file": ("a b.png", picture(), "text/html")})
    assert f"![a-b.png](/files/{slug}/a-b.png)" in agent.get(added.headers["location"]).text
    shown = visit("nobody").get(f"/files/{slug}/a-b.png")
    assert (shown.content, shown.headers["content-type"]) == (picture(), "image/png")
    assert shown.headers["content-disposition"].startswith("inline")
    assert "sandbox" in shown.headers["content-security-policy"]
    assert shown.headers["x-content-type-options"] == "nosniff"
    agent.post(f"/desk/articles/{slug}/detach", data={"name": "a-b.png"})
    assert visit("nobody").get(f"/files/{slug}/a-b.png").status_code == 404


def test_what_could_run_is_refused_with_the_page(visit: Visit, desk: Desk) -> None:
    slug = published(desk)
    with desk.reading() as session:
        before = session.scalars(select(Attachment.id)).all()
    refused = visit("front").post(f"/desk/articles/{slug}/attach", files={"file": ("x.png", SVG, "image/png")})
    assert refused.status_code == 422
    assert "Only PNG" in refused.text
    huge = visit("front").post(
        f"/desk/articles/{slug}/attach", files={"file": ("x.txt", b"x" * 5_500_000, "text/plain")}
    )
    assert huge.status_code == 422
    with desk.reading() as session:
        assert session.scalars(select(Attachment.id)).all() == before


def test_files_of_a_draft_are_not_for_customers(visit: Visit, desk: Desk) -> None:
    slug = written(desk)
    visit("front").post(f"/desk/articles/{slug}/attach", files={"file": ("a.txt", b"text", "text/plain")})
    assert visit("front").get(f"/files/{slug}/a.txt").headers["content-disposition"].startswith("attachment")
    assert visit("alma").get(f"/files/{slug}/a.txt").status_code == 404


def test_a_text_is_submitted_read_and_let_out_by_somebody_else(visit: Visit, desk: Desk) -> None:
    slug, agent, lead = written(desk), visit("front"), visit("lead")
    sent = agent.post(f"/desk/articles/{slug}/submit", data={"version": version(desk, slug), "audience": "public"})
    assert "Submitted" in agent.get(sent.headers["location"]).text
    assert "A coach or a lead decides" not in agent.get("/desk/submissions").text
    with desk.reading() as session:
        number = session.scalars(select(Submission.id).order_by(Submission.id.desc())).first()
    assert agent.post(f"/desk/submissions/{number}", data={"answer": "approve"}).status_code == 403
    assert lead.post(f"/desk/submissions/{number}", data={"answer": "return", "note": ""}).status_code == 422
    out = lead.post(f"/desk/submissions/{number}", data={"answer": "approve"})
    assert "It is out, validated" in lead.get(out.headers["location"]).text
    assert visit("nobody").get(f"/articles/{slug}").status_code == 200
    assert lead.post(f"/desk/submissions/{number}", data={"answer": "approve"}).status_code == 409


def test_an_old_text_is_compared_and_written_again(visit: Visit, desk: Desk) -> None:
    slug, agent = written(desk), visit("front")
    with desk.writing() as session:
        newer = Text(DRAFT.title, "", "Something else.", "markdown")
        editing.save(session, SYSTEM, slug, newer, editing.editable(session, SYSTEM, slug).version, datetime.now(UTC))
        session.commit()
    assert "From version 1" in agent.get(f"/desk/articles/{slug}/about?version=1").text
    agent.post(f"/desk/articles/{slug}/restore", data={"number": 1, "version": version(desk, slug)})
    with desk.reading() as session:
        bodies = session.scalars(
            select(Revision.body)
            .join(Article, Article.id == Revision.article_id)
            .where(Article.slug == slug)
            .order_by(Revision.number)
        ).all()
    assert bodies == [DRAFT.body, "Something else.", DRAFT.body]
    stale = agent.post(f"/desk/articles/{slug}/restore", data={"number": 1, "version": 1})
    assert stale.status_code == 409


def test_a_schedule_is_made_shown_and_called_off(visit: Visit, desk: Desk) -> None:
    slug, agent = written(desk), visit("front")
    late = agent.post(f"/desk/articles/{slug}/submit", data={"version": version(desk, slug), "at": "2020-01-01T00:00"})
    assert late.status_code == 422
    agent.post(
        f"/desk/articles/{slug}/submit",
        data={
            "version": version(desk, slug),
            "audience": "internal",
            "at": f"{datetime.now(UTC).year + 1}-01-02T09:30",
        },
    )
    assert "Comes out by itself" in agent.get(f"/desk/articles/{slug}/about").text
    agent.post(f"/desk/articles/{slug}/unschedule")
    with desk.reading() as session:
        assert histories.care(session, SYSTEM, slug, datetime.now(UTC)).publish_at is None


def test_remarks_and_care(visit: Visit, desk: Desk) -> None:
    slug, agent = written(desk), visit("front")
    agent.post(f"/desk/articles/{slug}/remark", data={"body": "Which <b>side</b>?"})
    page = agent.get(f"/desk/articles/{slug}/about").text
    assert "Which &lt;b&gt;side&lt;/b&gt;?" in page
    with desk.reading() as session:
        number = session.scalars(select(Comment.id)).one()
    agent.post(f"/desk/articles/{slug}/remark", data={"settled": number})
    assert "Dealt with</span>" in agent.get(f"/desk/articles/{slug}/about").text
    refused = agent.post(f"/desk/articles/{slug}/care", data={"owner": "nobody@example.com", "review_by": ""})
    assert refused.status_code == 422
    assert "Nobody on the desk" in refused.text


def test_who_wrote_an_article_finds_what_it_gave_back(visit: Visit, desk: Desk) -> None:
    slug, agent = written(desk), visit("front")
    form = {"title": DRAFT.title, "summary": "", "body": "## Do\n\nTurn it twice.", "version": version(desk, slug)}
    agent.post(f"/desk/articles/{slug}/publish", data=form | {"audience": "internal"})
    page = agent.get("/desk/became").text
    assert "What yours gave back" in page
    assert f'href="/desk/articles/{slug}/about">{DRAFT.title}</a>' in page
    assert f"/desk/articles/{slug}/about" not in visit("vault").get("/desk/became").text


def test_the_shelf_pages_answer_and_merging_leads_readers_on(visit: Visit, desk: Desk) -> None:
    lead = visit("lead")
    for place in ("health", "duplicates", "submissions", "became"):
        page = lead.get(f"/desk/{place}")
        assert page.status_code == 200
        assert re.search(r'aria-current="page"', page.text)
    with desk.reading() as session:
        slugs = session.scalars(
            select(Article.slug).where(
                Article.published_id.is_not(None), Article.audience == "public", Article.confidence != "archived"
            )
        ).all()[:2]
    assert visit("front").post("/desk/duplicates", data={"keep": slugs[0], "drop": slugs[1]}).status_code == 403
    merged = lead.post("/desk/duplicates", data={"keep": slugs[0], "drop": slugs[1]})
    assert "Readers, links and votes" in lead.get(merged.headers["location"]).text
    moved = visit("nobody").get(f"/articles/{slugs[1]}", follow_redirects=False)
    assert (moved.status_code, moved.headers["location"]) == (308, f"/articles/{slugs[0]}")


def test_another_message_can_be_named_as_the_solution_and_each_sentence_leads_to_its_place(
    visit: Visit, desk: Desk
) -> None:
    lead, now = visit("lead"), datetime.now(UTC)
    with desk.writing() as session:
        _, person = accounts.sign_in(session, "alma@example.com", PASSWORD, now, hours=1)
        asked = NewTicket("Drawer stays shut", "The cash drawer stays shut when the sale ends.")
        reference = ticketing.open_ticket(session, person, asked, now)
        for words in ("Check the small black cable under the drawer.", "Press the release with a paper clip."):
            ticketing.reply(session, SYSTEM, reference, words, now)
        ticketing.resolve(session, SYSTEM, reference, "It opens.", now)
        session.commit()
    page = lead.get(f"/desk/tickets/{reference}/article").text
    first, second = re.findall(r'name="message" value="(\d+)"', page)
    assert f'value="{second}" checked' in page
    lead.post(f"/desk/tickets/{reference}/solution", data={"message": first})
    assert f'value="{first}" checked' in lead.get(f"/desk/tickets/{reference}/article").text
    made = lead.post(f"/desk/tickets/{reference}/article", data={"choice": "new"})
    edit = lead.get(made.headers["location"]).text
    assert "small black cable" in edit
    assert f"/desk/tickets/{reference}#message-{first}" in edit
    assert f'id="message-{first}"' in lead.get(f"/desk/tickets/{reference}").text


class Server(BaseHTTPRequestHandler):
    """A language model that invents a sentence."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        content = {"choices": [{"message": {"content": "Turn it around. Buy a new one."}}]}
        raw = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_: object) -> None:
        return


def test_a_language_model_is_offered_only_where_the_operator_gave_one(visit: Visit, desk: Desk) -> None:
    slug, agent = written(desk), visit("front")
    assert "Rephrase" not in agent.get(f"/desk/articles/{slug}/edit").text
    assert agent.post(f"/desk/articles/{slug}/rephrase", data={"version": 1}).status_code == 404
    server = HTTPServer(("127.0.0.1", 0), Server)
    thread = threading.Thread(target=server.handle_request)
    thread.start()
    desk.__dict__["language_model"] = ChatModel(f"http://127.0.0.1:{server.server_port}/v1", "small")
    assert "Rephrase" in agent.get(f"/desk/articles/{slug}/edit").text
    done = agent.post(f"/desk/articles/{slug}/rephrase", data={"version": version(desk, slug)})
    thread.join()
    server.server_close()
    assert "<del>Buy a new one.</del>" in done.text
    with desk.reading() as session:
        assert editing.editable(session, SYSTEM, slug).body == "Turn it around."
