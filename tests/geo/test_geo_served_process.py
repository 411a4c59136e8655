"""The geography as a process: asked over its socket, told what changes, killed, and lied to."""

import asyncio
import socket
from collections.abc import Iterator

import msgspec
import pytest
from geo_served_room import (
    NOW,
    OFFSET,
    PACK,
    SIMPANG_LIMA,
    GeoProcess,
    asking,
    flood,
    line_to,
    prepare,
    starts,
    until,
)
from msgspec import structs

from kentongan.cities.facts import Point
from kentongan.cities.places import PlaceProposal
from kentongan.edge.geo.network.profiles import Profile
from kentongan.edge.geo.network.road_network import load as load_network
from kentongan.edge.geo.routing.router import Router, RouterSettings
from kentongan.edge.geo.served import protocol
from kentongan.edge.geo.served.client import GeographyClient
from kentongan.edge.geo.served.prepared import SyntheticCity
from kentongan.edge.geo.served.straight import StraightGeography
from kentongan.edge.geo.synthetic.network import LABEL
from kentongan.geography import CoverageAsked, Journey, PlaceAlias, RoadClosure, Start

ROADS = "road_network_synthetic"
STRAIGHT = "straight_line"


@pytest.fixture(scope="module")
def city() -> SyntheticCity:
    """The shared city, prepared."""
    return prepare(PACK)


@pytest.fixture(scope="module")
def shared(city: SyntheticCity) -> Iterator[GeoProcess]:
    """A running process for all tests that leave it whole."""
    assert city.is_there
    process = GeoProcess()
    process.start()
    yield process
    process.stop()


@pytest.fixture
def process(city: SyntheticCity) -> Iterator[GeoProcess]:
    """A running process to be hurt."""
    assert city.is_there
    process = GeoProcess()
    process.start()
    yield process
    process.stop()


def alias(key: str, seq: int, words: str, point: Point, **changes: object) -> PlaceAlias:
    """Local words for a point."""
    told = PlaceAlias(
        id=key, seq=seq, phrases=(words,), label=words.title(), point=point, by="AMB01", at=NOW
    )
    return structs.replace(told, **changes)


async def journeys(client: GeographyClient, asked: list[Start]) -> tuple[Journey, ...]:
    """By road; a machine that stalls for half a second is asked again."""
    for _ in range(20):
        found = await client.journeys(SIMPANG_LIMA, asked, NOW)
        if any(one.travel.source == ROADS for one in found):
            return found
    raise AssertionError("no journey by road in twenty questions")


async def places(
    client: GeographyClient, words: str, near: Point | None = None
) -> tuple[PlaceProposal, ...]:
    """By the city's names; a machine that stalls for half a second is asked again.

    What the pack alone answers meanwhile knows no local name, and would be none of this process's.
    """
    by_pack = (await StraightGeography(PACK, OFFSET).places(words, near)).proposals
    for _ in range(20):
        found = (await client.places(words, near)).proposals
        if found != by_pack:
            return found
    raise AssertionError("no place by the city's names in twenty questions")


def test_journeys_are_the_routers_own(shared: GeoProcess, city: SyntheticCity) -> None:
    """Over the line comes what the router says: times, metres, marks; in the order asked; moved
    units at their new place, and nobody who is no longer asked about."""
    asked = starts(40)
    router = Router(load_network(city.network), settings=RouterSettings(offset=OFFSET))

    def expected(of: list[Start]) -> dict[str, tuple[float, float, float]]:
        for one in of:
            router.place_unit(one.unit, one.point.lat, one.point.lon, Profile.AMBULANCE)
        ranking = router.nearest(SIMPANG_LIMA.lat, SIMPANG_LIMA.lon, len(of), at=NOW, limit_s=7_200)
        return {one.unit: (one.seconds_low, one.seconds_high, one.walk_m) for one in ranking.found}

    async def run() -> None:
        async with asking(shared) as client:
            for moved in (asked, [structs.replace(asked[0], point=asked[39].point), *asked[1:]]):
                found = await journeys(client, moved)
                assert [one.unit for one in found] == [one.unit for one in moved]
                told = {
                    one.unit: (one.travel.seconds_low, one.travel.seconds_high, one.walk_m)
                    for one in found
                }
                own = expected(moved)
                assert told.keys() == own.keys()
                assert all(figures == pytest.approx(own[unit]) for unit, figures in told.items())
            few = await journeys(client, asked[3:1:-1])
            assert [one.unit for one in few] == ["U3", "U2"]
            shown = client.city()
            assert (shown.label, shown.is_synthetic, shown.has_tiles) == (LABEL, True, True)
            assert client.tiles() == city.tiles

    asyncio.run(run())


def test_ways_names_and_coverage_come_from_the_city(shared: GeoProcess) -> None:
    """A way has the time of its journey and follows roads; names and coverage have theirs."""

    async def run() -> None:
        async with asking(shared) as client:
            asked = starts(3)
            far = await journeys(client, asked)
            ways = await client.routes(SIMPANG_LIMA, asked, NOW)
            assert [one.travel for one in ways] == [one.travel for one in far]
            assert all(len(one.points) > 2 for one in ways)
            named = await client.name(SIMPANG_LIMA)
            assert named.kelurahan == "33.74.01.1013"
            assert named.near[0][0] == "Simpang Lima"
            found = await places(client, "jalan pemuda", SIMPANG_LIMA)
            assert found[0].source == ("synthetic",)
            assert {one.kind for one in await client.facilities()} >= {"hospital", "fire_station"}

    asyncio.run(run())


def test_coverage_says_who_is_uncovered(shared: GeoProcess) -> None:
    """Longer limits reach more; without its only unit a kelurahan nearby is uncovered; shapes are
    GeoJSON, the widest first."""
    asked = CoverageAsked(
        starts=(Start(unit="A", unit_kind="ambulance_bls", point=SIMPANG_LIMA),),
        limits_s=(300.0, 600.0),
        without=("A", "nobody"),
        with_shapes=True,
    )

    async def run() -> None:
        async with asking(shared) as client:
            shown = await client.coverage(asked, NOW)
            for _ in range(20):
                if shown.source == ROADS:
                    break
                shown = await client.coverage(asked, NOW)
            assert (shown.source, shown.label) == (ROADS, LABEL)
            near, far = shown.road_shares
            assert 0 < near < far < 1
            reached = {one.code for one in shown.areas if one.seconds is not None}
            assert 0 < len(reached) < len(PACK.kelurahan)
            alone, nobody = shown.uncovered
            within = {one.code for one in shown.areas if (one.seconds or 999) <= 300}
            assert set(alone.kelurahan) == within
            assert alone.road_share == pytest.approx(near)
            assert (nobody.kelurahan, nobody.road_share) == ((), 0.0)
            assert shown.shapes is not None
            limits = [one["properties"]["limit_s"] for one in shown.shapes["features"]]
            assert limits == [600.0, 300.0]

    asyncio.run(run())


def test_a_closure_counts_from_the_next_question_until_it_is_lifted(shared: GeoProcess) -> None:
    """Water around a unit strands it; lifted, the old answer is back to the second; a word older
    than the lifting changes nothing; what is no closure harms nobody."""

    async def run() -> None:
        async with asking(shared) as client:
            asked = starts(40)
            before = await journeys(client, asked)
            client.set_closures(
                [
                    flood("air", 10, asked[17].point),
                    RoadClosure(id="rusak", seq=11, geometry={"type": "Lingkaran"}),
                ]
            )
            during = await journeys(client, asked)
            assert during[17].marks == ("on_closed",)
            assert during[17].travel.source == STRAIGHT
            assert during[0] == before[0]
            client.set_closures([flood("air", 12, asked[17].point, lifted=True)])
            assert await journeys(client, asked) == before
            client.set_closures([])

    asyncio.run(run())


def test_of_two_lines_the_newer_word_counts(shared: GeoProcess) -> None:
    """Two web processes follow one record: the slower one neither reopens nor closes a road, and
    each has its own units."""

    async def run() -> None:
        async with asking(shared) as quick, asking(shared) as slow:
            asked = starts(5)
            before = await journeys(quick, asked)
            quick.set_closures([flood("air", 10, asked[2].point)])
            slow.set_closures([])
            assert (await journeys(slow, asked))[2].marks == ("on_closed",)
            quick.set_closures([flood("air", 12, asked[2].point, lifted=True)])
            slow.set_closures([flood("air", 10, asked[2].point)])
            assert await journeys(quick, asked) == before
            other = [structs.replace(asked[0], point=asked[4].point)]
            assert await journeys(slow, other) != before[:1]
            assert await journeys(quick, asked) == before

    asyncio.run(run())


def test_an_alias_is_found_at_once_and_gone_at_once(shared: GeoProcess) -> None:
    """What a crew says is found by the next search, with its doubt; ended, it is not."""
    words, place = "warung bu tini kalisari", Point(-6.9871, 110.4102)

    async def run() -> None:
        async with asking(shared) as client:
            assert all(one.key != "alias:a1" for one in await places(client, words))
            client.set_aliases([alias("a1", 20, words, place)])
            best = (await places(client, words))[0]
            assert (best.key, best.point) == ("alias:a1", place)
            assert "not_reviewed" in best.cautions
            client.set_aliases([alias("a1", 21, words, place, reviewed=True)])
            assert (await places(client, words))[0].cautions == ()
            client.set_aliases([alias("a1", 22, words, place, ended=True)])
            assert all(one.key != "alias:a1" for one in await places(client, words))

    asyncio.run(run())


def test_a_pasted_link_of_any_length_gives_its_whole_point(shared: GeoProcess) -> None:
    """No figure is cut off: the point of a long link is the one at its end."""
    link = f"https://www.google.com/maps/place/{'Jalan+Pemuda+' * 20}/@-6.98234,110.40791,17z"
    assert len(link) > 250

    async def run() -> None:
        async with asking(shared) as client:
            best = (await places(client, link))[0]
            assert (best.point.lat, best.point.lon) == (-6.98234, 110.40791)

    asyncio.run(run())


def test_a_street_that_the_map_made_up_stands_behind_what_is_there(shared: GeoProcess) -> None:
    """Kelurahan Purwosari in Mijen is meant, and no road that was invented between the two."""

    async def run() -> None:
        async with asking(shared) as client:
            first = (await places(client, "purwosari mijen"))[0]
            assert (first.label, first.kind) == ("Purwosari, Mijen", "kelurahan")

    asyncio.run(run())


def test_five_thousand_units_are_one_question(shared: GeoProcess) -> None:
    """The largest fleet is answered, everybody once; one more is answered straight, not dropped."""

    async def run() -> None:
        async with asking(shared) as client:
            asked = starts(5_000)
            found = await journeys(client, asked)
            assert [one.unit for one in found] == [one.unit for one in asked]
            assert sum(one.travel.source == ROADS for one in found) > 4_900
            more = [*asked, structs.replace(asked[0], unit="one more")]
            straight = await client.journeys(SIMPANG_LIMA, more, NOW)
            assert len(straight) == 5_001
            assert {one.travel.source for one in straight} == {STRAIGHT}

    asyncio.run(run())


def test_killed_it_is_missed_for_no_question(process: GeoProcess) -> None:
    """kill -9: the next question is answered straight and says so, with the pack's names; started
    again it answers by road, with the closures it was never told anew by hand."""

    async def run() -> None:
        async with asking(process) as client:
            asked = starts(10)
            client.set_closures([flood("air", 1, asked[4].point)])
            before = await journeys(client, asked)
            assert before[4].marks == ("on_closed",)
            tiles = client.tiles()
            process.kill()
            straight = await client.journeys(SIMPANG_LIMA, asked, NOW)
            assert {one.travel.source for one in straight} == {STRAIGHT}
            assert (await client.places("simpang lima", None)).proposals[0].label == "Simpang Lima"
            await until(lambda: client.city().state == "away", "it is known to be away")
            assert client.city().version.startswith("synthetic-")
            assert client.tiles() == tiles
            process.start()
            await until(lambda: client.city().state == "ready", "it is back")
            assert await journeys(client, asked) == before
            said = len(process.log)
            await asyncio.to_thread(process.interrupt)
            assert "Traceback" not in process.log[said:], "it ends without a word, lines open"
            assert not process.lives

    asyncio.run(run())


def test_nothing_said_to_it_ends_it(shared: GeoProcess) -> None:
    """Garbage, wrong types, absurd values, too long a line: each is answered with what is wrong or
    the line is closed, and others are served meanwhile."""
    lines = (
        (b"\xff\xfe\x00", "bad_line"),
        (b"[]", "bad_line"),
        (b"[" * 20_000, "bad_line"),
        (b'{"do":"dance","n":1}', "bad_line"),
        (b'{"do":"journeys","n":7,"goal":{"lat":"x"}}', "bad_line"),
        (b'{"do":"places","n":8,"words":"a","near":{"lat":91,"lon":0}}', "bad_value"),
        (b'{"do":"name","n":9,"point":{"lat":1e400,"lon":0}}', "bad_line"),
        (_journeys(units=["A"]), "unknown_unit"),
        (_journeys(units=["A", "A"]), "bad_value"),
        (_coverage(limits_s=[]), "bad_value"),
        (_coverage(limits_s=[-1.0]), "bad_value"),
        (_coverage(limits_s=[1.0] * 9), "too_many"),
        (_coverage(without=["x"] * 99), "too_many"),
    )
    with line_to(shared, 20) as line:
        answers = line.makefile("rb")
        said = msgspec.json.decode(answers.readline())
        assert said["is"] == "city"
        for sent, why in lines:
            line.sendall(sent + b"\n")
            answer = msgspec.json.decode(answers.readline())
            assert (answer["is"], answer["why"]) == ("failed", why), sent[:60]
            assert answer["text"]
        assert shared.lives
    with line_to(shared, 60) as line, pytest.raises((BrokenPipeError, ConnectionResetError)):
        line.sendall(b"x" * 3 * protocol.LINE_BYTES_MAX)
    with line_to(shared, 20) as line:
        line.sendall(b"hello\n" * protocol.BAD_LINES_MAX)
        said = line.makefile("rb").readlines()
        assert len(said) == 1 + protocol.BAD_LINES_MAX

    async def run() -> None:
        async with asking(shared) as client:
            assert len(await journeys(client, starts(3))) == 3

    asyncio.run(run())
    assert shared.lives


def test_so_many_lines_and_no_more(shared: GeoProcess) -> None:
    """Beyond the limit a line is told so and closed; when others close there is room again."""
    lines: list[socket.socket] = []
    try:
        lines.extend(line_to(shared, 20) for _ in range(protocol.LINES_MAX + 1))
        heard = [msgspec.json.decode(one.makefile("rb").readline()) for one in lines]
        assert [one["is"] for one in heard] == ["city"] * protocol.LINES_MAX + ["failed"]
        assert heard[-1]["why"] == "too_many"
    finally:
        for one in lines:
            one.close()

    async def run() -> None:
        async with asking(shared) as client:
            assert len(await journeys(client, starts(3))) == 3

    asyncio.run(run())


def _journeys(units: list[str]) -> bytes:
    asked = {"do": "journeys", "n": 1, "goal": SIMPANG_LIMA, "at": NOW, "units": units}
    return msgspec.json.encode(asked)


def _coverage(**changes: object) -> bytes:
    asked = {"unit_kind": "ambulance_bls", "starts": (), **changes}
    return msgspec.json.encode({"do": "coverage", "n": 1, "asked": asked, "at": NOW})
