"""The web process's geography: asks the process that has the roads, and never waits long for it.

It keeps one line open and opens it again while the other side is away. Whatever goes wrong (nobody
there, still loading, too slow, an answer that makes no sense) the straight line and the city pack
answer at once, and every figure says so. Closures and aliases are pushed whole at each opening and
each change; units only when they moved. All methods belong to the event loop.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, TypeVar

import msgspec
from msgspec import structs

from kentongan.cities.facts import Point
from kentongan.cities.gazetteer import PlacesFound
from kentongan.cities.pack import CityPack
from kentongan.core.references import CLOSURES_MAX
from kentongan.edge.geo.gazetteer.coordinates import CHARACTERS_MAX
from kentongan.edge.geo.served import protocol
from kentongan.edge.geo.served.protocol import Answered, CityTold, Failed, Question, Said
from kentongan.edge.geo.served.straight import StraightGeography
from kentongan.geography import (
    CityShown,
    CoverageAsked,
    CoverageShown,
    Journey,
    MapFacility,
    NamedPoint,
    PlaceAlias,
    RoadClosure,
    Route,
    ShutShown,
    Start,
    StreetShown,
)

RETRY_S: Final = 0.3
"""Pause between attempts to reach the process, seconds: it is back in about a second."""

JOURNEYS_S: Final = 0.5
"""Longest wait for travel times and names, seconds; somebody is on the telephone."""

PATIENT_S: Final = 4.0
"""Longest wait of whoever has straight lines already and waits for the roads, seconds: less than a
screen waits for an answer, and than the process works on a question (`protocol.LATE_S`)."""

PATIENT_PAUSE_S: Final = 0.2
"""Pause before the roads are asked again that did not take a question, seconds."""

DRAWN_S: Final = 2.0
"""Longest wait for what is only drawn, seconds: ways, facilities."""

COVERED_S: Final = 6.0
"""Longest wait for coverage, seconds: one question serves all screens, and what is drawn has a
thread of its own. Its shapes take about a second on a machine that has nothing else to do."""

ASKED_MAX: Final = 200
"""Questions open at once; beyond it straight lines answer."""

_Found = TypeVar("_Found", bound=Answered)
_Shown = TypeVar("_Shown")

_log = logging.getLogger(__name__)
_decode = msgspec.json.Decoder(Answered).decode


class _NoAnswer(Exception):  # noqa: N818 - not an error: something else answers
    """Nobody answered in time."""


class GeographyClient:
    """A `Geography` behind a Unix socket. One for each web process; `offset` is the city's clock
    from UTC."""

    def __init__(self, pack: CityPack, offset: timedelta, socket: Path) -> None:
        self._straight = StraightGeography(pack, offset)
        self._socket = socket
        self._writer: asyncio.StreamWriter | None = None
        self._asked: dict[int, asyncio.Future[Answered]] = {}
        self._last = 0
        self._told: CityTold | None = None
        self._sent: dict[str, Start] = {}
        self._units: tuple[str, ...] | None = None
        self._closures: tuple[RoadClosure, ...] = ()
        self._aliases: tuple[PlaceAlias, ...] = ()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to keep the line open."""
        self._task = asyncio.create_task(self._keep_open(), name="geography line")

    async def stop(self) -> None:
        """Close the line."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    # --- questions ---------------------------------------------------------------------------

    async def journeys(
        self, goal: Point, starts: Sequence[Start], at: datetime
    ) -> tuple[Journey, ...]:
        """By road, else along straight lines."""

        return await _or(
            lambda: self._by_road(goal, starts, at, JOURNEYS_S),
            lambda: self._straight.journeys(goal, starts, at),
        )

    async def road_journeys(
        self, goal: Point, starts: Sequence[Start], at: datetime
    ) -> tuple[Journey, ...] | None:
        """By road, asked until somebody answers or `PATIENT_S` are over."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + PATIENT_S
        while (left_s := ends - loop.time()) > 0:
            try:
                return await self._by_road(goal, starts, at, left_s)
            except _NoAnswer:
                await asyncio.sleep(min(PATIENT_PAUSE_S, left_s))
        return None

    async def _by_road(
        self, goal: Point, starts: Sequence[Start], at: datetime, limit_s: float
    ) -> tuple[Journey, ...]:
        """Raises `_NoAnswer`."""
        units = tuple(one.unit for one in starts)
        if len(units) > protocol.STARTS_MAX or len(set(units)) < len(units):
            raise _NoAnswer
        found = await self._ask(
            lambda n: self._moved(n, goal, starts, units, at), protocol.JourneysFound, limit_s
        )
        return _all(found.found, starts)

    async def routes(self, goal: Point, starts: Sequence[Start], at: datetime) -> tuple[Route, ...]:
        """By road, else straight."""

        async def by_road() -> tuple[Route, ...]:
            if len(starts) > protocol.ROUTES_MAX:
                raise _NoAnswer
            found = await self._ask(
                lambda n: protocol.RoutesAsked(n=n, goal=goal, at=at, starts=tuple(starts)),
                protocol.RoutesFound,
                DRAWN_S,
            )
            return _all(found.found, starts)

        return await _or(by_road, lambda: self._straight.routes(goal, starts, at))

    async def coverage(self, asked: CoverageAsked, at: datetime) -> CoverageShown:
        """By road, else by straight lines, without shapes."""

        async def by_road() -> CoverageShown:
            found = await self._ask(
                lambda n: protocol.CoverageWanted(n=n, asked=asked, at=at),
                protocol.CoverageFound,
                COVERED_S,
            )
            return found.found

        return await _or(by_road, lambda: self._straight.coverage(asked, at))

    async def places(self, words: str, near: Point | None) -> PlacesFound:
        """From the city's names and aliases, else the pack's."""

        async def by_name() -> PlacesFound:
            found = await self._ask(
                lambda n: protocol.PlacesAsked(n=n, words=words[: CHARACTERS_MAX + 1], near=near),
                protocol.PlacesTold,
                JOURNEYS_S,
                while_loading=True,
            )
            return found.found

        return await _or(by_name, lambda: self._straight.places(words, near))

    async def name(self, point: Point) -> NamedPoint:
        """By the city's areas and names, else by the pack's."""

        async def by_name() -> NamedPoint:
            found = await self._ask(
                lambda n: protocol.NameAsked(n=n, point=point),
                protocol.NameFound,
                JOURNEYS_S,
                while_loading=True,
            )
            return found.found

        return await _or(by_name, lambda: self._straight.name(point))

    async def street(self, key: str, label: str, near: Point) -> StreetShown | None:
        """From the roads; None while they do not answer."""

        async def by_road() -> StreetShown | None:
            found = await self._ask(
                lambda n: protocol.StreetAsked(n=n, key=key, label=label, near=near),
                protocol.StreetFound,
                DRAWN_S,
            )
            return found.found

        return await _or(by_road, lambda: self._straight.street(key, label, near))

    async def would_shut(self, closure: RoadClosure) -> ShutShown | None:
        """From the roads; None while they do not answer."""

        async def by_road() -> ShutShown | None:
            asked = await self._ask(
                lambda n: protocol.ShutAsked(n=n, closure=closure), protocol.ShutFound, DRAWN_S
            )
            return asked.found

        return await _or(by_road, lambda: self._straight.would_shut(closure))

    async def facilities(self) -> tuple[MapFacility, ...]:
        """The map's and the pack's, else the pack's."""

        async def by_map() -> tuple[MapFacility, ...]:
            found = await self._ask(
                lambda n: protocol.FacilitiesAsked(n=n),
                protocol.FacilitiesFound,
                DRAWN_S,
                while_loading=True,
            )
            return found.found

        return await _or(by_map, self._straight.facilities)

    # --- what is known without asking --------------------------------------------------------

    def city(self) -> CityShown:
        """As last heard; `away` from when the line is down until the city is told anew."""
        return self._straight.city() if self._told is None else self._told.city

    def tiles(self) -> Path | None:
        """The map last heard of: it is a file, and there while nobody answers."""
        return Path(self._told.tiles) if self._told is not None and self._told.tiles else None

    def set_closures(self, closures: Sequence[RoadClosure]) -> None:
        """Pushed at once, and again at every opening."""
        self._closures = _newest(closures, CLOSURES_MAX, "closures")
        self._push(protocol.ClosuresTold(closures=self._closures))

    def set_aliases(self, aliases: Sequence[PlaceAlias]) -> None:
        """Pushed at once, and again at every opening."""
        self._aliases = _newest(aliases, protocol.ALIASES_MAX, "aliases")
        self._push(protocol.AliasesTold(aliases=self._aliases))

    # --- the line ----------------------------------------------------------------------------

    def _moved(
        self, n: int, goal: Point, starts: Sequence[Start], units: tuple[str, ...], at: datetime
    ) -> Question:
        """The question with what changed since the last one on this line."""
        moved = tuple(one for one in starts if self._sent.get(one.unit) != one)
        is_same = units == self._units
        self._sent = {one.unit: one for one in starts}
        self._units = units
        return protocol.JourneysAsked(
            n=n, goal=goal, at=at, moved=moved, units=None if is_same else units
        )

    async def _ask(
        self,
        question: Callable[[int], Question],
        expected: type[_Found],
        limit_s: float,
        *,
        while_loading: bool = False,
    ) -> _Found:
        """Ask and wait. Raises `_NoAnswer`."""
        state = self.city().state
        is_there = state == "ready" or (while_loading and state == "loading")
        writer = self._writer
        if writer is None or not is_there or len(self._asked) >= ASKED_MAX or _is_full(writer):
            raise _NoAnswer
        self._last += 1
        number = self._last
        waiting: asyncio.Future[Answered] = asyncio.get_running_loop().create_future()
        self._asked[number] = waiting
        try:
            async with asyncio.timeout(limit_s):
                writer.write(_line(question(number)))
                await writer.drain()
                return self._expected(await waiting, expected)
        except (TimeoutError, OSError) as error:
            raise _NoAnswer from error
        finally:
            self._asked.pop(number, None)

    def _expected(self, answer: Answered, expected: type[_Found]) -> _Found:
        if isinstance(answer, expected):
            return answer
        self._sent, self._units = {}, None  # whatever it has not taken it is told again
        if isinstance(answer, Failed) and answer.why not in {"loading", "busy", "late"}:
            _log.warning("the geography could not answer: %s %s", answer.why, answer.text)
        raise _NoAnswer

    def _push(self, said: Said) -> None:
        writer = self._writer
        if writer is None or writer.is_closing():
            return
        if _is_full(writer):
            writer.close()  # it hears nothing; the next opening says all again
            return
        writer.write(_line(said))

    async def _keep_open(self) -> None:
        while True:
            with contextlib.suppress(OSError, ValueError, msgspec.MsgspecError):
                reader, self._writer = await asyncio.open_unix_connection(
                    str(self._socket), limit=protocol.LINE_BYTES_MAX
                )
                try:
                    self._opened()
                    await self._listen(reader)
                finally:
                    self._lost()
            await asyncio.sleep(RETRY_S)

    def _opened(self) -> None:
        self._sent, self._units = {}, None
        self._push(protocol.ClosuresTold(closures=self._closures))
        self._push(protocol.AliasesTold(aliases=self._aliases))

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        while line := await reader.readline():
            answer = _decode(line)
            if isinstance(answer, CityTold):
                self._told = answer
                continue
            waiting = self._asked.get(answer.n)
            if waiting is None and isinstance(answer, Failed) and not answer.n:
                _log.error("the geography did not take what it was told: %s", answer.text)
            if waiting is not None and not waiting.done():
                waiting.set_result(answer)

    def _lost(self) -> None:
        if self._told is not None:
            away = structs.replace(self._told.city, state="away")
            self._told = structs.replace(self._told, city=away)
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()
        for waiting in self._asked.values():
            if not waiting.done():
                waiting.set_exception(ConnectionResetError("the geography is gone"))


async def _or(
    better: Callable[[], Awaitable[_Shown]], instead: Callable[[], Awaitable[_Shown]]
) -> _Shown:
    """What the roads say, or what stands in for them."""
    try:
        return await better()
    except _NoAnswer:
        return await instead()


def _all(found: tuple[_Shown, ...], starts: Sequence[Start]) -> tuple[_Shown, ...]:
    """The answer if it is one for each."""
    if len(found) != len(starts):
        raise _NoAnswer
    return found


_Told = TypeVar("_Told", RoadClosure, PlaceAlias)


def _newest(told: Sequence[_Told], most: int, what: str) -> tuple[_Told, ...]:
    """As many as may be told; what has ended goes first when there are too many, then the oldest,
    and that is remarked."""
    if len(told) <= most:
        return tuple(told)
    _log.error("%d %s, of which the geography is told %d", len(told), what, most)
    return tuple(sorted(told, key=lambda one: (not _has_ended(one), one.seq))[-most:])


def _has_ended(one: RoadClosure | PlaceAlias) -> bool:
    return one.lifted if isinstance(one, RoadClosure) else one.ended


def _is_full(writer: asyncio.StreamWriter) -> bool:
    """Whether the other side has not read for long."""
    return writer.transport.get_write_buffer_size() > protocol.LINE_BYTES_MAX


def _line(said: Said) -> bytes:
    return msgspec.json.encode(said) + b"\n"
