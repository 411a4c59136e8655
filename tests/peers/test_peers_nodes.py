"""Two nodes on one record: a desk at node a answers what node b has, and hears it."""

from pathlib import Path

import pytest
from peers_nodes import PATIENCE_S, NodeWeb, write_secret
from switch_room import BUDI, DEWI, Page, Room, free_port, kind_of, until

from kentongan.core.commands import AnswerCall, EndCall
from kentongan.core.words import CallId, DeskKey, Refused
from kentongan.edge.caller.phone import CallState
from kentongan.edge.caller.voice import level_of, tone
from kentongan.edge.web.switch_client import SwitchAway

pytestmark = [pytest.mark.anyio]

CALLER_HZ, DESK_HZ = 700, 1300


def _rooms(folder: Path) -> tuple[Room, Room]:
    store, secret_file = f"sqlite:{folder / 'store.db'}", write_secret(folder)
    a, b = (
        Room(
            folder / name,
            store=store,
            control_listen=f"127.0.0.1:{free_port()}",
            control_secret_file=secret_file,
        )
        for name in ("a", "b")
    )
    return a, b


async def test_a_desk_at_node_a_answers_a_call_that_node_b_has(tmp_path: Path) -> None:
    """Both hear each other through b's media; who is second is told; the same command again is one
    fact; while a's own switch is dead the call goes on and can be ended; while b's is dead it is
    said at once that it is away, and afterwards the call is there as before.
    """
    a, b = _rooms(tmp_path)
    a.media.clear()  # nothing sounds there
    async with a, b, NodeWeb(a, b) as web:
        phone = await b.phone()
        call = await phone.call("112", number="0811", voice=tone(CALLER_HZ))
        await call.reach(CallState.TALKING, within_s=PATIENCE_S)
        key = (await b.call_in("queued", within_s=PATIENCE_S))["key"]
        await until(lambda: any(push.get("call") == key for push in web.pushed), PATIENCE_S)

        with pytest.raises(Refused, match="call_over"):  # both were asked, and neither has it
            await web.ask("replay", call="nobody's", desk="desk_1", agent=DEWI.id)
        web.switches._held.relearn(web.switches._lines[1], [])  # so that it has to be asked for

        answer = AnswerCall(call=CallId(key), desk=DeskKey("desk_1"))
        page = Page(web, DEWI, DESK_HZ)
        for _ in range(2):
            await web.command(answer, command_id="the same")
        with pytest.raises(Refused, match="call_taken"):
            await web.command(AnswerCall(call=CallId(key), desk=DeskKey("desk_2")), BUDI)
        await page.join(key)
        await until(lambda: level_of(call.audio.heard(0.5), DESK_HZ) > 5000, PATIENCE_S)
        await page.peer.hear(1.0)
        await until(lambda: level_of(page.peer.heard(0.5).astype("int16"), CALLER_HZ) > 5000)
        assert level_of(page.peer.heard(0.5).astype("int16"), DESK_HZ) < 50

        b.switch.kill()
        await until(lambda: not web.switches._lines[1].is_reached, PATIENCE_S)
        end = EndCall(call=CallId(key), by="desk")
        with pytest.raises(SwitchAway):
            await web.command(end)
        b.switch.start()
        a.switch.kill()
        done = await web.command_when_back(end)
        assert done["events"] == ["call.ended"]
        await call.reach(CallState.OVER, within_s=PATIENCE_S)
        found = await b.journal("call.recording_kept", within_s=PATIENCE_S)
        assert [kind_of(one) for one in found].count("call.answered") == 1
        await page.peer.close()
