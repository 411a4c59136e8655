"""Which address is open to whom: every route, every role, and nobody without a session."""

import time

import pytest
from litestar import Litestar
from web_people import PEOPLE
from web_room import Person, Room

from kentongan.app.worker import BEAT, SET_ASIDE
from kentongan.core.words import Role
from kentongan.edge.web.addresses import OPERATIONS
from kentongan.edge.web.city_routes import Health
from kentongan.edge.web.fences import SESSION_COOKIE
from kentongan.edge.web.viewer import ROLES

PUBLIC = {
    "GET /",
    "GET /konsol",
    "GET /konsol/peta",
    "GET /lapangan",
    "GET /{name}",
    "GET /schema/openapi.json",
    "GET /api/demo",
    "GET /api/health",
    "POST /api/session",
    "GET /112",
    "GET /112/lokasi",
    "GET /112/lokasi/{typed}",
    "GET /api/citizen",
    "POST /api/citizen/calls",
    "POST /api/citizen/calls/{call}/media",
    "POST /api/citizen/calls/{call}/text",
    "POST /api/citizen/calls/{call}/place",
    "POST /api/citizen/calls/{call}/state",
    "POST /api/citizen/calls/{call}/end",
    "POST /api/citizen/places",
    "POST /api/citizen/places/state",
    "POST /api/citizen/follow",
    "POST /api/citizen/follow/state",
    "GET /lacak",
    "GET /lacak/{typed}",
    "POST /api/aml",
    "GET /publik/rekaman",
    "GET /publik/rekaman.json",
    "GET /publik/rekaman.css",
}
"""Addresses that need no session: pages, whether we are alive, signing in, a citizen's call, a
link's own secret, what the centre publishes, and the operators' positions with their own key."""

OWN = {"GET /api/session", "DELETE /api/session", "POST /api/session/password"}
"""Addresses about the asker's own session."""

BY_ROLE = {
    Role.CALL_TAKER: "rina",
    Role.DISPATCHER: "budi",
    Role.SUPERVISOR: "sari",
    Role.AGENCY_OFFICER: "dinkes",
    Role.CREW: "amb01",
    Role.EVALUATOR: "eva",
    Role.ADMIN: "admin",
    Role.APPROVER: "direktur",
    Role.SYSTEM: "gateway",
}


@pytest.fixture(scope="module")
def people(hall: Room) -> dict[Role, Person]:
    """One person of each role."""
    return {role: hall.person(name) for role, name in BY_ROLE.items()}


def addresses(app: Litestar) -> set[str]:
    """Every address the application answers at."""
    found: set[str] = set()
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            for method in handler.http_methods - {"OPTIONS"}:
                path = "".join(f"/{_written(part)}" for part in route.path_components)
                found.add(f"{method} {path or '/'}")
    return found


def _written(part: object) -> str:
    name = getattr(part, "name", None)
    return str(part) if name is None else f"{{{name}}}"


def test_every_role_has_a_person() -> None:
    """The matrix below leaves no role out."""
    assert set(BY_ROLE) == set(Role)
    assert set(BY_ROLE.values()) <= set(PEOPLE)


def test_every_address_is_in_exactly_one_list(hall: Room) -> None:
    """A new route without a decision about its readers fails here."""
    assert addresses(hall.parts_app) == PUBLIC | OWN | set(ROLES)


def test_every_api_address_is_described() -> None:
    """The front end's types know each of them."""
    described = {f"{one.method.upper()} {one.path}" for one in OPERATIONS}
    api = {address for address in PUBLIC | OWN | set(ROLES) if " /api/" in address}
    assert described == api


@pytest.mark.parametrize("address", sorted(OWN | set(ROLES)))
def test_without_a_session_nothing_is_open(hall: Room, address: str) -> None:
    """401, or 403 where the missing CSRF value is noticed first."""
    method, path = _concrete(address)
    response = hall.browser().client.request(method, path, headers={"Origin": hall.url})
    assert response.status_code in {401, 403}
    assert response.json()["reason"] in {"not_signed_in", "csrf_failed"}


@pytest.mark.parametrize("address", sorted(ROLES))
def test_each_role_gets_what_the_table_says(
    hall: Room, people: dict[Role, Person], address: str
) -> None:
    """Whoever is not named gets 403 `not_permitted`; whoever is named does not."""
    method, path = _concrete(address)
    for role, person in people.items():
        response = person.client.request(method, path, headers=person.headers, content=b"")
        refused = response.status_code == 403
        assert refused == (role not in ROLES[address]), (role, response.text)


def test_only_the_centre_reads_the_figures_of_the_machine(
    hall: Room, people: dict[Role, Person]
) -> None:
    """Strangers, agencies, crews and evaluators learn that it is there, and nothing more."""
    ours = {Role.CALL_TAKER, Role.DISPATCHER, Role.SUPERVISOR, Role.ADMIN, Role.SYSTEM}
    for role, person in people.items():
        told = person.get("/api/health").json()
        if role in ours:
            alone = {"other_switches"}  # only where there are others
            assert set(told) == set(Health.__struct_fields__) - alone
            assert told["seq"] > 0
        else:
            assert told == {"ready": True}
    for cookie in ("", "not-a-key"):
        stranger = hall.browser()
        stranger.client.cookies.set(SESSION_COOKIE, cookie)
        assert stranger.get("/api/health").json() == {"ready": True}


def test_the_centre_reads_how_long_its_worker_stands_still(
    hall: Room, people: dict[Role, Person]
) -> None:
    """The alarms are its own work: it cannot raise one about itself."""

    def silent_s() -> float | None:
        told: float | None = people[Role.SUPERVISOR].get("/api/health").json()["work_silent_s"]
        return told

    assert silent_s() is None
    with hall.store.transaction() as transaction:
        transaction.set_cursor(BEAT, int(time.time()) - 40)
        transaction.set_cursor(SET_ASIDE, 3)
    assert people[Role.SUPERVISOR].get("/api/health").json()["work_set_aside"] == 3
    found = silent_s()
    assert found is not None
    assert 40 <= found < 70


def test_a_crew_reports_its_own_position_only(hall: Room, people: dict[Role, Person]) -> None:
    """Another unit's position is refused, the whole request with it."""
    fix = {"point": {"lat": -6.99, "lon": 110.42}, "at": "2026-01-01T00:00:00Z"}
    crew, gateway = people[Role.CREW], people[Role.SYSTEM]
    own = {"fixes": [{"unit": "AMB01", "fix": fix}]}
    both = {"fixes": [{"unit": "AMB01", "fix": fix}, {"unit": "DMK01", "fix": fix}]}
    assert crew.post("/api/positions", own).json() == {"taken": 1}
    assert crew.post("/api/positions", both).status_code == 403
    assert gateway.post("/api/positions", both).status_code == 200


def test_scenarios_start_in_demo_mode(hall: Room, people: dict[Role, Person]) -> None:
    """A known scenario starts, an unknown one is not found."""
    taker = people[Role.CALL_TAKER]
    assert taker.post("/api/demo/scenarios/medical", {}).status_code == 200
    assert hall.scenarios == ["medical"]
    assert taker.post("/api/demo/scenarios/nothing", {}).status_code == 404


def _concrete(address: str) -> tuple[str, str]:
    method, _, path = address.partition(" ")
    for name in ("incident", "call", "segment", "scenario"):
        path = path.replace(f"{{{name}}}", "none")
    return method, path
