"""Who asks: the session of a request, and the roles that a reading address is open to.

Which commands an agent may give is decided in `core.access`, how much of a row they see in
`core.redaction`; here is only which addresses exist for which roles at all.
"""

from collections.abc import Mapping
from typing import Any, Final

from litestar import Request, WebSocket

from kentongan.core.words import Agent, Role
from kentongan.edge.web.fences import READS, SESSION_COOKIE, check_csrf, cookies_of
from kentongan.edge.web.problems import Problem
from kentongan.edge.web.sessions import Sessions, SignedIn

AnyConnection = Request[Any, Any, Any] | WebSocket[Any, Any, Any]

ROOM: Final = frozenset({Role.CALL_TAKER, Role.DISPATCHER, Role.SUPERVISOR})
STAFF: Final = ROOM | {Role.AGENCY_OFFICER, Role.CREW, Role.EVALUATOR, Role.ADMIN, Role.APPROVER}
HEALTH: Final = ROOM | {Role.ADMIN, Role.SYSTEM}
"""Who reads the figures of the machine; everybody may ask whether it is there."""

TOLD: Final = frozenset({Role.CREW, Role.AGENCY_OFFICER, Role.SUPERVISOR})
"""Who is rung when a task waits for an answer."""

PACK: Final = frozenset({Role.ADMIN, Role.APPROVER, Role.SUPERVISOR})
"""Who reads the city pack as it is written; who changes it is decided by the commands."""

PHOTOS: Final = ROOM | {Role.AGENCY_OFFICER, Role.CREW}
"""Who takes and sees pictures of an incident they see."""

AGENCY_FILE: Final = frozenset({Role.AGENCY_OFFICER, Role.SUPERVISOR, Role.EVALUATOR})
"""Who reads what an agency did; an officer that of the own one."""

PLANNERS: Final = frozenset({Role.SUPERVISOR, Role.EVALUATOR})
"""Who plans for the whole centre, and compares it with others."""

ADMINISTRATOR: Final = frozenset({Role.ADMIN})

EVERYBODY: Final = STAFF | {Role.SYSTEM}

ROLES: Final[Mapping[str, frozenset[Role]]] = {
    "GET /api/plans": EVERYBODY,
    "POST /api/places": ROOM,  # aliases are in people's own words
    "POST /api/natures": STAFF,
    "GET /api/map/city": STAFF,
    "GET /api/map/city.pmtiles": STAFF,
    "GET /api/map/routes": ROOM | {Role.AGENCY_OFFICER, Role.CREW},
    "GET /api/map/coverage": ROOM,
    "POST /api/map/street": ROOM,
    "POST /api/map/name": ROOM,
    "POST /api/map/shut": ROOM,
    "POST /api/aliases": ROOM,
    "POST /api/search": ROOM | {Role.AGENCY_OFFICER, Role.CREW},
    "GET /api/incidents/{incident}/recommendation": ROOM,
    "GET /api/incidents/{incident}/duplicates": ROOM,
    "GET /api/incidents/{incident}/timeline": STAFF - {Role.ADMIN},
    "GET /api/agencies/{agency}/figures": AGENCY_FILE,
    "GET /api/agencies/{agency}/tasks.csv": AGENCY_FILE,
    "GET /api/calls/{call}/history": ROOM,
    "GET /api/calls/{call}/texts": ROOM,
    "POST /api/calls/{call}/location-link": ROOM,
    "POST /api/reports/{report}/follow-link": ROOM,
    "POST /api/calls/{call}/digits": ROOM,
    "POST /api/calls/{call}/typing": ROOM,
    "POST /api/calls/{call}/replay": ROOM,
    "GET /api/directory": ROOM,
    "GET /api/push": TOLD,
    "POST /api/push": TOLD,
    "POST /api/push/end": STAFF,
    "POST /api/incidents/{incident}/photos": PHOTOS - {Role.CALL_TAKER},
    "GET /api/incidents/{incident}/photos/{photo}": PHOTOS,
    "GET /api/incidents/{incident}/deliveries": ROOM,
    "GET /api/paper": ROOM,
    "GET /api/handover": ROOM,
    "GET /api/accounts": ADMINISTRATOR,
    "GET /api/accounts/{account}": ADMINISTRATOR,
    "POST /api/accounts": ADMINISTRATOR,
    "GET /api/journal": ADMINISTRATOR,
    "GET /api/journal.csv": ADMINISTRATOR,
    "GET /api/accesses": ADMINISTRATOR,
    "GET /api/backups": ADMINISTRATOR,
    "POST /api/backups": ADMINISTRATOR,
    "POST /api/backups/{name}/check": ADMINISTRATOR,
    "GET /api/pack": PACK,
    "GET /api/pack/tables/{file}/{table}": PACK,
    "POST /api/pack/trial": frozenset({Role.ADMIN}),
    "GET /api/pack/versions/{number}/changes": PACK,
    "GET /api/pack/versions/{number}/export": frozenset({Role.ADMIN}),
    "GET /api/calls/{call}/recordings": ROOM | {Role.EVALUATOR},
    "POST /api/calls/{call}/recordings/{segment}/play": ROOM | {Role.EVALUATOR},
    "GET /api/recordings/{ticket}": ROOM | {Role.EVALUATOR},
    "POST /api/calls/{call}/media": ROOM,
    "GET /api/alarms/months/{month}": frozenset({Role.SUPERVISOR, Role.EVALUATOR, Role.ADMIN}),
    "GET /api/reports/{month}": frozenset(
        {Role.SUPERVISOR, Role.EVALUATOR, Role.ADMIN, Role.AGENCY_OFFICER}
    ),
    "GET /api/evaluation": frozenset({Role.SUPERVISOR, Role.EVALUATOR, Role.ADMIN}),
    "GET /api/evaluation/screen": AGENCY_FILE,
    "GET /api/evaluation/cases.parquet": AGENCY_FILE,
    "POST /api/evaluation/imports": PLANNERS,
    "POST /api/evaluation/imports/{upload}": PLANNERS,
    "GET /api/evaluation/imports/{upload}/defects.csv": PLANNERS,
    "DELETE /api/evaluation/imports/{upload}": PLANNERS,
    "GET /api/evaluation/jobs/{job}": PLANNERS,
    "DELETE /api/evaluation/jobs/{job}": PLANNERS,
    "GET /api/evaluation/plans": PLANNERS,
    "POST /api/evaluation/plans": PLANNERS,
    "POST /api/incidents/{incident}/track": frozenset({Role.SUPERVISOR, Role.DISPATCHER}),
    "POST /api/units/{unit}/track": frozenset({Role.SUPERVISOR, Role.AGENCY_OFFICER}),
    "POST /api/positions": frozenset({Role.CREW, Role.SYSTEM}),
    "POST /api/demo/scenarios/{scenario}": ROOM | {Role.ADMIN},
    "POST /api/demo/trainer": frozenset({Role.SUPERVISOR, Role.ADMIN}),
    "GET /api/demo/score/{scenario}": frozenset({Role.SUPERVISOR, Role.EVALUATOR, Role.ADMIN}),
    "POST /api/commands": EVERYBODY,
}
"""Which roles an address is open to. What they get there is decided by redaction."""


async def signed_in(connection: AnyConnection, sessions: Sessions) -> SignedIn:
    """The session of a request; raises 401 `session_expired` or `not_signed_in`."""
    key = cookies_of(connection.scope).get(SESSION_COOKIE)
    if not key:
        raise Problem(401, "not_signed_in")
    found = await sessions.find(key)
    if found is None:
        raise Problem(401, "session_expired")
    if isinstance(connection, Request) and connection.method not in READS:
        check_csrf(connection.scope, found.session.csrf)
    return found


async def viewer_of(request: AnyConnection, sessions: Sessions, address: str) -> Agent:
    """Who asks, if that address is open to them."""
    agent = (await signed_in(request, sessions)).agent
    if not agent.has(*ROLES[address]):
        raise Problem(403, "not_permitted")
    return agent


def must_be_own(agent: Agent, whose: str | None) -> None:
    """What a device kept for one person is not taken from another who is signed in there now.

    401 `signed_in_as_other`: the device keeps it until its owner is back.
    """
    if whose is not None and whose != agent.id:
        raise Problem(401, "signed_in_as_other", name=agent.name)
