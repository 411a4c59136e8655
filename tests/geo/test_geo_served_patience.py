"""Whoever has straight lines already and can wait gets what the roads say, when they say it."""

import asyncio
from pathlib import Path

import msgspec
import pytest
from geo_served_room import NOW, SIMPANG_LIMA, starts
from test_geo_served_pieces import READY, beside

from kentongan.core.candidates import Travel
from kentongan.edge.geo.served import client as client_module
from kentongan.edge.geo.served import protocol
from kentongan.edge.geo.served.client import GeographyClient
from kentongan.geography import Journey


def test_who_can_wait_gets_the_roads_answer_and_not_the_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Busy twice and slower than a list waits for: straight lines at once, and the roads when they
    come; None when they never do."""
    monkeypatch.setattr(client_module, "JOURNEYS_S", 0.05)
    asked, busy = starts(2), [True, True]
    by_road = Travel(seconds_low=60, seconds_high=90, distance_m=500, source="road")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(msgspec.json.encode(READY) + b"\n")
        while line := await reader.readline():
            said = msgspec.json.decode(line, type=protocol.Said)
            if not isinstance(said, protocol.JourneysAsked):
                continue
            if busy:
                busy.pop()
                answer: protocol.Answered = protocol.Failed(n=said.n, why="busy")
            else:
                await asyncio.sleep(0.2)
                found = tuple(Journey(unit=one.unit, travel=by_road) for one in asked)
                answer = protocol.JourneysFound(n=said.n, found=found)
            writer.write(msgspec.json.encode(answer) + b"\n")
        writer.close()

    async def ask(client: GeographyClient) -> None:
        at_once = await client.journeys(SIMPANG_LIMA, asked, NOW)
        assert [one.travel.source for one in at_once] == ["straight_line"] * 2
        waited = await client.road_journeys(SIMPANG_LIMA, asked, NOW)
        assert waited is not None
        assert [one.travel.source for one in waited] == ["road"] * 2
        monkeypatch.setattr(client_module, "PATIENT_S", 0.1)
        assert await client.road_journeys(SIMPANG_LIMA, asked, NOW) is None

    beside(serve, tmp_path, ask)
