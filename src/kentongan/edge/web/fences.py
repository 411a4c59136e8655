"""What every HTTP answer and every changing request must carry: headers, origin, CSRF.

Runs around the framework. A request that changes something must come from our own page: its
Origin is ours, and it repeats in a header the CSRF cookie that a foreign page cannot read.
"""

import hmac
from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import urlsplit

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from kentongan.edge.web.problems import Problem

SESSION_COOKIE: Final = "kentongan_session"
CSRF_COOKIE: Final = "kentongan_csrf"
CSRF_HEADER: Final = "x-kentongan-csrf"

READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
"""Our own files only, nothing inline; the map's worker is made from a blob."""

HEADERS: Final = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"microphone=(self), geolocation=(self), camera=(), payment=()"),
)

TRANSPORT: Final = (b"strict-transport-security", b"max-age=31536000")


class Headers:
    """Puts the security headers on every answer, also on those of errors and files."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        self._headers = [*HEADERS, TRANSPORT] if secure else [*HEADERS]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let it through, headers added."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        private = scope["path"].startswith("/api/")

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", []))
                headers.extend(self._headers)
                if private and not any(name.lower() == b"cache-control" for name, _ in headers):
                    headers.append((b"cache-control", b"no-store"))
                message["headers"] = headers
            await send(message)

        await self._app(scope, receive, with_headers)


def check_origin(scope: Scope, origins: Iterable[str]) -> None:
    """The page that asks is ours: its Origin is this host, or one of those in the settings."""
    headers = dict(scope["headers"])
    origin = headers.get(b"origin", b"").decode("latin-1")
    host = headers.get(b"host", b"").decode("latin-1")
    if origin and (origin in origins or (host and urlsplit(origin).netloc == host)):
        return
    raise Problem(403, "foreign_origin")


def check_csrf(scope: Scope, expected: str | None = None) -> None:
    """The header repeats the cookie, and both the session's own value when that is known."""
    headers = dict(scope["headers"])
    said = headers.get(CSRF_HEADER.encode(), b"").decode("latin-1")
    cookie = cookies_of(scope).get(CSRF_COOKIE, "")
    right = cookie if expected is None else expected
    if not said or not _same(said, cookie) or not _same(said, right):
        raise Problem(403, "csrf_failed")


def cookies_of(scope: Scope) -> dict[str, str]:
    """The request's cookies; unreadable ones count as none."""
    found: dict[str, str] = {}
    for name, value in scope["headers"]:
        if name == b"cookie":
            try:
                jar = SimpleCookie(value.decode("latin-1"))
            except CookieError:
                continue
            found.update({key: morsel.value for key, morsel in jar.items()})
    return found


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
