"""What stands before every route. Invariant: no reply leaves without its headers and a reference, none changes anything
for another site, and no text of a question or ticket reaches the log.
"""

from __future__ import annotations

import logging
import time
import traceback
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web import failures
from web.locales import speaking, speech_of

ACCESS = logging.getLogger("deflect.access")
TROUBLE = logging.getLogger("deflect.trouble")
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
SAME_SITE: Final = frozenset({"same-origin", "none"})
LARGEST_FORM: Final = 1_000_000
LARGEST_JSON: Final = 6_000_000
"""Bytes; an article may have five million characters."""
POLICY: Final = "; ".join((
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "font-src 'self'",
    "connect-src 'self'", "manifest-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
))  # fmt: skip
HEADERS: Final = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class Guard:
    """Reference, headers, one line in the log, and a plain page for what nobody foresaw."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        self._headers = HEADERS | ({"strict-transport-security": "max-age=31536000"} if secure else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["method"] == "HEAD":
            # Whoever can be asked for a page can be asked for its headers; the server leaves the body out.
            scope = {**scope, "method": "GET"}
        began, status = time.monotonic(), 0
        reference = uuid4().hex[:12]
        scope.setdefault("state", {})["reference"] = reference

        async def with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._add(MutableHeaders(scope=message), reference)
            await send(message)

        with speaking(speech_of(Headers(scope=scope).get("accept-language", ""))):
            try:
                await self._app(scope, receive, with_headers)
            except Exception as error:  # noqa: BLE001 - the last resort: the reader gets a page, the log gets the place
                _note(reference, error)
                if not status:
                    await failures.unexpected(Request(scope))(scope, receive, with_headers)
        # The path only: what was searched for is nobody's business.
        ACCESS.info(
            "%s %s %s %d ms %s", scope["method"], scope["path"].encode("unicode_escape").decode()[:200], status,
            1000 * (time.monotonic() - began), reference,
        )  # fmt: skip

    def _add(self, headers: MutableHeaders, reference: str) -> None:
        for name, value in self._headers.items():
            headers.setdefault(name, value)
        headers.setdefault("cache-control", "no-store")
        headers["x-request-id"] = reference


def _note(reference: str, error: Exception) -> None:
    """Where it happened, without the message: a database's message quotes the row."""
    places = "".join(traceback.format_tb(error.__traceback__))
    TROUBLE.error("request %s failed with %s\n%s", reference, type(error).__name__, places)


class SameOrigin:
    """Refuses to change anything for a page of another site."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in SAFE and not _ours(Headers(scope=scope)):
            refusal = failures.respond(Request(scope), failures.ForeignOriginError())
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _ours(headers: Headers) -> bool:
    """A browser says where a request comes from; a program that says nothing must not ride on a cookie."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in SAME_SITE
    origin = headers.get("origin")
    if origin is not None:
        return _host_of(origin) == headers.get("host", "").lower() != ""
    return "cookie" not in headers


def _host_of(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


class Sized:
    """Refuses bodies that are larger than anything a person writes, whether or not they say so beforehand."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in SAFE:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        files = headers.get("content-type", "").startswith("multipart/form-data")
        largest = LARGEST_JSON if files or failures.for_programs(scope["path"]) else LARGEST_FORM
        declared = headers.get("content-length", "0")
        if not declared.isdecimal() or int(declared[:19]) > largest:
            await failures.respond(Request(scope), failures.TooLargeError())(scope, receive, send)
            return
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > largest:
                # Only this kind passes the framework's own handling of bodies that cannot be read.
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return message

        await self._app(scope, counted, send)
