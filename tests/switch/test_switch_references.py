"""A caller's place by reference, from the INVITE to the call's row, while it rings."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from location_server import Say, Server, error, presence, reply, response, serving
from presence_server import PresenceServer, answering
from switch_playbook import CITY, Playbook
from switch_room import free_port, until
from test_switch_subscribing import ring as of_a_call
from trunk_certificates import Authority

from kentongan.cities.facts import Point
from kentongan.core.call_rows import CallRow
from kentongan.core.commands import Envelope
from kentongan.core.events import AnyEvent
from kentongan.core.words import PlaceSource, RawKind
from kentongan.edge.caller.phone import CallState, Phone
from kentongan.edge.switch import process, references
from kentongan.edge.switch.learnt import keep_failure
from kentongan.edge.switch.location_servers import LocationServers
from kentongan.edge.switch.process import Switch
from kentongan.edge.switch.settings import SwitchSettings
from kentongan.edge.switch.trunks import Trunk
from kentongan.sip.address import Address
from kentongan.store.tables import KeyLine


class Door:
    """Takes everything."""

    def handle(self, envelope: Envelope) -> tuple[AnyEvent, ...]:
        """Taken."""
        del envelope
        return ()

    def keep_keys(self, keys: Sequence[KeyLine]) -> None:
        """Kept."""

    def close(self) -> None:
        """Nothing is held."""


Scenario = Callable[[Switch, Phone, Server], Awaitable[None]]
LOCAL = Trunk(key="local", networks=("127.0.0.0/8",))


def rung(
    folder: Path,
    scenario: Scenario,
    *answers: bytes | Say,
    listed: bool = True,
    trunk: Trunk = LOCAL,
) -> None:
    """A scenario with a switch, a telephone, and a server of locations over HTTPS."""
    folder.mkdir(exist_ok=True)
    authority = Authority(folder / "ca")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.sign("lis", "127.0.0.1"))

    async def main() -> None:
        async with serving(*answers, context=context) as server:
            hosts = (f"127.0.0.1:{server.port}",) if listed else ()
            settings = SwitchSettings(
                control_socket=str(folder / "switch.sock"),
                spool_path=str(folder / "spool.db"),
                recordings_dir=str(folder),
                media_sockets=(str(folder / "media.sock"),),
                sip_port=free_port(),
                trunks=(trunk,),
                location_servers=LocationServers(hosts=hosts, ca_file=str(authority.ca_file)),
            )
            switch = Switch(settings, CITY, Door)
            await switch.start()
            phone = Phone(Address("127.0.0.1", settings.sip_port))
            await phone.start()
            try:
                await scenario(switch, phone, server)
            finally:
                await phone.close()
                await switch.stop()

    asyncio.run(main())


async def ring(switch: Switch, phone: Phone, uri: str) -> Callable[[], CallRow]:
    """It rings with that reference; its row as it is whenever one looks."""
    call = await phone.call("112", headers={"Geolocation": f"<{uri}>"})
    await call.reach(CallState.RINGING)
    (known,) = switch._board.ledger
    return lambda: switch._board.ledger.row(known.id)


def test_a_reference_becomes_a_position_while_it_rings(tmp_path: Path) -> None:
    """Asked over HTTPS; with radius, source and the document's own time, believed and on disk."""
    measured_at = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=20)
    said = response(presence(at=measured_at.isoformat()))

    async def scenario(switch: Switch, phone: Phone, server: Server) -> None:
        row = await ring(switch, phone, f"https://127.0.0.1:{server.port}/loc/77")
        await until(lambda: bool(row().positions))
        (position,) = row().positions
        assert (position.point, position.radius_m) == (Point(-6.9903, 110.4229), 35.0)
        assert (position.source, position.at) == (PlaceSource.CELL, measured_at)
        assert row().state in ("offered", "queued")
        assert "location_by_reference" in row().remarks
        asked, answer = row().raw_facts
        assert (asked.kind, answer.kind) == (RawKind.LOCATION_REFERENCE, RawKind.LOCATION_ANSWER)
        assert (answer.label, answer.cut) == ("127.0.0.1", False)
        assert answer.content.text == said.decode(), "as it came, whatever of it we read"
        assert len(server.asked) == 1
        kinds = [type(one.event).__name__ for one in switch._spool.load_calls()[0].facts]
        assert "CallPositioned" in kinds

    rung(tmp_path, scenario, reply(said))


def test_an_answer_of_no_use_to_us_is_kept_for_who_can_read_it(tmp_path: Path) -> None:
    """A shape that we do not draw, and what is no location at all; cut like any raw body."""

    async def scenario(switch: Switch, phone: Phone, server: Server) -> None:
        at = f"https://127.0.0.1:{server.port}/loc"
        row = await ring(switch, phone, f"{at}/1>, <{at}/2")
        await until(lambda: len(server.asked) == 2 and not switch._references._tasks)
        answers = [one for one in row().raw_facts if one.kind is RawKind.LOCATION_ANSWER]
        assert {one.label for one in answers} == {"127.0.0.1", "127.0.0.1 (2)"}
        texts = {one.content.text: one.cut for one in answers}
        assert texts == {response(presence("<gs:Prism/>")).decode(): False, "x" * 4_096: True}
        causes = {one.label for one in row().raw_facts} - {one.label for one in answers}
        assert causes == {"", "no_place", "unreadable"}
        assert row().positions == ()

    rung(tmp_path, scenario, reply(response(presence("<gs:Prism/>"))), reply(b"x" * 5_000))


def test_a_sip_reference_is_subscribed_to_while_the_call_lasts(tmp_path: Path) -> None:
    """Over UDP, by way of the trunk: a position while it rings, a finer one later, then the end."""
    server = PresenceServer(presence())
    port = free_port()
    trunk = Trunk(
        key="carrier",
        networks=("127.0.0.0/8",),
        host="127.0.0.1",
        port=port,
        options_period_s=0,
    )

    async def scenario(switch: Switch, phone: Phone, https: Server) -> None:
        async with answering(server, port):
            row = await ring(switch, phone, f"sip:place-77@127.0.0.1:{port}")
            await until(lambda: bool(row().positions))
            (position,) = row().positions
            assert (position.point, position.radius_m) == (Point(-6.9903, 110.4229), 35.0)
            assert row().state in ("offered", "queued")
            answer = row().raw_facts[1]
            assert (answer.kind, answer.label) == (RawKind.LOCATION_ANSWER, "127.0.0.1")
            assert answer.content.text == presence().decode()
            await until(lambda: server.answered == [200])
            (known,) = switch._board.ledger
            switch._board.end(known.id, "caller", "bye", process.moment())
            switch._changed()
            await until(lambda: server.answered == [200, 200])
            assert server.expires == ["600", "0"]
            assert (https.asked, switch._faults.count) == ([], 0)

    rung(tmp_path, scenario, b"", trunk=trunk)


def test_what_may_not_be_subscribed_to_is_named(tmp_path: Path) -> None:
    """Another host than the trunk's and the list's; whoever may be asked is asked beside it."""
    odd = "sip:place-77@lis.example>, <pres:77@lis.example"

    async def both(switch: Switch, phone: Phone, server: Server) -> None:
        row = await ring(switch, phone, f"{odd}>, <https://127.0.0.1:{server.port}/loc/77")
        await until(lambda: bool(row().positions))
        told = next(one for one in row().raw_facts if one.label == "not_allowed")
        assert told.kind is RawKind.LOCATION_REFERENCE
        assert told.content.text == "lis.example: neither of the trunk local nor on the list"
        assert len(server.asked) == 1

    rung(tmp_path / "both", both, reply(response(presence())))

    async def alone(switch: Switch, phone: Phone, server: Server) -> None:
        row = await ring(switch, phone, odd)
        assert [one.label for one in row().raw_facts] == ["", "", "not_allowed"]
        assert switch._references._tasks == set()

    rung(tmp_path / "alone", alone, b"", listed=False)

    async def many(switch: Switch, phone: Phone, server: Server) -> None:
        at = f"https://127.0.0.1:{server.port}/loc"
        row = await ring(switch, phone, f"{at}/1>, <{at}/2>, <{at}/3")
        told = next(one for one in row().raw_facts if one.label == "not_asked")
        assert told.content.text == "1 more than 2"

    rung(tmp_path / "many", many, reply(response(presence())))


def test_a_server_that_says_nothing_delays_no_ring(tmp_path: Path) -> None:
    """It rings while the server is still asked, and a caller who hangs up is let go at once."""

    async def silent(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)
        writer.close()

    async def scenario(switch: Switch, phone: Phone, server: Server) -> None:
        row = await ring(switch, phone, f"https://127.0.0.1:{server.port}/loc/77")
        await until(lambda: len(server.asked) == 1)
        assert not server.is_broken_off.is_set(), "rings while the server is silent"
        await until(lambda: len(row().raw_facts) == 2)
        told = row().raw_facts[1]
        assert (told.kind, told.label) == (RawKind.LOCATION_REFERENCE, "no_answer")
        assert (told.content.text or "").startswith("127.0.0.1: ")
        assert row().positions == ()

    rung(tmp_path, scenario, silent)


def test_what_may_pass_is_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each cause stands on the call once, the first answer counts; ever later, and an end to it."""
    assert sorted(references.AGAIN_S) == list(references.AGAIN_S)
    monkeypatch.setattr(references, "AGAIN_S", (0.05, 0.05, 0.05))

    async def scenario(switch: Switch, phone: Phone, server: Server) -> None:
        row = await ring(switch, phone, f"https://127.0.0.1:{server.port}/loc/77")
        await until(lambda: bool(row().positions))
        causes = [one.label for one in row().raw_facts]
        assert causes == ["", "server_failed", "held_error", "127.0.0.1"]
        assert len(server.asked) == 4

    unknown, busy = reply(error("locationUnknown")), reply(b"", "503 Busy")
    rung(tmp_path / "then", scenario, busy, unknown, busy, reply(response(presence())))

    async def for_ever(switch: Switch, phone: Phone, server: Server) -> None:
        row = await ring(switch, phone, f"https://127.0.0.1:{server.port}/loc/77")
        await until(lambda: len(server.asked) == 4 and not switch._references._tasks)
        assert [one.label for one in row().raw_facts] == ["", "server_failed"]

    rung(tmp_path / "never", for_ever, busy)

    async def final(switch: Switch, phone: Phone, server: Server) -> None:
        row = await ring(switch, phone, f"https://127.0.0.1:{server.port}/loc/77")
        await until(lambda: bool(server.asked) and not switch._references._tasks)
        assert [one.label for one in row().raw_facts][1:] in (["refused"], ["held_error"])
        assert len(server.asked) == 1

    for name, said in (("no", reply(b"", "404 No")), ("never", reply(error("notLocatable")))):
        rung(tmp_path / f"final-{name}", final, said)


def test_a_switch_that_was_restarted_asks_who_has_not_answered(tmp_path: Path) -> None:
    """Of the two that it asked before; also an answer that was of no use is one."""
    book = Playbook(tmp_path, location_servers={"hosts": ["lis.example"]})
    of_a_call(book, *(f"https://lis.example/{number}" for number in (1, 2, 3)))
    first, second = book.board.to_locate
    keep_failure(book.board, first, "no_place", "a prism", book.moment, b"<presence/>")
    book.flush()
    book.restart()
    assert book.board.to_locate == [second]
    book.end_call(book.call.id)
    book.restart()
    assert book.board.to_locate == []


def test_a_host_that_is_not_on_the_list_is_not_asked(tmp_path: Path) -> None:
    """Said on the call where there is a list; without one the reference is kept, no more."""

    async def foreign(switch: Switch, phone: Phone, server: Server) -> None:
        row = await ring(switch, phone, f"https://localhost:{server.port}/loc/77")
        await until(lambda: len(row().raw_facts) == 2)
        assert row().raw_facts[1].label == "not_allowed"
        assert server.asked == []

    rung(tmp_path / "foreign", foreign, b"")

    async def unlisted(switch: Switch, phone: Phone, server: Server) -> None:
        row = await ring(switch, phone, f"https://127.0.0.1:{server.port}/loc/77")
        assert switch._references._tasks == set()
        assert [one.label for one in row().raw_facts] == [""]
        assert server.asked == []

    rung(tmp_path / "unlisted", unlisted, b"", listed=False)
