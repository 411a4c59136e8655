"""A telephone behind a real NAT, and strangers. Run in networks of its own, by the test.

`lanes` makes four networks that end with this process: the centre's, a carrier's gateway that
translates addresses and ports (nftables, a port by chance for each flow), a home behind it, and a
stranger's. One process has sockets in all of them: a socket stays in the network in which it was
made, and a thread may change its own. The carrier's network is a public one, or a private one too,
as between a carrier and a city: then a private Contact looks as if it could be reached.
"""

import asyncio
import contextlib
import ctypes
import os
import sys
from collections.abc import Generator
from pathlib import Path

from media_peers import RtpPhone
from msgspec.structs import replace
from switch_room import DEWI, Page, Room
from voice_centre import waiting_call
from voice_levels import Levels, Pace
from voice_telephone import Line, Telephone

from kentongan.core.commands import EndCall
from kentongan.core.words import AgentId, CallId, DeskKey
from kentongan.media.legs import SILENT_S
from kentongan.sip.sdp import Session

HOME, NEIGHBOUR, STRANGER = "192.168.1.20", "192.168.1.21", "45.113.7.66"
LOOPBACK = "127.0.0.1"
OUTER = ("45.112.7", "10.112.7")
"""The carrier's network, in which the centre is .1 and the gateway .40."""

NETWORKS = Path("/run/netns")
CLONE_NEWNET = 0x40000000
LANES = """ip link set lo up
mkdir -p /run/netns
mount -t tmpfs none /run/netns
for each in gateway home away; do ip netns add $each; ip -n $each link set lo up; done
ip link add centre0 type veth peer name world0 netns gateway
ip link add centre1 type veth peer name away0 netns away
ip -n gateway link add inner0 type veth peer name home0 netns home
ip addr add OUTER.1/24 dev centre0
ip addr add 45.113.7.1/24 dev centre1
ip -n gateway addr add OUTER.40/24 dev world0
ip -n gateway addr add 192.168.1.1/24 dev inner0
ip -n home addr add HOME/24 dev home0
ip -n home addr add NEIGHBOUR/24 dev home0
ip -n away addr add STRANGER/24 dev away0
for each in centre0 centre1; do ip link set $each up; done
for each in world0 inner0; do ip -n gateway link set $each up; done
ip -n home link set home0 up
ip -n away link set away0 up
ip -n home route add default via 192.168.1.1
ip -n away route add default via 45.113.7.1
ip netns exec gateway sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward'
ip netns exec gateway nft -f - <<'END'
table ip nat {
    chain out {
        type nat hook postrouting priority 100
        oifname "world0" masquerade fully-random
    }
}
END
exec "$@"
"""

CALLER_HZ, DESK_HZ, LOUD_HZ, OWN_HZ = 700.0, 1300.0, 2050.0, 2600.0
AMONG_S = 0.5


def lanes(outer: str) -> str:
    """The program that makes them and runs its arguments there."""
    found = LANES.replace("OUTER", outer).replace("HOME", HOME)
    return found.replace("NEIGHBOUR", NEIGHBOUR).replace("STRANGER", STRANGER)


@contextlib.contextmanager
def within(network: str) -> Generator[None]:
    """Sockets that are made meanwhile are in that network."""
    libc = ctypes.CDLL(None, use_errno=True)
    before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(NETWORKS / network, os.O_RDONLY)

    def enter(network_file: int) -> None:
        if libc.setns(network_file, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")

    try:
        enter(there)
        yield
    finally:
        enter(before)
        os.close(there)
        os.close(before)


class Misled(Line):
    """A telephone that describes itself as everybody's own machine."""

    @property
    def session(self) -> Session:
        """What it says."""
        return replace(super().session, address=LOOPBACK)


class Scene:
    """One call from behind the NAT."""

    def __init__(self, room: Room, telephone: Telephone) -> None:
        self.room, self.telephone = room, telephone
        self.page: Page
        self.line: Line
        self.levels = Levels("behind NAT", pace=Pace(room))
        self.levels.voices = {
            "caller": CALLER_HZ, "desk": DESK_HZ, "loud": LOUD_HZ, "neighbour": OWN_HZ,
        }  # fmt: skip

    async def begin(self) -> str:
        """It rings and is answered; the call's name."""
        with within("home"):
            self.line = await self.telephone.dial(self.room.centre, number="0811000")
        await self.line.reach("talking")
        call = await waiting_call(self.room, "0811000")
        self.page = Page(self.room.control, replace(DEWI, desk=DeskKey("desk_1")), DESK_HZ)
        await self.page.answer(call)
        self.levels.ears = {"caller": self.line, "desk": self.page.peer}
        return call

    async def still_talk(self, stage: str) -> None:
        """Both hear each other and nobody else."""
        await self.levels.judge(stage, {"caller": "desk", "desk": "caller"})

    async def comes(self, network: str, host: str, hz: float) -> RtpPhone:
        """Somebody who speaks to the port of that call."""
        assert self.line.remote is not None
        with within(network):
            phone = await RtpPhone(hz).open(host)
        phone.call(*self.line.remote)
        await asyncio.sleep(AMONG_S)
        return phone


async def walk(folder: Path, outer: str) -> None:
    """Rings, is latched, is robbed by nobody, moves to another port of the NAT, is hung up on."""
    trunk = {"key": "carrier", "networks": [f"{outer}.40/32"]}
    with within("home"):
        telephone = await Telephone(CALLER_HZ, host=HOME).__aenter__()
    async with Room(folder, host=f"{outer}.1", trunks=[trunk]) as room:
        scene = Scene(room, telephone)
        call = await scene.begin()
        assert scene.line.session.address == HOME  # which the centre cannot reach
        await scene.still_talk("talk")
        stranger = await scene.comes("away", STRANGER, LOUD_HZ)
        neighbour = await scene.comes("home", NEIGHBOUR, OWN_HZ)
        await scene.still_talk("among strangers")
        await neighbour.close()
        await _another_mapping(scene)
        await scene.still_talk("from another port")
        await stranger.close()
        print(f"strangers heard {stranger.received} and {neighbour.received} packets")
        assert stranger.received == neighbour.received == 0
        ended = await room.control.command(EndCall(call=CallId(call), by="desk"), scene.page.agent)
        assert "events" in ended, ended
        await scene.line.reach("over")
        assert scene.line.ended_by == "them"
        print("\n".join(scene.levels.table()))
        await scene.page.peer.close()
        await telephone.__aexit__()
        if outer == OUTER[0]:
            await _misled(room)


async def _misled(room: Room) -> None:
    """A telephone that says 127.0.0.1 is heard and hears; our own 127.0.0.1 is sent nothing."""
    with within("home"):
        telephone = await Telephone(CALLER_HZ, host=HOME, line_kind=Misled).__aenter__()
        line = await telephone.dial(room.centre, number="0811127")
    trap = await RtpPhone().open(LOOPBACK, line.port)
    call = await waiting_call(room, "0811127")
    row = next(row for row in await room.control.calls() if row["key"] == call)
    assert row["remarks"] == ["audio_address_loopback"], row["remarks"]
    page = Page(room.control, replace(DEWI, id=AgentId("two"), desk=DeskKey("desk_2")), DESK_HZ)
    await page.answer(call)
    levels = Levels("says 127.0.0.1", pace=Pace(room), ears={"caller": line, "desk": page.peer})
    levels.voices = {"caller": CALLER_HZ, "desk": DESK_HZ, "loud": LOUD_HZ}
    await levels.judge("says 127.0.0.1", {"caller": "desk", "desk": "caller"})
    assert trap.received == 0
    print("\n".join(levels.table()))
    for end in (trap, page.peer):
        await end.close()
    await telephone.__aexit__()


async def _another_mapping(scene: Scene) -> None:
    """A NAT that was restarted: after a silence the same telephone comes from another port.

    Whoever else is behind the same address of the trunk could come first, and is hushed before.
    """
    old = scene.line.transport
    await scene.line.hush()
    await asyncio.sleep(SILENT_S + 1.0)
    with within("home"):
        await scene.line.open(HOME)
    old.close()
    scene.line.start()


if __name__ == "__main__":
    asyncio.run(walk(Path(sys.argv[1]), sys.argv[2]))
