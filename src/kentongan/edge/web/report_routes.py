"""The monthly report as pages, by one click; an agency's officer gets the own agency's alone.

It is made away from this process and one at a time: a report must never hold up a call. Nobody's
words are in it; who asked stands in the access log all the same.
"""

import asyncio
import logging
import re
from typing import Final

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from kentongan.core.words import Agent, Role
from kentongan.edge.web.answers import AnyRequest
from kentongan.edge.web.lanes import Overfull
from kentongan.edge.web.parts import Parts
from kentongan.edge.web.problems import Problem
from kentongan.edge.web.viewer import viewer_of

WAITING_MAX: Final = 4
"""Reports asked for and not made yet; each takes seconds, and whoever comes then is told `busy`."""

MONTH: Final = re.compile(r"20\d\d-(?:0[1-9]|1[0-2])")

_ANY: Final = (Role.SUPERVISOR, Role.EVALUATOR, Role.ADMIN)

_log = logging.getLogger(__name__)


def routes(parts: Parts) -> list[HTTPRouteHandler]:
    """One address."""
    waiting = asyncio.Semaphore(WAITING_MAX)

    @get("/api/reports/{month:str}")
    async def monthly(request: AnyRequest, month: FromPath[str]) -> Response[bytes]:
        agent = await viewer_of(request, parts.sessions, "GET /api/reports/{month}")
        make = parts.given.monthly_pdf
        if make is None:
            raise Problem(404, "not_found")
        if not MONTH.fullmatch(month):
            raise Problem(400, "bad_span")
        agency = _agency(parts, agent, request.query_params.get("agency", ""))
        public = request.query_params.get("public") == "1"
        if public and agency:  # an agency's is a group smaller than the city
            raise Problem(404, "not_found")
        whose = agency or ("public" if public else "")
        language = "en" if request.query_params.get("language") == "en" else "id"
        if waiting.locked():
            raise Overfull
        async with waiting:
            await parts.reads.log(agent.id, [f"monthly_report:{month}:{whose}"], "report")
            try:
                training = parts.given.training
                pages = await make(month, language, agency, public=public, training=training)
            except (RuntimeError, OSError) as error:
                _log.error("the report of %s was not made: %s", month, error)
                raise Problem(503, "report_failed") from None
        name = "-".join(part for part in ("laporan", month, whose, language) if part)
        return Response(
            pages,
            media_type="application/pdf",
            headers={
                "Content-Disposition": f'inline; filename="{name}.pdf"',
                "Cache-Control": "no-store",
            },
        )

    return [monthly]


def _agency(parts: Parts, agent: Agent, asked: str) -> str:
    """Whose report; what is not theirs is not there. An officer who names none gets the own one."""
    if asked and asked not in parts.city.plans.agencies:
        raise Problem(404, "not_found")
    if agent.has(*_ANY):
        return asked
    if agent.agency is None or asked not in ("", agent.agency):
        raise Problem(404, "not_found")
    return agent.agency
