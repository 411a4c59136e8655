"""The pieces of the served geography: who told what, who is asked about, what stands in."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from geo_served_room import NOW, OFFSET, PACK, SIMPANG_LIMA, starts, until
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from kentongan.cities.facts import Point
from kentongan.edge.geo.network.profiles import Profile
from kentongan.edge.geo.served import client as client_module
from kentongan.edge.geo.served import protocol
from kentongan.edge.geo.served.answering import Refusal
from kentongan.edge.geo.served.city import City
from kentongan.edge.geo.served.client import GeographyClient
from kentongan.edge.geo.served.line import Line
from kentongan.edge.geo.served.straight import StraightGeography
from kentongan.edge.geo.served.told import Tellers, book_of, closure_of
from kentongan.geography import (
    CityShown,
    PlaceAlias,
    RoadClosure,
    Start,
)

POINT = {"type": "Point", "coordinates": [110.4, -7.0]}


def closure(key: str, seq: int, *, lifted: bool = False) -> RoadClosure:
    """A closure at a point."""
    return RoadClosure(id=key, seq=seq, geometry=POINT, lifted=lifted)


def alias(key: str, *phrases: str, document: str | None = None) -> PlaceAlias:
    """An alias."""
    return PlaceAlias(
        id=key,
        seq=1,
        phrases=phrases,
        label=key,
        point=SIMPANG_LIMA,
        by="AMB01",
        at=NOW,
        document=document,
    )


# --- who told what -----------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 9), st.booleans()), max_size=30))
def test_the_newest_word_of_all_lines_counts(said: list[tuple[int, int, bool]]) -> None:
    """However the words of three lines interleave, each closure is as its latest event left it."""
    tellers = Tellers()
    last: dict[int, RoadClosure] = {}
    for line, seq, lifted in said:
        last[line] = closure("c", seq, lifted=lifted)
        tellers.closures(line, [last[line]])
    newest = max(last.values(), key=lambda one: one.seq, default=None)
    same = [one for one in last.values() if newest is not None and one.seq == newest.seq]
    if newest is None:
        assert not tellers.now.closures
    elif len({one.lifted for one in same}) == 1:
        assert ("c" in tellers.now.closures) is not newest.lifted


def test_what_a_line_told_holds_until_another_tells() -> None:
    """A killed web process reopens no road; what comes after it knows better, for both kinds."""
    tellers = Tellers()
    tellers.closures(1, [closure("c", 5)])
    tellers.aliases(1, [alias("a", "warung bu tini")])
    tellers.closed(1)
    assert set(tellers.now.closures) == {"c"}
    assert set(tellers.now.aliases) == {"a"}
    tellers.closures(2, [])
    assert not tellers.now.closures
    assert set(tellers.now.aliases) == {"a"}
    tellers.aliases(2, [])
    assert not tellers.now.aliases


def test_a_closure_keeps_what_the_roads_know() -> None:
    """Factors by profile; one of another release's profile is left out, the others hold."""
    told = structs.replace(closure("c", 1), factors={"ambulance": 2.0, "hovercraft": 0.0})
    assert closure_of(told).factors == {Profile.AMBULANCE: 2.0}


def test_an_alias_that_cannot_be_is_told_and_the_others_hold() -> None:
    """Neither words nor document: named, and left out."""
    book, refused = book_of({"a": alias("a"), "b": alias("b", "warung bu tini")})
    assert [one.added.id for one in book.in_effect()] == ["b"]
    assert len(refused) == 1
    assert refused[0].startswith("a: neither")


# --- who is asked about ------------------------------------------------------------------------


class _Heard:
    """What is written to a line."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.is_shut = False
        self.waiting = 0
        self.transport = self

    def get_write_buffer_size(self) -> int:
        """Bytes that the other end has not read."""
        return self.waiting

    def is_closing(self) -> bool:
        """Whether it is closed."""
        return self.is_shut

    def write(self, line: bytes) -> None:
        """Heard."""
        self.lines.append(line)

    def close(self) -> None:
        """Shut."""
        self.is_shut = True


def line_with(heard: _Heard) -> Line:
    """A line to it."""
    return Line(3, heard)  # type: ignore[arg-type]


def asked(moved: Sequence[Start], units: Sequence[str] | None) -> protocol.JourneysAsked:
    """A question of journeys."""
    return protocol.JourneysAsked(
        n=1,
        goal=SIMPANG_LIMA,
        at=NOW,
        moved=tuple(moved),
        units=None if units is None else tuple(units),
    )


def test_a_line_knows_who_was_asked_about() -> None:
    """Only who moved comes again; who is no longer asked about is forgotten, and must be said
    anew; a refused question changes nothing."""
    one, two, _ = starts(3)
    line = line_with(_Heard())
    assert line.starts_of(asked([one, two], ["U0", "U1"])) == (one, two)
    moved = structs.replace(one, point=two.point)
    assert line.starts_of(asked([moved], None)) == (moved, two)
    with pytest.raises(Refusal, match="'U9'"):
        line.starts_of(asked([], ["U9"]))
    with pytest.raises(Refusal, match="twice"):
        line.starts_of(asked([], ["U0", "U0"]))
    assert line.starts_of(asked([], None)) == (moved, two)
    assert line.starts_of(asked([], ["U1"])) == (two,)
    with pytest.raises(Refusal, match="'U0'"):
        line.starts_of(asked([], ["U0", "U1"]))


def test_a_line_that_nobody_reads_is_closed() -> None:
    """What waits has a limit; after it nothing more is said."""
    heard = _Heard()
    line = line_with(heard)
    line.say(protocol.Failed(n=1, why="busy"))
    heard.waiting = protocol.LINE_BYTES_MAX + 1
    line.say(protocol.Failed(n=2, why="busy"))
    assert (len(heard.lines), line.is_closed, heard.is_shut) == (1, True, True)


# --- what stands in ----------------------------------------------------------------------------


def test_straight_lines_answer_everything() -> None:
    """One for each start, in their order, with their source; and no road, shape or map."""
    straight = StraightGeography(PACK, OFFSET)

    async def run() -> None:
        asked = starts(3)
        found = await straight.journeys(SIMPANG_LIMA, asked, NOW)
        assert [one.unit for one in found] == ["U0", "U1", "U2"]
        assert {one.travel.source for one in found} == {"straight_line"}
        ways = await straight.routes(SIMPANG_LIMA, asked, NOW)
        assert [len(one.points) for one in ways] == [2, 2, 2]
        assert [one.travel for one in ways] == [one.travel for one in found]
        assert (await straight.places("simpang lima", None)).proposals[0].label == "Simpang Lima"
        assert (await straight.name(SIMPANG_LIMA)).kelurahan == "33.74.01.1013"
        assert (await straight.name(Point(0.0, 100.0))).kelurahan is None
        kinds = {one.kind for one in await straight.facilities()}
        assert kinds >= {"hospital", "clinic", "fire_station", "police", "ambulance_station"}
        assert (straight.city().state, straight.tiles()) == ("away", None)

    asyncio.run(run())


def test_an_older_word_does_not_come_back() -> None:
    """A thread that read what was told before a closure takes nothing off the roads after it."""
    city = City(PACK, OFFSET, None, {})
    tellers = Tellers()
    tellers.aliases(1, [alias("warung", "warung bu tini")])
    older = tellers.now
    tellers.aliases(1, [])
    city.follow(tellers.now)
    city.follow(older)
    assert "alias:warung" not in [one.key for one in city.places("warung bu tini", None).proposals]


# --- the client beside a bad neighbour ---------------------------------------------------------

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

READY = protocol.CityTold(
    city=CityShown(state="ready", version="v", label="peta", is_synthetic=False)
)


def beside(serve: Serve, folder: Path, ask: Callable[[GeographyClient], Awaitable[None]]) -> None:
    """Let a client ask whoever serves so."""

    async def run() -> None:
        path = folder / "s"
        server = await asyncio.start_unix_server(serve, str(path))
        client = GeographyClient(PACK, OFFSET, path)
        client.start()
        await until(lambda: client.city().state == "ready", "it says it is ready")
        await ask(client)
        await client.stop()
        server.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"nonsense\n",
        b'{"is":"journeys","n":1,"found":[]}\n',
        b'{"is":"name","n":1,"found":{"kelurahan":null,"label":""}}\n',
        b'{"is":"failed","n":1,"why":"broken"}\n',
    ],
)
def test_whatever_the_neighbour_says_there_is_an_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    """Silence, nonsense, too few, another question's, a failure: the straight line answers."""
    monkeypatch.setattr(client_module, "JOURNEYS_S", 0.2)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(msgspec.json.encode(READY) + b"\n")
        while line := await reader.readline():
            if b'"do":"journeys"' in line:
                writer.write(answer)
        writer.close()

    async def ask(client: GeographyClient) -> None:
        found = await client.journeys(SIMPANG_LIMA, starts(4), NOW)
        assert [one.travel.source for one in found] == ["straight_line"] * 4

    beside(serve, tmp_path, ask)


def test_only_who_moved_is_said_again_and_all_after_a_failure(tmp_path: Path) -> None:
    """What travels over the line is what changed; when the neighbour took nothing it hears all."""
    heard: list[protocol.JourneysAsked] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(msgspec.json.encode(READY) + b"\n")
        while line := await reader.readline():
            said = msgspec.json.decode(line, type=protocol.Said)
            if isinstance(said, protocol.JourneysAsked):
                heard.append(said)
                busy = protocol.Failed(n=said.n, why="busy")
                writer.write(msgspec.json.encode(busy) + b"\n")
        writer.close()

    async def ask(client: GeographyClient) -> None:
        asked = starts(3)
        await client.journeys(SIMPANG_LIMA, asked, NOW)
        await client.journeys(SIMPANG_LIMA, asked, NOW)
        one = asyncio.gather(
            client.journeys(SIMPANG_LIMA, asked, NOW),
            client.journeys(
                SIMPANG_LIMA, [structs.replace(asked[0], heading_deg=9.0), *asked[1:]], NOW
            ),
        )
        await one

    beside(serve, tmp_path, ask)
    assert [len(one.moved) for one in heard] == [3, 3, 3, 1]
    assert [one.units is None for one in heard] == [False, False, False, True]


def test_closures_and_aliases_are_said_at_every_opening(tmp_path: Path) -> None:
    """Told before anybody listened, said at the opening; the line torn, said again."""
    heard: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(2):
            said = msgspec.json.decode(await reader.readline(), type=protocol.Said)
            match said:
                case protocol.ClosuresTold(closures=told):
                    heard.extend(one.id for one in told)
                case protocol.AliasesTold(aliases=told):
                    heard.extend(one.id for one in told)
                case _:
                    raise AssertionError(said)
        writer.close()

    async def run() -> None:
        path = tmp_path / "s"
        client = GeographyClient(PACK, OFFSET, path)
        client.set_closures([closure("c", 1)])
        client.set_aliases([alias("a", "x")])
        server = await asyncio.start_unix_server(serve, str(path))
        client.start()
        await until(lambda: len(heard) >= 4, "said twice")
        await client.stop()
        server.close()

    asyncio.run(run())
    assert heard[:4] == ["c", "a", "c", "a"]


# --- the synthetic city ------------------------------------------------------------------------


def test_times_without_an_offset_are_refused() -> None:
    """A naive time would be taken for the wrong hour by seven."""
    naive = {"do": "journeys", "n": 1, "goal": SIMPANG_LIMA, "at": datetime(2026, 1, 1)}  # noqa: DTZ001
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(msgspec.json.encode(naive), type=protocol.Said)
    aware = {**naive, "at": datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=1)}
    assert msgspec.json.decode(msgspec.json.encode(aware), type=protocol.Said)
