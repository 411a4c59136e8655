"""Where a unit was: read by few, with a reason, and on record before anything is shown."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import msgspec
from litestar import MediaType, Response, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from msgspec import Meta, Struct

from kentongan.core.positions import Verdict, may_read_track
from kentongan.core.rows import IncidentRow, UnitRow
from kentongan.core.tracks import DRIVEN, Drive, drives_of, may_read_incident_track, thinned
from kentongan.core.words import IncidentId, UnitId
from kentongan.edge.web.answers import AnyRequest
from kentongan.edge.web.bodies import reader
from kentongan.edge.web.parts import Parts
from kentongan.edge.web.problems import Problem
from kentongan.edge.web.viewer import viewer_of
from kentongan.edge.web.visible import stored
from kentongan.store.accounts import Access
from kentongan.store.tracks import Track
from kentongan.store.whole import WholeStore

SPAN_MAX: Final = timedelta(hours=24)
"""Longest span of one question: a day of somebody's work."""

FIXES_SHOWN_MAX: Final = 20_000
"""Fixes in one answer, about 3 MB; what comes after them is asked for with a later start."""


class TrackAsked(Struct, frozen=True, kw_only=True):
    """A span [from, until) and why it is read: a reason's key, or own words."""

    from_at: datetime
    until_at: datetime
    reason: Annotated[str, Meta(min_length=1, max_length=2_000)]


class TrackPoint(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A fix on the server's time; `shift_s` was taken off the device's own."""

    at: datetime
    received_at: datetime
    lat: float
    lon: float
    verdict: Verdict
    accuracy_m: float | None = None
    heading_deg: float | None = None
    speed_m_s: float | None = None
    shift_s: float = 0.0


class TrackShown(Struct, frozen=True, kw_only=True):
    """Every fix that came, also those that were not drawn; `is_cut` when there are more."""

    unit: UnitId
    fixes: tuple[TrackPoint, ...]
    is_cut: bool


class DriveAsked(Struct, frozen=True, kw_only=True):
    """A unit that is, or was, given the incident."""

    unit: Annotated[str, Meta(max_length=100)]


class DrivePoint(Struct, frozen=True, kw_only=True):
    """Where it was, and when (server's time)."""

    lat: float
    lon: float
    at: datetime


class DriveShown(Struct, frozen=True, kw_only=True):
    """From an assignment to its end. `fixes` were found; `points` are what a map needs of them."""

    from_at: datetime
    until_at: datetime
    fixes: int
    points: tuple[DrivePoint, ...]


class IncidentTrack(Struct, frozen=True, kw_only=True):
    """Where a unit was for an incident, by assignment. The last minute may not be written yet."""

    incident: IncidentId
    unit: UnitId
    drives: tuple[DriveShown, ...]


decode_asked = reader(TrackAsked)
decode_drive = reader(DriveAsked)


def routes(parts: Parts) -> list[HTTPRouteHandler]:
    """The addresses of tracks."""

    @post("/api/units/{unit:str}/track", status_code=200)
    async def track(request: AnyRequest, unit: FromPath[str]) -> Response[bytes]:
        agent = await viewer_of(request, parts.sessions, "POST /api/units/{unit}/track")
        asked = decode_asked(await request.body())
        start, end = _utc(asked.from_at), _utc(asked.until_at)
        if not timedelta() < end - start <= SPAN_MAX:
            raise Problem(400, "bad_span")
        row = parts.live.held.find("unit", unit)
        if not isinstance(row, UnitRow) or not may_read_track(agent, row.agency):
            raise Problem(404, "not_found")
        access = Access(
            viewer=agent.id, what=f"track:{unit}", reason=asked.reason, at=parts.given.clock()
        )
        await parts.lanes.door.run(lambda store: store.accounts.log_access([access]))
        body = await parts.lanes.reading.run(lambda store: _shown(store, row.key, start, end))
        return Response(body, media_type=MediaType.JSON)

    @post("/api/incidents/{incident:str}/track", status_code=200)
    async def drive(request: AnyRequest, incident: FromPath[str]) -> Response[bytes]:
        address = "POST /api/incidents/{incident}/track"
        agent = await viewer_of(request, parts.sessions, address)
        asked = decode_drive(await request.body())
        reading, now = parts.lanes.reading, parts.given.clock()
        row = await reading.run(
            lambda store: stored(store, parts, agent, IncidentRow, "incident", incident)
        )
        unit = UnitId(asked.unit)
        drives = drives_of(row.assignments, unit, now) if row is not None else ()
        if row is None or not drives or not may_read_incident_track(agent):
            raise Problem(404, "not_found")
        reason = f"incident {row.long_id or row.key}"
        access = Access(viewer=agent.id, what=f"track:{unit}", reason=reason, at=now)
        await parts.lanes.door.run(lambda store: store.accounts.log_access([access]))
        body = await reading.run(lambda store: _driven(store, row.key, unit, drives))
        return Response(body, media_type=MediaType.JSON)

    return [track, drive]


def _driven(
    store: WholeStore, incident: IncidentId, unit: UnitId, drives: tuple[Drive, ...]
) -> bytes:
    """The answer, encoded on the reading thread."""
    shown = tuple(_drive(store.tracks.read(unit, one.start, one.end), one) for one in drives)
    return msgspec.json.encode(IncidentTrack(incident=incident, unit=unit, drives=shown))


def _drive(track: Track, drive: Drive) -> DriveShown:
    fixes = [one.fix for one in track.fixes if one.verdict in DRIVEN]
    points = tuple(
        DrivePoint(lat=fix.point.lat, lon=fix.point.lon, at=fix.at) for fix in thinned(fixes)
    )
    return DriveShown(from_at=drive.start, until_at=drive.end, fixes=len(fixes), points=points)


def _shown(store: WholeStore, unit: UnitId, start: datetime, end: datetime) -> bytes:
    """The answer, encoded on the reading thread."""
    return msgspec.json.encode(_points(unit, store.tracks.read(unit, start, end)))


def _points(unit: UnitId, track: Track) -> TrackShown:
    points = tuple(
        TrackPoint(
            at=one.fix.at,
            received_at=one.received_at,
            lat=one.fix.point.lat,
            lon=one.fix.point.lon,
            verdict=one.verdict,
            accuracy_m=one.fix.accuracy_m,
            heading_deg=one.fix.heading_deg,
            speed_m_s=one.fix.speed_m_s,
            shift_s=one.shift_s,
        )
        for one in track.fixes[:FIXES_SHOWN_MAX]
    )
    is_cut = track.is_cut or len(track.fixes) > FIXES_SHOWN_MAX
    return TrackShown(unit=unit, fixes=points, is_cut=is_cut)


def _utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC) if at.tzinfo is not None else at.replace(tzinfo=UTC)
    except OverflowError:
        raise Problem(400, "bad_span") from None
