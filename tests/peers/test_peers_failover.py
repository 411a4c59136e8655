"""A node dies behind the edge: who hears what, and how soon the next caller is somewhere else."""

import asyncio
import time

import pytest
from media_stalls import waited_s
from peers_edge import PATIENCE_S, Edge, needs_edge
from peers_nodes import NodeWeb
from peers_raw import RawPhone
from switch_room import DEWI, Page, Room, until

from kentongan.edge.caller.phone import CallState, PhoneCall
from kentongan.edge.caller.voice import level_of, tone

CALLER_HZ, DESK_HZ = 700, 1300

FAILOVER_S = 2.0
"""Until the next node answers a call that the dead one should have had (VOICE.md, section 10). What
that node was measured to wait for a processor comes on top."""

pytestmark = [*needs_edge, pytest.mark.anyio]


async def _ring(edge: Edge, number: str) -> tuple[PhoneCall, float]:
    """One call through the edge, answered; and how long that took."""
    phone, began_at = await edge.phone(), time.monotonic()
    call = await phone.call("112", number=number)
    await call.reach(CallState.TALKING, within_s=PATIENCE_S)
    return call, time.monotonic() - began_at


async def _at(edge: Edge, node: str) -> set[str]:
    room = edge.a if node == "a" else edge.b
    rows = await room.control.calls()
    return {row["number"]["text"] for row in rows if row["state"] in ("queued", "answered")}


async def _abandoned(edge: Edge) -> set[str]:
    """Who gave up, as both nodes have it."""
    return {row["number"]["text"] for row in await edge.rows() if row["state"] == "abandoned"}


async def test_a_node_that_is_drained_gets_no_new_calls(edge: Edge) -> None:
    """For an update: what it has stays, what comes goes to the other; and back again."""
    node = f"sip:{edge.site.nodes[0]}:5060"
    before, _ = await _ring(edge, "0801")
    edge.ask("dispatcher.set_state", "dp", "1", node)
    during, _ = await _ring(edge, "0802")
    edge.ask("dispatcher.set_state", "ap", "1", node)
    after, _ = await _ring(edge, "0803")
    assert await _at(edge, "a") == {"0801", "0803"}
    assert await _at(edge, "b") == {"0802"}
    for call in (before, during, after):
        call.hang_up()
    async with asyncio.timeout(PATIENCE_S):
        while await _at(edge, "a") or await _at(edge, "b"):
            await asyncio.sleep(0.05)


def _waited_s(room: Room) -> float:
    """How long the node's processes stood ready without a processor until now."""
    return sum(waited_s(process.pid) for process in (room.switch, *room.media))


async def test_a_node_dies_and_comes_back(edge: Edge) -> None:
    """The next call is at b, after 1.5 s of silence from a, and those after it at once; what b has
    goes on unharmed; a BYE that comes while a is dead is honoured by it; a is used again when it is
    back.
    """
    first, undisturbed_s = await _ring(edge, "0811")
    ending, _ = await _ring(edge, "0812")
    assert await _at(edge, "a") == {"0811", "0812"}

    waited = _waited_s(edge.b)
    edge.a.switch.kill()
    at_b, passed_over_s = await _ring(edge, "0813")
    assert passed_over_s < FAILOVER_S + _waited_s(edge.b) - waited
    assert not edge.is_up(edge.site.nodes[0])  # so that nobody waits for it any more
    second, at_once_s = await _ring(edge, "0814")
    assert await _at(edge, "b") == {"0813", "0814"}
    await until(lambda: len(at_b.audio.heard()) > 4000)
    at_b.audio.forget()

    ending.hang_up()  # to a node that is not there
    await asyncio.sleep(0.3)
    await edge.restart(edge.a)
    await until(lambda: edge.is_up(edge.site.nodes[0]), PATIENCE_S)
    back, _ = await _ring(edge, "0815")
    async with asyncio.timeout(PATIENCE_S):
        while await _at(edge, "a") != {"0811", "0815"}:
            await asyncio.sleep(0.05)
    assert await _at(edge, "b") == {"0813", "0814"}  # a call stays on its node
    assert at_b.audio.missing == 0
    assert first.audio.missing == 0  # sound does not pass through the switch

    for call in (first, second, at_b, back):
        call.hang_up()
    async with asyncio.timeout(PATIENCE_S):
        while await _at(edge, "a") or await _at(edge, "b"):
            await asyncio.sleep(0.05)
    mine = {"0811", "0812", "0813", "0814", "0815"}
    async with asyncio.timeout(PATIENCE_S):
        while not mine <= await _abandoned(edge):
            await asyncio.sleep(0.05)
    print(
        f"answered through the edge in {undisturbed_s * 1000:.0f} ms, node a just killed"
        f" {passed_over_s * 1000:.0f} ms, then {at_once_s * 1000:.0f} ms"
    )


async def test_a_call_that_went_to_b_is_answered_from_a(edge: Edge) -> None:
    """Node a's switch has died, and its screens have not: the desk answers, hears and is heard."""
    async with NodeWeb(edge.a, edge.b) as web:
        edge.a.switch.kill()
        phone = await edge.phone()
        call = await phone.call("112", number="0821", voice=tone(CALLER_HZ))
        await call.reach(CallState.TALKING, within_s=PATIENCE_S)
        rows = {row["number"]["text"]: row["key"] for row in await edge.b.control.calls()}
        page = Page(web, DEWI, DESK_HZ)
        await page.answer(rows["0821"])
        await until(lambda: level_of(call.audio.heard(0.5), DESK_HZ) > 5000, PATIENCE_S)
        await until(lambda: level_of(page.peer.heard(0.5).astype("int16"), CALLER_HZ) > 5000)
        call.hang_up()
        await page.peer.close()
    await edge.restart(edge.a)
    await until(lambda: edge.is_up(edge.site.nodes[0]), PATIENCE_S)


async def test_both_nodes_away_is_told_and_passes(edge: Edge) -> None:
    """The carrier gets 503, to its calls and its probes, so that it can go elsewhere."""
    for room in (edge.a, edge.b):
        room.switch.kill()
    with RawPhone(edge.site.trunk, (edge.site.outside, 5060)) as phone:
        refused = phone.invite("urn:service:sos")
        assert (await phone.final(refused)).startswith("SIP/2.0 503 ")
        asked = phone.options(f"sip:{edge.site.outside}")
        assert (await phone.final(asked)).startswith("SIP/2.0 503 ")

        await edge.restart(edge.b)  # perhaps not probed yet: tried all the same
        taken = phone.invite("urn:service:sos")
        assert (await phone.final(taken)).startswith("SIP/2.0 200 ")
