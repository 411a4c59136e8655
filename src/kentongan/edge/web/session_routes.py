"""Signing in and out over HTTP."""

from litestar import Response, delete, get, post
from litestar.handlers import HTTPRouteHandler

from kentongan.edge.web.account_keeping import chosen
from kentongan.edge.web.answers import AnyRequest, as_json
from kentongan.edge.web.bodies import CityName, Demo, Me, decode_own_password, decode_sign_in
from kentongan.edge.web.fences import CSRF_COOKIE, SESSION_COOKIE
from kentongan.edge.web.parts import Parts
from kentongan.edge.web.problems import Problem
from kentongan.edge.web.sessions import SignedIn
from kentongan.edge.web.viewer import signed_in
from kentongan.store.accounts import SESSION_MAX

BODY_BYTES_MAX = 16_000
"""A name and a password."""


def routes(parts: Parts) -> list[HTTPRouteHandler]:
    """The session's addresses, one's own password among them."""

    @post("/api/session", request_max_body_size=BODY_BYTES_MAX, status_code=200)
    async def sign_in(request: AnyRequest) -> Response[bytes]:
        asked = decode_sign_in(await request.body())
        address = _address_of(request)
        fresh = None if asked.new_password is None else chosen(parts, asked.new_password)
        key, found = await parts.sessions.sign_in(asked.name, asked.password, address, fresh)
        return with_cookies(as_json(_me(parts, found)), parts, key, found)

    @post("/api/session/password", request_max_body_size=BODY_BYTES_MAX, status_code=200)
    async def own_password(request: AnyRequest) -> Response[bytes]:
        found = await signed_in(request, parts.sessions)
        asked = decode_own_password(await request.body())
        fresh = chosen(parts, asked.new_password)
        await parts.sessions.change_password(found, asked.password, _address_of(request), fresh)
        await parts.check_screens()
        return as_json({"outcome": "done"})

    @get("/api/session")
    async def who(request: AnyRequest) -> Response[bytes]:
        return as_json(_me(parts, await signed_in(request, parts.sessions)))

    @delete("/api/session", status_code=200)
    async def sign_out(request: AnyRequest) -> Response[bytes]:
        found = await signed_in(request, parts.sessions)
        if request.query_params.get("everywhere"):
            await parts.sessions.sign_out_everywhere(found.agent.id)
            parts.live.end_agent(found.agent.id)
        else:
            await parts.sessions.sign_out(found)
            parts.live.end_session(found.session.key)
        return without_cookies(as_json({"outcome": "done"}), parts)

    @get("/api/demo")
    async def demo() -> Response[bytes]:
        """Who may try the demo; outside a demo there is no such address."""
        if not parts.given.demo_accounts:
            raise Problem(404, "not_found")
        return as_json(Demo(demo=True, accounts=parts.given.demo_accounts))

    return [sign_in, own_password, who, sign_out, demo]


def _address_of(request: AnyRequest) -> str:
    return request.client.host if request.client is not None else "unknown"


def _me(parts: Parts, found: SignedIn) -> Me:
    given = parts.given
    return Me(
        agent=parts.live.at_desk(found.agent),  # so that a reloaded page knows its place
        csrf=found.session.csrf,
        training=given.training,
        demo=bool(given.demo_accounts),
        scenarios=given.start_scenario is not None,
        city=CityName(key=parts.city.pack.city.key, name=parts.city.pack.city.name.id),
        expires_at=found.session.expires_at,
        at=given.clock(),
        version=given.version,
    )


def with_cookies(
    response: Response[bytes], parts: Parts, key: str, found: SignedIn
) -> Response[bytes]:
    """The answer that makes the browser remember."""
    seconds = int(SESSION_MAX.total_seconds())
    _set(response, SESSION_COOKIE, key, seconds, parts, hidden=True)
    _set(response, CSRF_COOKIE, found.session.csrf, seconds, parts, hidden=False)
    return response


def without_cookies(response: Response[bytes], parts: Parts) -> Response[bytes]:
    """The answer that makes the browser forget."""
    _set(response, SESSION_COOKIE, "", 0, parts, hidden=True)
    _set(response, CSRF_COOKIE, "", 0, parts, hidden=False)
    return response


def _set(
    response: Response[bytes], name: str, value: str, seconds: int, parts: Parts, *, hidden: bool
) -> None:
    response.set_cookie(
        key=name,
        value=value,
        max_age=seconds,
        path="/",
        httponly=hidden,
        samesite="strict",
        secure=parts.given.secure_cookies,
    )
