"""A feed in Atom 1.0 (RFC 4287). Invariant: well-formed whatever an article says, and every address in it is whole."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID, uuid5
from xml.etree.ElementTree import Element, SubElement, tostring

from kb.services.announcing import Announcement
from web.addresses import article_address, feed_address, shelf_address

NAMESPACE: Final = "http://www.w3.org/2005/Atom"
MEDIA_TYPE: Final = "application/atom+xml"
IDS: Final = UUID("e7a1e0ae-0b04-4714-a099-9539a2ca5ef9")
"""Another one would make every entry a new one to whoever follows."""
ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, not even escaped; no serialiser takes it out."""
NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""A feed must say when it changed, also an empty one, and must say the same each time."""


def feed(origin: str, name: str, news: Sequence[Announcement], *, product: str = "", topic: str = "") -> bytes:
    """All of it. The desk is the author of every entry: who keeps an article is for the desk to know."""
    here = f"{origin}{feed_address(product, topic)}"
    root = Element("feed", {"xmlns": NAMESPACE})
    _add(root, "id", here)
    _add(root, "title", " · ".join(part for part in (name, product, topic) if part))
    _add(root, "updated", max((one.changed_at for one in news), default=NEVER).isoformat())
    _add(_add(root, "author"), "name", name)
    _add(root, "link", rel="self", type=MEDIA_TYPE, href=here)
    _add(root, "link", rel="alternate", type="text/html", href=f"{origin}{shelf_address(product, topic)}")
    for one in news:
        _entry(_add(root, "entry"), origin, one)
    whole: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return whole


def _entry(entry: Element, origin: str, one: Announcement) -> None:
    # Stays the same where the desk moves to another address, and is another one where a slug is used again.
    _add(entry, "id", uuid5(IDS, f"{one.slug} {one.begun_at.isoformat()}").urn)
    _add(entry, "title", one.title)
    _add(entry, "updated", one.changed_at.isoformat())
    _add(entry, "published", one.begun_at.isoformat())
    _add(entry, "link", rel="alternate", type="text/html", href=f"{origin}{article_address(one.slug)}")
    _add(entry, "summary", one.summary)
    for kind, names in (("product", one.products), ("topic", one.topics)):
        for term in names:
            _add(entry, "category", term=term, scheme=f"{origin}/browse?{kind}=")


def _add(parent: Element, tag: str, text: str = "", **attributes: str) -> Element:
    made = SubElement(parent, tag, {name: ILLEGAL.sub("", value) for name, value in attributes.items()})
    made.text = ILLEGAL.sub("", text) or None
    return made
