"""`kentongan serve` with several media processes: a centre without an edge or systemd."""

import asyncio
import os
import signal
from pathlib import Path

import pytest
from switch_room import Control, Process, free_port, until

from kentongan.edge.caller.phone import CallState, Phone
from kentongan.serve.process import running_pid
from kentongan.sip.address import Address

pytestmark = [pytest.mark.anyio, pytest.mark.peer]

MEDIA = 2
SETTINGS = """
state_dir = "{folder}"
[http]
port = {http}
[sip]
port = {sip}
[media]
processes = {media}
web_port_first = {web}
rtp_port_first = {rtp}
rtp_ports_each = 100
calls_each = 50
"""


async def test_calls_are_spread_over_media_processes_and_one_may_die(tmp_path: Path) -> None:
    """Each process has its own ports and half of the calls; the death of one is its calls' alone,
    and they are heard again without a re-INVITE; in the end nothing is left running.
    """
    sip, web = free_port(), free_port()
    file = tmp_path / "centre.toml"
    rtp = 22_000 + web % 4_000 * 2  # below what the kernel gives out itself
    file.write_text(
        SETTINGS.format(folder=tmp_path, http=free_port(), sip=sip, media=MEDIA, web=web, rtp=rtp)
    )
    serve = Process(
        tmp_path / "serve.log", "-m", "kentongan.main", "--settings", str(file), "serve"
    )
    control, phone = Control(tmp_path / "switch.sock"), Phone(Address("127.0.0.1", sip))
    serve.start()
    try:
        async with asyncio.timeout(60):
            while not (tmp_path / "switch.sock").exists():
                await asyncio.sleep(0.05)
        await control.connect()
        async with asyncio.timeout(60):
            while not all(each["is_connected"] for each in (await control.ask("health"))["media"]):
                await asyncio.sleep(0.05)
        await phone.start()
        calls = [await phone.call("112", number=f"081{number}") for number in range(2 * MEDIA)]
        for call in calls:
            await call.reach(CallState.TALKING, within_s=60)
            await until(lambda call=call: len(call.audio.heard()) > 800)
        assert [each["calls"] for each in (await control.ask("health"))["media"]] == [2] * MEDIA
        ports = [call.audio._remote[1] for call in calls if call.audio._remote is not None]
        mine = [call for call, port in zip(calls, ports, strict=True) if port >= rtp + 100]
        others = [call for call in calls if call not in mine]
        assert len(mine) == len(others) == 2

        for call in calls:
            call.audio.forget()
        pid = running_pid(tmp_path / "run" / "media-1.pid")
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        await until(lambda: running_pid(tmp_path / "run" / "media-1.pid") not in (None, pid), 60)
        for call in mine:
            call.audio.forget()
            await until(lambda call=call: len(call.audio.heard()) > 800)
        assert all(call.audio.missing == 0 for call in others)
        assert all(call.reinvites == 0 for call in calls)
        await until(lambda: running_pid(tmp_path / "run" / "geo.pid") is not None, 60)  # the last
        pids = [running_pid(name) for name in (tmp_path / "run").glob("*.pid")]
        assert len(pids) == 2 * MEDIA + 5  # each media process and the switch have a guard
    finally:
        await phone.close()
        control.close()
        serve.stop()
    assert not any(running_pid(name) for name in (tmp_path / "run").glob("*.pid"))
