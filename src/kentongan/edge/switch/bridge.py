"""How a call should sound, how the media process has it, and the next command between the two.

Pure. The same comparison serves a new call, a change (answered, held, transferred, listened to), a
media process that was restarted and has nothing, and a switch that was restarted and finds the
bridges running. Legs of pages are not made here: only a page's offer makes one; `missing_pages`
says which pages must offer again. What should be is worked out in `sounding`.
"""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from kentongan.core.words import DeskKey
from kentongan.media import protocol

AT_ONCE_MAX = 40
"""Commands that are sent together when a bridge is made; one of eight legs has half of them."""

PAUSE_S = 3.0
"""Between two rounds of several announcements, seconds: time to hear whether somebody speaks."""


UNKNOWN = ""
"""The mode of a leg that the media process may or may not have: it is always told one."""


class Phone(Struct, frozen=True, kw_only=True):
    """A telephone as the media process must know it; None for what it has not said yet."""

    ip: str | None = None
    port: int | None = None
    payload_type: int = 8
    codec: Literal["pcma", "pcmu", "g722"] = "pcma"
    dtmf: int | None = 101
    ptime_ms: int = 20
    rtcp_port: int | None = None
    rtcp_mux: bool = False
    allow: tuple[str, ...] = ()
    srtp: protocol.Sdes | None = None
    sends: bool = True  # whether we may send it sound
    family: Literal[4, 6] | None = None  # of our own address; None: the process's first


class WantedLeg(Struct, frozen=True, kw_only=True):
    """One leg as it should be: a telephone's has `phone`, a page's has none."""

    name: str
    role: str
    mode: str = "talk"
    playing: tuple[str, ...] = ()  # files in turn, again and again; none for nothing
    plays_once: bool = False  # the files are heard to their end, also beside somebody
    taps: bool = False  # whether knocks on the microphone are listened for
    tones: bool = False  # whether keys as tones are, although telephone events were agreed
    phone: Phone | None = None
    local_port: int | None = None


class TextPhone(Struct, frozen=True, kw_only=True):
    """A telephone's text as the media process must know it; see `protocol.Text`."""

    ip: str | None = None
    port: int | None = None
    t140: int = 98
    red: int | None = None
    generations: int = 0
    cps: int = 30
    allow: tuple[str, ...] = ()
    srtp: protocol.Sdes | None = None
    family: Literal[4, 6] | None = None


class WantedText(Struct, frozen=True, kw_only=True):
    """A text line as it should be; `heard` is where a process before ended, if there was one."""

    name: str
    phone: TextPhone
    local_port: int | None = None
    heard: tuple[int, int] | None = None


class WantedBridge(Struct, frozen=True, kw_only=True):
    """What should be: all legs, the caller's first, and the recording with its key."""

    bridge: str
    record: str = ""
    key_id: str = ""
    key: str = ""
    legs: tuple[WantedLeg, ...] = ()
    texts: tuple[WantedText, ...] = ()

    @property
    def pages(self) -> tuple[WantedLeg, ...]:
        """The legs that only a page's offer makes."""
        return tuple(leg for leg in self.legs if leg.phone is None)

    def find(self, name: str) -> WantedLeg | None:
        """The leg of that name."""
        return next((leg for leg in self.legs if leg.name == name), None)


class ActualLeg(Struct, frozen=True, kw_only=True):
    """One leg as the media process has it."""

    mode: str = "talk"
    playing: tuple[str, ...] = ()
    taps: bool = False
    tones: bool = False
    phone: Phone | None = None


class ActualBridge(Struct, frozen=True, kw_only=True):
    """What the media process has, by the legs' names."""

    legs: Mapping[str, ActualLeg] = {}
    texts: Mapping[str, TextPhone | None] = {}


def next_step(
    wanted: WantedBridge | None, actual: ActualBridge | None, bridge: str
) -> protocol.AnyCommand | None:
    """The next command to the media process, None when all is as it should be."""
    if wanted is None:
        return protocol.Destroy(bridge=bridge) if actual is not None else None
    if actual is None:
        return protocol.Create(
            bridge=bridge, record=wanted.record, key_id=wanted.key_id, key=wanted.key
        )
    for name in actual.legs:
        if wanted.find(name) is None:
            return protocol.Leave(bridge=bridge, leg=name)
    step = _text_step(wanted, actual)
    if step is not None:
        return step
    for leg in wanted.legs:
        step = _leg_step(bridge, leg, actual.legs.get(leg.name))
        if step is not None:
            return step
    return None


def whole(
    wanted: WantedBridge | None, create: protocol.Create, bridge: str
) -> tuple[protocol.AnyCommand, ...]:
    """Making a bridge, and all that it is to have from the beginning, in order."""
    steps: list[protocol.AnyCommand] = [create]
    actual = after(None, create)
    while len(steps) < AT_ONCE_MAX:
        step = next_step(wanted, actual, bridge)
        if step is None or isinstance(step, protocol.Destroy):
            break
        steps.append(step)
        actual = after(actual, step)
    return tuple(steps)


def _text_step(wanted: WantedBridge, actual: ActualBridge) -> protocol.AnyCommand | None:
    """Text comes before sound, so that a description of both is complete when sound is there."""
    names = {text.name for text in wanted.texts}
    for name in actual.texts:
        if name not in names:
            return protocol.EndText(bridge=wanted.bridge, leg=name)
    for text in wanted.texts:
        if actual.texts.get(text.name) != text.phone:
            phone = text.phone
            return protocol.Text(
                bridge=wanted.bridge,
                leg=text.name,
                ip=phone.ip,
                port=phone.port,
                t140=phone.t140,
                red=phone.red,
                generations=phone.generations,
                cps=phone.cps,
                allow=phone.allow,
                srtp=phone.srtp,
                lport=text.local_port,
                family=phone.family,
                heard=text.heard,
            )
    return None


def _leg_step(bridge: str, leg: WantedLeg, found: ActualLeg | None) -> protocol.AnyCommand | None:
    if leg.phone is not None and (found is None or found.phone != leg.phone):
        return _telephone(bridge, leg, leg.phone)
    if found is None:
        return None  # a page that has not offered yet
    if found.mode != leg.mode:
        return protocol.SetMode(bridge=bridge, leg=leg.name, mode=leg.mode)
    if (leg.taps and not found.taps) or (leg.tones and not found.tones):
        return protocol.Detect(bridge=bridge, leg=leg.name, taps=leg.taps, tones=leg.tones)
    if found.playing == leg.playing:
        return None
    return _play(bridge, leg) if leg.playing else protocol.Stop(bridge=bridge, leg=leg.name)


def _play(bridge: str, leg: WantedLeg) -> protocol.Play:
    first, *then = leg.playing
    return protocol.Play(
        bridge=bridge,
        leg=leg.name,
        file=first,
        then=tuple(then),
        loop=not leg.plays_once,
        pause_s=PAUSE_S if then and not leg.plays_once else 0.0,
        yields=not leg.plays_once,  # the desk's first word is not spoken into an announcement
    )


def _telephone(bridge: str, leg: WantedLeg, phone: Phone) -> protocol.Rtp:
    return protocol.Rtp(
        bridge=bridge,
        leg=leg.name,
        role=leg.role,
        mode=leg.mode,
        ip=phone.ip,
        port=phone.port,
        pt=phone.payload_type,
        codec=phone.codec,
        dtmf=phone.dtmf,
        ptime=phone.ptime_ms,
        rtcp=phone.rtcp_port,
        rtcp_mux=phone.rtcp_mux,
        allow=phone.allow,
        srtp=phone.srtp,
        sends=phone.sends,
        lport=leg.local_port,
        family=phone.family,
    )


def after(actual: ActualBridge | None, command: protocol.AnyCommand) -> ActualBridge | None:
    """What the media process has once it has carried out a command."""
    match command:
        case protocol.Create():
            return actual or ActualBridge()
        case protocol.Destroy():
            return None
        case _ if actual is None:
            return None
        case protocol.Rtp(leg=name, mode=mode):
            known = actual.legs.get(name)
            phone = Phone(
                ip=command.ip,
                port=command.port,
                payload_type=command.pt,
                codec=command.codec or "pcma",
                dtmf=command.dtmf,
                ptime_ms=command.ptime,
                rtcp_port=command.rtcp,
                rtcp_mux=command.rtcp_mux,
                allow=command.allow,
                srtp=command.srtp,
                sends=command.sends,
                family=command.family,
            )
            leg = replace(known, phone=phone) if known else ActualLeg(mode=mode, phone=phone)
            return _with(actual, name, leg)
        case protocol.Text() | protocol.EndText():
            texts = {n: text for n, text in actual.texts.items() if n != command.leg}
            if isinstance(command, protocol.Text):
                texts[command.leg] = _described(command)
            changed = replace(actual, texts=texts)
        case protocol.Web(leg=name, restart=True) if name in actual.legs:
            return actual
        case protocol.Web(leg=name, mode=mode):
            return _with(actual, name, ActualLeg(mode=mode))
        case protocol.SetMode(leg=name, mode=mode):
            return _with(actual, name, replace(actual.legs.get(name, ActualLeg()), mode=mode))
        case protocol.Leave(leg=left):
            others = {n: leg for n, leg in actual.legs.items() if n != left}
            changed = replace(actual, legs=others)
        case protocol.Play(leg=name, file=file, then=then):
            known = actual.legs.get(name, ActualLeg())
            return _with(actual, name, replace(known, playing=(file, *then)))
        case protocol.Detect(leg=name, taps=taps, tones=tones):
            known = actual.legs.get(name, ActualLeg())
            return _with(actual, name, replace(known, taps=taps, tones=tones))
        case protocol.Stop(leg=name):
            return _with(actual, name, replace(actual.legs.get(name, ActualLeg()), playing=()))
        case _:
            return actual
    return changed


def doubted(actual: ActualBridge | None, name: str) -> ActualBridge | None:
    """The same when nobody knows whether that page's leg is there, or how it may be heard."""
    return None if actual is None else _with(actual, name, ActualLeg(mode=UNKNOWN))


def unsure(actual: ActualBridge | None, step: protocol.AnyCommand) -> ActualBridge | None:
    """The same when a command got no answer: it may have been carried out, or not.

    Whatever it was about is told again as it is wanted by then, or taken away.
    """
    match step:
        case protocol.Create():
            return actual or ActualBridge()  # where it was not made, `no-bridge` says so
        case protocol.Text() | protocol.EndText() if actual is not None:
            return replace(actual, texts={**actual.texts, step.leg: None})
        case (
            protocol.Rtp()
            | protocol.Leave()
            | protocol.SetMode()
            | protocol.Play()
            | protocol.Stop()
            | protocol.Detect()
        ) if actual is not None:
            return _with(actual, step.leg, ActualLeg(mode=UNKNOWN, playing=(UNKNOWN,)))
        case _:
            return actual


def _with(actual: ActualBridge, name: str, leg: ActualLeg) -> ActualBridge:
    return replace(actual, legs={**actual.legs, name: leg})


def _described(command: protocol.Text) -> TextPhone:
    return TextPhone(
        ip=command.ip,
        port=command.port,
        t140=command.t140,
        red=command.red,
        generations=command.generations,
        cps=command.cps,
        allow=command.allow,
        srtp=command.srtp,
        family=command.family,
    )


def found_bridge(row: protocol.BridgeRow, wanted: WantedBridge) -> ActualBridge:
    """What a running media process says it has, for a switch that was away.

    A telephone's remote is where its packets really come from, which may differ from what was
    signalled; so one that is heard is taken to be connected as wanted.
    """
    return ActualBridge(
        legs={found.leg: _found_leg(found, wanted.find(found.leg)) for found in row.legs},
        texts={found.leg: _found_text(found, wanted) for found in row.texts},
    )


def _found_text(found: protocol.TextRow, wanted: WantedBridge) -> TextPhone | None:
    """The line as it is wanted, if it is at the port that the telephone was told."""
    known = next((text for text in wanted.texts if text.name == found.leg), None)
    return known.phone if known is not None and known.local_port == found.port else None


def _found_leg(found: protocol.LegRow, wanted: WantedLeg | None) -> ActualLeg:
    is_right = (
        found.kind == "rtp"
        and wanted is not None
        and found.port == wanted.local_port
        and not found.is_silent
    )
    return ActualLeg(
        mode=found.mode,
        playing=(found.playing, *found.then) if found.playing else (),
        phone=wanted.phone if is_right and wanted is not None else None,
    )


def heard_pages(row: protocol.BridgeRow) -> tuple[DeskKey, ...]:
    """Pages that are connected and heard, by their legs' names."""
    return tuple(
        DeskKey(leg.leg)
        for leg in row.legs
        if leg.kind == "web" and leg.state == "connected" and not leg.is_silent
    )


def missing_pages(wanted: WantedBridge, actual: ActualBridge) -> tuple[DeskKey, ...]:
    """Pages that have no leg in the media process and must offer again."""
    return tuple(DeskKey(leg.name) for leg in wanted.pages if leg.name not in actual.legs)
