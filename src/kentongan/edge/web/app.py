"""The web application: routes, fences and the start and stop of the running parts."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from argon2 import PasswordHasher
from litestar import Litestar
from litestar.types import ASGIApp, Receive, Scope, Send

from kentongan.edge.web import (
    account_routes,
    agency_routes,
    alias_routes,
    aml_routes,
    backup_routes,
    call_routes,
    caller_routes,
    citizen_routes,
    city_routes,
    command_routes,
    evaluation_routes,
    follow_routes,
    handover_routes,
    import_routes,
    incident_routes,
    journal_routes,
    map_routes,
    naming_routes,
    notify_routes,
    pack_routes,
    pages,
    paper_routes,
    photo_routes,
    plan_routes,
    public_routes,
    recording_routes,
    report_routes,
    schema_routes,
    session_routes,
    socket_route,
    track_routes,
    trainer_routes,
    typing_routes,
    voice_routes,
)
from kentongan.edge.web.fences import READS, Headers, check_csrf, check_origin
from kentongan.edge.web.parts import Parts
from kentongan.edge.web.ports import WebDependencies
from kentongan.edge.web.problems import HANDLERS

SIGN_IN = ("POST", "/api/session")
"""The one change that comes without a session, and so without a CSRF value."""


def create_app(given: WebDependencies, hasher: PasswordHasher | None = None) -> Litestar:
    """The application. `hasher` is a cheaper one in tests."""
    parts = Parts(given, hasher)

    @asynccontextmanager
    async def running(_app: Litestar) -> AsyncGenerator[None]:
        await parts.start()
        try:
            yield
        finally:
            await parts.stop()

    app = Litestar(
        route_handlers=[
            *session_routes.routes(parts),
            *command_routes.routes(parts),
            *city_routes.routes(parts),
            *incident_routes.routes(parts),
            *account_routes.routes(parts),
            *agency_routes.routes(parts),
            *evaluation_routes.routes(parts),
            *import_routes.routes(parts),
            *plan_routes.routes(parts),
            *alias_routes.routes(parts),
            *map_routes.routes(parts),
            *naming_routes.routes(parts),
            *notify_routes.routes(parts),
            *call_routes.routes(parts),
            *caller_routes.routes(parts),
            *aml_routes.routes(parts),
            *recording_routes.routes(parts),
            *handover_routes.routes(parts),
            *paper_routes.routes(parts),
            *report_routes.routes(parts),
            *public_routes.routes(parts),
            *journal_routes.routes(parts),
            *backup_routes.routes(parts),
            *photo_routes.routes(parts),
            *pack_routes.routes(parts),
            *voice_routes.routes(parts),
            *typing_routes.routes(parts),
            *citizen_routes.routes(parts),
            *follow_routes.routes(parts),
            *track_routes.routes(parts),
            *trainer_routes.routes(parts),
            *schema_routes.routes(given.version),
            *socket_route.routes(parts),
            *pages.routes(given.static_dir),
        ],
        exception_handlers=HANDLERS,
        middleware=[_changing_requests(given)],
        lifespan=[running],
        openapi_config=None,
        logging_config=None,
        request_max_body_size=command_routes.BODY_BYTES_MAX,
        debug=False,
    )
    app.asgi_handler = Headers(app.asgi_handler, secure=given.secure_cookies)
    app.state.parts = parts
    return app


def _needs_no_session(scope: Scope) -> bool:
    """Requests that no cookie makes stronger: there is nothing a foreign page could misuse."""
    if scope["type"] != "http":
        return False
    path = scope["path"]
    return (scope["method"], path) == SIGN_IN or path.startswith(f"{citizen_routes.PREFIX}/")


def _is_of_page(scope: Scope) -> bool:
    """Whether a browser's page asks; an operator's server proves itself by its word."""
    return scope["path"] != aml_routes.AML


def _changing_requests(given: WebDependencies):
    """Origin and CSRF cookie of every request that may change something."""

    def around(app: ASGIApp) -> ASGIApp:
        async def checked(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http" and scope["method"] not in READS and _is_of_page(scope):
                check_origin(scope, given.origins)
                if not _needs_no_session(scope):
                    check_csrf(scope)
            await app(scope, receive, send)

        return checked

    return around
