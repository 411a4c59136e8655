"""The control line's shares: what citizens' pages ask makes no desk's command wait."""

import asyncio
from pathlib import Path

import pytest

from kentongan.edge.switch.control import (
    IN_HAND_MAX,
    Answer,
    AnyRequest,
    CitizenEnd,
    CitizenOffer,
    CitizenState,
    ControlSocket,
    Find,
)
from kentongan.edge.web.switch_client import SwitchClient, SwitchFailed

KEY = "k" * 32


def test_citizens_pages_fill_their_own_share_and_no_other(tmp_path: Path) -> None:
    """Offers that wait for a slow media process: desks are answered, and who hangs up is heard."""

    async def main() -> None:
        go_on = asyncio.Event()

        async def answer(request: AnyRequest) -> Answer:
            if isinstance(request, CitizenOffer):
                await go_on.wait()
            return {"did": type(request).__name__}

        control = ControlSocket(tmp_path / "switch.sock", answer)
        await control.open()
        client = SwitchClient(tmp_path / "switch.sock", lambda _pushed: None)
        client.start()
        await client.reached.wait()
        page = {"call": "web-1", "key": KEY}
        most = IN_HAND_MAX["citizen"]
        offers = [
            asyncio.create_task(client.ask("citizen_offer", sdp="o", **page)) for _ in range(300)
        ]
        await asyncio.sleep(0)  # they are asked
        with pytest.raises(SwitchFailed, match="busy"):
            await client.ask("citizen_state", **page)
        assert (await client.ask("find", call="c1"))["did"] == Find.__name__
        assert (await client.ask("citizen_end", **page))["did"] == CitizenEnd.__name__
        go_on.set()
        found = await asyncio.gather(*offers, return_exceptions=True)
        assert sum(isinstance(one, dict) for one in found) == most
        assert (await client.ask("citizen_state", **page))["did"] == CitizenState.__name__
        await client.stop()
        await control.close()

    asyncio.run(asyncio.wait_for(main(), 10))


@pytest.mark.parametrize("line", [b"\xff\xfe\n", b'{"n":7,"do":"find","call":"\xff"}\n', b"no\n"])
def test_a_line_that_cannot_be_read_is_answered_and_ends_nothing(
    tmp_path: Path, line: bytes
) -> None:
    """Neither octets that are no UTF-8 nor words that are no JSON."""

    async def main() -> None:
        async def answer(request: AnyRequest) -> Answer:
            return {"did": type(request).__name__}

        control = ControlSocket(tmp_path / "switch.sock", answer)
        await control.open()
        reader, writer = await asyncio.open_unix_connection(str(tmp_path / "switch.sock"))
        for _ in range(2):
            writer.write(line)
            while b"unreadable" not in (said := await reader.readuntil(b"\n")):
                assert said
        writer.close()
        await control.close()

    asyncio.run(asyncio.wait_for(main(), 10))
