"""Pages as a set: each has its context, its strings can be translated, and what they load names its content."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from fastapi.testclient import TestClient

import web.pages
from tests.web.conftest import Visit
from web import assets, locales
from web.failures import FailurePage
from web.locales import speech_of
from web.rendering import TEMPLATES, Page, environment


def contexts() -> list[type[Page]]:
    for module in pkgutil.walk_packages(web.pages.__path__, "web.pages."):
        importlib.import_module(module.name)
    found, waiting = [FailurePage], list(Page.__subclasses__())
    while waiting:
        kind = waiting.pop()
        found += [kind] if "template" in vars(kind) else []
        waiting += kind.__subclasses__()
    return found


def test_every_context_is_frozen_documented_and_has_its_template() -> None:
    for kind in contexts():
        assert dataclasses.is_dataclass(kind)
        assert kind.__dataclass_params__.frozen, kind  # type: ignore[attr-defined]
        assert kind.__doc__, kind
        assert not kind.__doc__.startswith(f"{kind.__name__}("), kind
        assert (TEMPLATES / kind.template).is_file(), kind.template


def test_every_template_is_a_page_or_is_used_by_one() -> None:
    pages = {kind.template for kind in contexts()}
    texts = "".join(path.read_text() for path in TEMPLATES.rglob("*.html"))
    for path in TEMPLATES.rglob("*.html"):
        name = path.relative_to(TEMPLATES).as_posix()
        assert name in pages or f'"{name}"' in texts, name


def test_every_template_is_sound() -> None:
    for path in TEMPLATES.rglob("*.html"):
        environment().get_template(path.relative_to(TEMPLATES).as_posix())


def test_nothing_in_a_template_goes_past_escaping_but_an_articles_body() -> None:
    raw = {
        (path.relative_to(TEMPLATES).as_posix(), match[0])
        for path in TEMPLATES.rglob("*.html")
        for match in re.finditer(r"\{\{[^}]*\|\s*safe\s*\}\}|autoescape", path.read_text())
    }
    # Both are made and sanitised by kb.markup.
    assert {found for _, found in raw} <= {"{{ article.html | safe }}", "{{ page.preview_html | safe }}"}, raw


def test_no_template_has_a_script_or_a_style_inside() -> None:
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text()
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"|javascript:", text), path
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text)), path


def test_what_a_page_loads_may_be_kept_for_ever_because_its_address_names_it(nobody: TestClient) -> None:
    for address in re.findall(r'(?:href|src)="(/static/[^"]+)"', nobody.get("/").text):
        reply = nobody.get(address)
        assert reply.status_code == 200, address
        assert reply.headers["cache-control"] == assets.FOR_EVER
        older = nobody.get(address.replace(assets.digest(), "0" * 12))
        assert older.headers["cache-control"] == "no-cache"
        assert older.content == reply.content


@pytest.mark.parametrize(
    "address", ["/static/x/../../settings.py", "/static/x/..%2f..%2fsettings.py", "/static/x/", "/static/"]
)
def test_only_what_is_served_is_served(nobody: TestClient, address: str) -> None:
    assert nobody.get(address).status_code in {404, 405}


def test_modules_import_only_each_other() -> None:
    folder = assets.FOLDER / "js"
    for path in folder.rglob("*.js"):
        for named in re.findall(r'from\s+"([^"]+)"', path.read_text()):
            assert (path.parent / named).resolve().is_relative_to(folder.resolve()), named
            assert (path.parent / named).is_file(), named
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|eval\(|document\.write", path.read_text()), path


def test_styles_mirror_with_the_direction_of_writing() -> None:
    sides = re.compile(
        r"(?:margin|padding|border|inset)-(?:left|right)|text-align:\s*(?:left|right)|\b(?:left|right):\s"
    )
    for path in (assets.FOLDER / "css").glob("*.css"):
        assert not sides.search(path.read_text()), path


@pytest.fixture
def catalogues(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A made-up translation of every string into Hebrew, which is written from right to left."""
    catalogue = Catalog(locale="he")
    methods = [("**/templates/**.html", "jinja2"), ("**.py", "python")]
    for _, _, message, _, _ in extract_from_dir(
        str(TEMPLATES.parent), methods, keywords={"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}
    ):
        catalogue.add(message, tuple(f"א{part}" for part in message) if isinstance(message, tuple) else f"א{message}")
    folder = tmp_path / "he" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "deflect.mo").open("wb") as file:
        write_mo(file, catalogue)
    monkeypatch.setattr(locales.speech_of.__wrapped__, "__defaults__", (tmp_path,))
    speech_of.cache_clear()
    return tmp_path


def test_pages_speak_the_readers_language_and_mirror(nobody: TestClient, catalogues: Path) -> None:
    text = nobody.get("/", headers={"accept-language": "he-IL, en;q=0.5"}).text
    assert '<html lang="he-IL" dir="rtl">' in text
    assert "אHow can we help?" in text
    assert "אSkip to content" in text
    assert ">אBrowse</a>" in text
    lost = nobody.get("/nothing", headers={"accept-language": "he"}).text
    assert "אThere is nothing at this address." in lost
    assert "אYour reply was sent." in nobody.get("/?done=sent", headers={"accept-language": "he"}).text
    speech_of.cache_clear()


def test_dates_are_written_the_readers_way(nobody: TestClient) -> None:
    moment = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
    assert speech_of("en-GB").date(moment) == "4 Mar 2026"
    assert speech_of("en-US").date(moment) == "Mar 4, 2026"
    assert speech_of("xx-nonsense;q=abc,,;;").lang == "en"
    assert speech_of("de").lang == "en", "there is no German catalogue"


def test_a_clock_that_went_back_gives_no_moment_in_the_future() -> None:
    now = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
    assert speech_of("en").ago(now + timedelta(hours=1), now) == "1 second ago"
    assert speech_of("en").ago(now - timedelta(hours=3), now) == "3 hours ago"


def test_every_component_is_shown_to_staff(visit: Visit) -> None:
    text = visit("front").get("/patterns").text
    for part in ("button primary", "notice warn", "badge guarded", 'class="turn', "has-wrong", 'class="steps"'):
        assert part in text
    assert visit("alma").get("/patterns").status_code == 403
    assert visit("nobody").get("/patterns").status_code == 303
