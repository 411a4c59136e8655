"""Reading addresses that concern the city and not a person: plans, places, natures, figures."""

from datetime import UTC, datetime, timedelta

from litestar import MediaType, Response, get, post
from litestar.handlers import HTTPRouteHandler
from msgspec import UNSET, Struct, UnsetType

from kentongan.app.ports import Unavailable
from kentongan.app.worker import BEAT, SET_ASIDE
from kentongan.avl_line import UNITS_TOLD_MAX, AvlFigures
from kentongan.cities.facts import Point
from kentongan.cities.gazetteer import PlacesFound
from kentongan.cities.words import suggest
from kentongan.core.rows import AliasRow
from kentongan.edge.web.answers import AnyRequest, as_json
from kentongan.edge.web.bodies import decode_places, decode_words
from kentongan.edge.web.disk import RecordingAlarm, RecordingsDisk, alarms_of
from kentongan.edge.web.fences import SESSION_COOKIE, cookies_of
from kentongan.edge.web.geography_feed import GeographyHealth
from kentongan.edge.web.lag import LoopLag
from kentongan.edge.web.lanes import Overfull
from kentongan.edge.web.parts import Parts
from kentongan.edge.web.problems import Problem
from kentongan.edge.web.switch_client import SwitchAway
from kentongan.edge.web.viewer import HEALTH, ROOM, viewer_of

WORDS_MAX = 2_000
"""Characters of a complaint that are searched for trigger words."""

SPAN_MAX = timedelta(days=3_660)
"""Longest span of one report."""


class PositionsHealth(Struct, frozen=True, kw_only=True):
    """Positions as they came. `phones` counts verdicts of the crews' telephones, `phone_units` the
    units with the most that are not drawn; `devices` is None when nothing else may report, or when
    the process that receives it is away.
    """

    phones: dict[str, int]
    phone_units: dict[str, dict[str, int]]
    devices: AvlFigures | None


class Health(Struct, frozen=True, kw_only=True):
    """How this process and its neighbours are. `switch` is None when it is away; `other_switches`
    are those of other nodes, by their address. `work_silent_s` is how long ago `work` last came
    round (it beats every 2 s): alarms, reactions and notifications stand still when it grows. None
    while nobody knows. `work_set_aside` is how many reactions, timers, messages or alarms it gave
    up since its start because they crash.

    Whoever is not of the centre learns whether it is `ready`, and no more: how busy it is and what
    has failed would tell when an attack hurts most.
    """

    ready: bool
    seq: int | UnsetType = UNSET
    screens: int | UnsetType = UNSET
    loop: LoopLag | UnsetType = UNSET
    store_away_s: float | UnsetType | None = UNSET
    work_silent_s: float | UnsetType | None = UNSET
    work_set_aside: int | UnsetType | None = UNSET
    switch: dict[str, object] | UnsetType | None = UNSET
    other_switches: dict[str, dict[str, object] | None] | UnsetType = UNSET
    geography: GeographyHealth | UnsetType = UNSET
    positions: PositionsHealth | UnsetType = UNSET
    recordings: RecordingsDisk | UnsetType = UNSET
    recording_alarms: tuple[RecordingAlarm, ...] | UnsetType = UNSET
    at: datetime | UnsetType = UNSET


def _alias_words(parts: Parts, found: PlacesFound) -> list[str]:
    """The personal words among the proposals: what people call a place is about who lives there."""
    refs: list[str] = []
    for proposal in found.proposals:
        kind, _, key = proposal.key.partition(":")
        row = parts.live.held.find("alias", key) if kind == "alias" else None
        if isinstance(row, AliasRow) and row.label is not None and row.label.ref is not None:
            refs.append(row.label.ref)
    return refs


def routes(parts: Parts) -> list[HTTPRouteHandler]:
    """The city's addresses."""
    given = parts.given

    @get("/api/plans")
    async def plans(request: AnyRequest) -> Response[bytes]:
        agent = await viewer_of(request, parts.sessions, "GET /api/plans")
        body, etag = parts.city.document(in_room=agent.has(*ROOM))
        headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
        if request.headers.get("if-none-match") == etag:
            return Response(b"", status_code=304, headers=headers)
        return Response(body, media_type=MediaType.JSON, headers=headers)

    @post("/api/places", status_code=200)
    async def places(request: AnyRequest) -> Response[bytes]:
        agent = await viewer_of(request, parts.sessions, "POST /api/places")
        asked = decode_places(await request.body())
        found = await given.geography.places(asked.q, _checked(asked.near))
        parts.reads.note(agent.id, _alias_words(parts, found), "places")
        return as_json(found)

    @post("/api/natures", status_code=200)
    async def natures(request: AnyRequest) -> Response[bytes]:
        await viewer_of(request, parts.sessions, "POST /api/natures")
        words = decode_words(await request.body()).q[:WORDS_MAX]
        return as_json(
            await parts.lanes.reading.run(lambda _store: suggest(parts.city.pack, words))
        )

    @get("/api/evaluation")
    async def evaluation(request: AnyRequest) -> Response[bytes]:
        await viewer_of(request, parts.sessions, "GET /api/evaluation")
        start, end = _time(request, "from"), _time(request, "to")
        if not timedelta() < end - start <= SPAN_MAX:
            raise Problem(400, "bad_span")
        training = request.query_params.get("training") == "true" or given.training
        found = await parts.lanes.reading.run(
            lambda store: parts.city.evaluate(store, start, end, training)
        )
        return as_json(found)

    @get("/api/alarms/months/{month:str}")
    async def alarm_month(request: AnyRequest) -> Response[bytes]:
        await viewer_of(request, parts.sessions, "GET /api/alarms/months/{month}")
        month = str(request.path_params["month"])
        try:
            found = await parts.lanes.reading.run(
                lambda store: parts.city.alarm_month(store, month, given.training)
            )
        except ValueError:
            raise Problem(400, "bad_span") from None
        return as_json(found)

    @get("/api/health")
    async def health(request: AnyRequest) -> Response[bytes]:
        if await _may_see_figures(parts, request):
            return as_json(await _health(parts))
        return as_json(Health(ready=parts.live.ready.is_set()))

    return [plans, places, natures, evaluation, alarm_month, health]


async def _may_see_figures(parts: Parts, request: AnyRequest) -> bool:
    key = cookies_of(request.scope).get(SESSION_COOKIE)
    if key is None:
        return False
    try:
        found = await parts.sessions.find(key)
    except (Unavailable, Overfull):  # asked without a session that is known here
        return False
    return found is not None and found.agent.has(*HEALTH)


async def _health(parts: Parts) -> Health:
    now = parts.given.clock()
    away_since = parts.live.store_away_since
    try:
        switch = await parts.switch.health()
    except SwitchAway:
        switch = None
    silent_s, set_aside = await _work(parts, now)
    key_problem = str(switch.get("recording_problem", "")) if switch is not None else ""
    return Health(
        ready=parts.live.ready.is_set(),
        seq=parts.live.seq,
        screens=parts.live.listening,
        loop=parts.lag.figures(),
        store_away_s=(now - away_since).total_seconds() if away_since is not None else None,
        work_silent_s=silent_s,
        work_set_aside=set_aside,
        switch=switch,
        other_switches=await parts.switch.others_health() or UNSET,
        geography=parts.feed.health(),
        positions=_positions(parts),
        recordings=parts.disk.now,
        recording_alarms=alarms_of(parts.disk.now, key_problem),
        at=now,
    )


async def _work(parts: Parts, now: datetime) -> tuple[float | None, int | None]:
    """How long `work` has been silent, seconds, and how much it has set aside."""
    try:
        beat, set_aside = await parts.lanes.reading.run(
            lambda store: (store.cursor(BEAT), store.cursor(SET_ASIDE))
        )
    except (Unavailable, Overfull):
        return None, None
    return max(0.0, now.timestamp() - beat) if beat else None, set_aside


def _positions(parts: Parts) -> PositionsHealth:
    tally = parts.intake.tally
    return PositionsHealth(
        phones=dict(tally.causes),
        phone_units=tally.worst(UNITS_TOLD_MAX),
        devices=parts.avl.figures,
    )


def _checked(near: Point | None) -> Point | None:
    if near is not None and not (abs(near.lat) <= 90 and abs(near.lon) <= 180):
        raise Problem(400, "bad_request")
    return near


def _time(request: AnyRequest, name: str) -> datetime:
    try:
        at = datetime.fromisoformat(request.query_params.get(name, ""))
    except ValueError:
        raise Problem(400, "bad_span") from None
    return at.astimezone(UTC) if at.tzinfo is not None else at.replace(tzinfo=UTC)
