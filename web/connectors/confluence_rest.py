"""Pages of a Confluence space over its REST interface, both ways.

Invariant: off unless the operator names an address; redirects are not followed, and a page that changed there meanwhile
is left alone and named.
Source: https://developer.atlassian.com/server/confluence/confluence-rest-api-examples/
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import httpx2

from kb.errors import UnavailableError
from kb.records import ArticleFile, ArticleRecord, slugify
from web.connectors.confluence import led_to_pages
from web.connectors.page_files import in_html, kept
from web.connectors.row import Row
from web.connectors.storage_format import convert
from web.connectors.storage_writing import shown, storage_of

PAGE_SIZE: Final = 50
MOST_PAGES: Final = 20_000
PATIENCE: Final = httpx2.Timeout(30.0, connect=5.0)
LARGEST_FILE: Final = 5_000_000
EXPAND: Final = "body.storage,version,metadata.labels,history.lastUpdated"
NO_CHECK: Final = {"X-Atlassian-Token": "no-check"}
"""Uploads are refused without it: a browser that was tricked could not send it."""
Pushed = Literal["created", "updated", "unchanged", "conflict"]


@dataclass(frozen=True, slots=True)
class Access:
    """Where, and as whom: a user with a token of the cloud, or a token alone of a server."""

    url: str
    space: str
    token: str
    user: str = ""


class Confluence:
    """One space. Use it in a `with`."""

    def __init__(self, access: Access, transport: httpx2.BaseTransport | None = None) -> None:
        signed = {} if access.user else {"Authorization": f"Bearer {access.token}"}
        self._space = access.space
        self._client = httpx2.Client(
            base_url=access.url.rstrip("/"), timeout=PATIENCE, transport=transport, trust_env=False,
            auth=(access.user, access.token) if access.user else None, headers=signed,
        )  # fmt: skip

    def __enter__(self) -> Confluence:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def pull(self, dropped: Counter[str]) -> Iterator[Row]:
        """A row a page, with its pictures; `dropped` counts what was left out."""
        pages = list(self._pages())
        slugs = {str(page["title"]): slugify(str(page["title"])) for page in pages}
        for page in pages:
            converted = convert(page["body"]["storage"]["value"])
            dropped.update(converted.dropped)
            slug = slugs[str(page["title"])]
            files = kept(self._files(str(page["id"]), dropped), dropped)
            labels = page.get("metadata", {}).get("labels", {}).get("results", [])
            yield Row(1, {
                "slug": slug, "title": page["title"], "body_format": "html",
                "body": in_html(led_to_pages(converted.html, slugs, dropped), slug, files, dropped),
                "topic": [label["name"] for label in labels], "files": files,
                "updated_at": page.get("history", {}).get("lastUpdated", {}).get("when"),
            }, str(page["title"]))  # fmt: skip

    def push(self, record: ArticleRecord, titles: Mapping[str, str], dropped: Counter[str]) -> Pushed:
        """Create the page of that title, or write its next version where it shows something else; its files with it.

        `titles` are those of all articles that leave, by slug; `dropped` counts what was left out.
        """
        storage = storage_of(record, titles, dropped)
        held = self._titled(record.title)
        if held is None:
            made = self._send("POST", "/rest/api/content", {
                "type": "page", "title": record.title, "space": {"key": self._space}, "body": _body(storage),
            })  # fmt: skip
            self._attach(str(made["id"]), record.files)
            return "created"
        if shown(held["body"]["storage"]["value"]) == shown(storage):
            return "updated" if self._attach(str(held["id"]), record.files) else "unchanged"
        answer = self._call("PUT", f"/rest/api/content/{held['id']}", json={
            "type": "page", "title": record.title, "body": _body(storage),
            "version": {"number": int(held["version"]["number"]) + 1},
        })  # fmt: skip
        if answer.status_code == httpx2.codes.CONFLICT:
            return "conflict"
        _checked(answer)
        self._attach(str(held["id"]), record.files)
        return "updated"

    def _attach(self, page: str, files: Sequence[ArticleFile]) -> int:
        """Upload what the page lacks or has otherwise; how many."""
        there = {str(file["title"]): file for file in self._attachments(page)} if files else {}
        sent = 0
        for file in files:
            held = there.get(file.name)
            if held is not None and self._holds(held, file.content):
                continue
            # The interface makes a file and its next version at two addresses.
            at = f"/rest/api/content/{page}/child/attachment" + (f"/{held['id']}/data" if held else "")
            _checked(self._call("POST", at, files={"file": (file.name, file.content)}, headers=NO_CHECK))
            sent += 1
        return sent

    def _holds(self, held: dict[str, Any], content: bytes) -> bool:
        if int(held.get("extensions", {}).get("fileSize", len(content))) != len(content):
            return False
        return _checked(self._call("GET", str(held["_links"]["download"]))).content == content

    def _attachments(self, page: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._get(f"/rest/api/content/{page}/child/attachment", {"limit": 200})["results"]
        return found

    def _pages(self) -> Iterator[dict[str, Any]]:
        start = 0
        while start < MOST_PAGES:
            found = self._get("/rest/api/content", {
                "spaceKey": self._space, "type": "page", "status": "current", "expand": EXPAND, "start": start,
                "limit": PAGE_SIZE,
            })  # fmt: skip
            yield from found["results"]
            start += len(found["results"])
            if not found["results"] or not found.get("_links", {}).get("next"):
                return

    def _titled(self, title: str) -> dict[str, Any] | None:
        found = self._get("/rest/api/content", {
            "spaceKey": self._space, "title": title, "type": "page", "expand": "body.storage,version",
        })  # fmt: skip
        results: list[dict[str, Any]] = found["results"]
        return results[0] if results else None

    def _files(self, page: str, dropped: Counter[str]) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        for file in self._attachments(page):
            if int(file.get("extensions", {}).get("fileSize", 0)) > LARGEST_FILE:
                dropped["file larger than 5 MB"] += 1
                continue
            found[str(file["title"])] = _checked(self._call("GET", str(file["_links"]["download"]))).content
        return found

    def _get(self, path: str, query: dict[str, Any]) -> dict[str, Any]:
        return _read(_checked(self._call("GET", path, params=query)), "results", list)

    def _send(self, method: str, path: str, content: dict[str, Any]) -> dict[str, Any]:
        return _read(_checked(self._call(method, path, json=content)), "id", str)

    def _call(self, method: str, path: str, **more: Any) -> httpx2.Response:  # noqa: ANN401 - as httpx takes it
        try:
            return self._client.request(method, path, **more)
        except httpx2.HTTPError as error:
            raise UnavailableError("Confluence cannot be reached. Check its address and the network.") from error


def _checked(answer: httpx2.Response) -> httpx2.Response:
    if answer.status_code in (httpx2.codes.UNAUTHORIZED, httpx2.codes.FORBIDDEN):
        raise UnavailableError("Confluence refused the token. Check it, and what its owner may do in that space.")
    if not answer.is_success:
        raise UnavailableError(f"Confluence answered {answer.status_code}. Nothing more was sent.")
    return answer


def _read(answer: httpx2.Response, needed: str, kind: type) -> dict[str, Any]:
    """What it says, if it says what was asked for."""
    try:
        values = answer.json()
    except ValueError as error:
        raise UnavailableError("Confluence answered something that is not JSON. Check its address.") from error
    if not isinstance(values, dict) or not isinstance(values.get(needed), kind):
        raise UnavailableError("Confluence answered something unexpected. Check its address.")
    return values


def _body(storage: str) -> dict[str, Any]:
    return {"storage": {"value": storage, "representation": "storage"}}
