"""How a call should sound, how the media process has it, and the next command between the two.

Pure. The same comparison serves a new call, a change (answered, held), a media process that was
restarted and has nothing, and a switch that was restarted and finds the bridges running. Web legs
are not made here: only a page's offer makes one; `missing_pages` says which pages must offer again.
"""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from kentongan.core.rows import CallRow
from kentongan.core.words import DeskKey
from kentongan.edge.switch.record import CITIZEN, SpooledCall
from kentongan.media import protocol

TALK = "talk"
HOLD = "hold"


class WantedBridge(Struct, frozen=True, kw_only=True):
    """What should be: the caller's leg, each page's mode by desk, and what the caller hears."""

    bridge: str
    record: str
    ip: str | None
    port: int | None
    codec: Literal[0, 8]
    dtmf: int | None
    local_port: int | None
    modes: Mapping[DeskKey, str]
    playing: str  # a file, "" for nothing


class ActualBridge(Struct, frozen=True, kw_only=True):
    """What the media process has: None for the remote as long as it has no address for it."""

    has_citizen: bool = False
    remote: tuple[str, int] | None = None
    modes: Mapping[str, str] = {}
    playing: str = ""


class Sounds(Struct, frozen=True, kw_only=True):
    """The files a waiting caller hears: announcements by key, and the reassurance of a held one."""

    announcements: Mapping[str, str]
    hold: str

    def announcement(self, key: str) -> str:
        """The announcement's file; silence when the city has no such sound."""
        return self.announcements.get(key, "")


def wanted_bridge(call: SpooledCall, row: CallRow, sounds: Sounds) -> WantedBridge | None:
    """How the call should sound now; None when it is over."""
    if call.is_over:
        return None
    is_held = row.state == "held"
    citizen = call.citizen
    return WantedBridge(
        bridge=call.id,
        record=call.recordings[-1] if call.recordings else "",
        ip=citizen.ip,
        port=citizen.port,
        codec=citizen.codecs[0],
        dtmf=citizen.dtmf,
        local_port=citizen.local_port,
        modes={leg.desk: HOLD if is_held else TALK for leg in call.desks},
        playing=_playing(call, row, sounds),
    )


def _playing(call: SpooledCall, row: CallRow, sounds: Sounds) -> str:
    """Never a dead line: whoever does not hear a desk hears that somebody is there."""
    if row.state == "held":
        return sounds.hold
    if row.state == "queued":
        return sounds.announcement(call.announcement)
    is_heard = any(leg.is_connected for leg in call.desks)
    return (
        sounds.announcement(call.announcement) if row.state == "answered" and not is_heard else ""
    )


def next_step(
    wanted: WantedBridge | None, actual: ActualBridge | None, bridge: str
) -> protocol.AnyCommand | None:
    """The next command to the media process, None when all is as it should be."""
    if wanted is None:
        return protocol.Destroy(bridge=bridge) if actual is not None else None
    if actual is None:
        return protocol.Create(bridge=bridge, record=wanted.record)
    remote = _remote(wanted)
    if not actual.has_citizen or actual.remote != remote:
        return _citizen_leg(wanted)
    for leg in actual.modes:
        if leg not in wanted.modes:
            return protocol.Leave(bridge=bridge, leg=leg)
    for leg, mode in wanted.modes.items():
        if actual.modes.get(leg, mode) != mode:
            return protocol.SetMode(bridge=bridge, leg=leg, mode=mode)
    if actual.playing == wanted.playing:
        return None
    if wanted.playing:
        return protocol.Play(bridge=bridge, leg=CITIZEN, file=wanted.playing, loop=True)
    return protocol.Stop(bridge=bridge, leg=CITIZEN)


def after(actual: ActualBridge | None, command: protocol.AnyCommand) -> ActualBridge | None:
    """What the media process has once it has carried out a command."""
    match command:
        case protocol.Create():
            return actual or ActualBridge()
        case protocol.Destroy():
            return None
        case _ if actual is None:
            return None
        case protocol.Rtp(ip=ip, port=port):
            remote = (ip, port) if ip is not None and port is not None else None
            return replace(actual, has_citizen=True, remote=remote)
        case protocol.Web(leg=leg, mode=mode) | protocol.SetMode(leg=leg, mode=mode):
            return replace(actual, modes={**actual.modes, leg: mode})
        case protocol.Leave(leg=left):
            kept = {leg: mode for leg, mode in actual.modes.items() if leg != left}
            return replace(actual, modes=kept)
        case protocol.Play(file=file):
            return replace(actual, playing=file)
        case protocol.Stop():
            return replace(actual, playing="")
        case _:
            return actual


def found_bridge(row: protocol.BridgeRow, wanted: WantedBridge) -> ActualBridge:
    """What a running media process says it has, for a switch that was away.

    Its remote is where the caller's packets really come from, which may differ from what was
    signalled; so a caller who is heard is taken to be connected as wanted.
    """
    citizen = next((leg for leg in row.legs if leg.leg == CITIZEN), None)
    is_right = citizen is not None and citizen.port == wanted.local_port
    return ActualBridge(
        has_citizen=is_right,
        remote=_remote(wanted) if citizen is not None and not citizen.is_silent else None,
        modes={leg.leg: leg.mode for leg in row.legs if leg.kind == "web"},
        playing=citizen.playing if citizen is not None else "",
    )


def heard_pages(row: protocol.BridgeRow) -> tuple[DeskKey, ...]:
    """Desks whose page is connected and heard."""
    return tuple(
        DeskKey(leg.leg)
        for leg in row.legs
        if leg.kind == "web" and leg.state == "connected" and not leg.is_silent
    )


def missing_pages(wanted: WantedBridge, actual: ActualBridge) -> tuple[DeskKey, ...]:
    """Desks whose page has no leg in the media process and must offer again."""
    return tuple(desk for desk in wanted.modes if desk not in actual.modes)


def _remote(wanted: WantedBridge) -> tuple[str, int] | None:
    return (wanted.ip, wanted.port) if wanted.ip is not None and wanted.port is not None else None


def _citizen_leg(wanted: WantedBridge) -> protocol.Rtp:
    return protocol.Rtp(
        bridge=wanted.bridge,
        leg=CITIZEN,
        role=CITIZEN,
        ip=wanted.ip,
        port=wanted.port,
        pt=wanted.codec,
        dtmf=wanted.dtmf,
        lport=wanted.local_port,
    )
