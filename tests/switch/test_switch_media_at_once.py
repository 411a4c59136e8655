"""A bridge that has to be made again is made in one go; an offer never outlives the right to it."""

import asyncio
from typing import cast

import pytest

from kentongan.core.words import CallId
from kentongan.edge.switch.bridge import ActualBridge, Phone, WantedBridge, WantedLeg
from kentongan.edge.switch.media import STEPS_MAX, Media
from kentongan.edge.switch.media_owner import Owner
from kentongan.media import protocol
from kentongan.media.client import MediaClient, MediaRefusedError, MediaUnavailableError

CALL = CallId("c1")
CREATE = protocol.Create(bridge=CALL, record="c1-2.rec")
PHONE = Phone(ip="127.0.0.2", port=4000)
CITIZEN = WantedLeg(name="citizen", role="citizen", phone=PHONE, playing=("wait.wav",))
WANTED = WantedBridge(bridge=CALL, record="c1-2.rec", legs=(CITIZEN,))


class Process:
    """A media process that answers nothing before it was asked for everything."""

    is_connected = True

    def __init__(self, refuses: type[protocol.Command] | None = None) -> None:
        self.asked: list[str] = []
        self._refuses = refuses
        self._all = asyncio.Event()

    async def request(self, command: protocol.AnyCommand, _reply: object) -> protocol.Reply:
        """One command."""
        self.asked.append(type(command).__name__)
        place = len(self.asked)
        if isinstance(command, protocol.Play):
            self._all.set()
        await self._all.wait()
        await asyncio.sleep(0.01 * place)  # in order, as on a line
        if self._refuses is not None and isinstance(command, self._refuses):
            self._refuses = None
            raise MediaRefusedError("sound", "no such file")
        return protocol.Reply()

    async def rtp(self, command: protocol.Rtp) -> protocol.RtpAddress:
        """A telephone."""
        await self.request(command, None)
        return protocol.RtpAddress(ip="127.0.0.1", port=40_000)


class Heard:
    """The owner: what it was told, and what it wants."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def wanted(self, _call: CallId) -> WantedBridge:
        """A caller who waits."""
        return WANTED

    async def begin_segment(self, _call: CallId) -> protocol.Create:
        """A new segment."""
        return CREATE

    def placed(self, _call: CallId, leg: str, *_where: object) -> None:
        """A leg is there."""
        self.told.append(f"{leg} placed")

    def refused(self, _call: CallId, step: protocol.AnyCommand, key: str) -> None:
        """One is not."""
        self.told.append(f"{type(step).__name__} {key}")

    def carried_out(self, _call: CallId, _step: protocol.AnyCommand) -> None:
        """One is done."""


def _tended(process: Process) -> list[str]:
    """What the owner heard of it."""
    owner = Heard()

    async def scenario() -> None:
        media = Media(("/nowhere.sock",), cast("Owner", owner))
        media._clients = [cast("MediaClient", process)]
        media._known = [True]
        media.tend(CALL, 0)
        async with asyncio.timeout(5):
            await media._workers[CALL]

    asyncio.run(scenario())
    return owner.told


def test_nothing_of_a_bridge_waits_for_an_answer() -> None:
    """Bridge, telephone and announcement are asked for together, in their order, and no more."""
    process = Process()
    assert _tended(process) == ["citizen placed"]
    assert process.asked == ["Create", "Rtp", "Play"]


def test_what_is_refused_among_them_stops_nothing_else() -> None:
    """A missing announcement: said, and the telephone is in the bridge."""
    process = Process(refuses=protocol.Play)
    assert _tended(process) == ["citizen placed", "Play sound"]
    assert process.asked == ["Create", "Rtp", "Play"]


class Stubborn(Process):
    """A process that refuses a telephone for minutes."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self._times = times

    async def request(self, command: protocol.AnyCommand, _reply: object) -> protocol.Reply:
        """One command, at once."""
        self.asked.append(type(command).__name__)
        if isinstance(command, protocol.Rtp) and self.asked.count("Rtp") <= self._times:
            raise MediaRefusedError("no-port", "all are taken")
        return protocol.Reply()


def test_a_bridge_is_never_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused far more often than commands follow each other, the caller has a place at last."""
    monkeypatch.setattr("kentongan.edge.switch.media.RETRY_S", 1e-9)
    refused = ["Rtp no-port"] * (2 * STEPS_MAX)
    assert _tended(Stubborn(2 * STEPS_MAX)) == [*refused, "citizen placed"]


class Offered:
    """A process, and the owner of its one call, which changes while it takes an offer."""

    is_connected = True

    def __init__(self, then: WantedBridge, *, is_late: bool) -> None:
        self.asked: list[protocol.AnyCommand] = []
        self._now = then
        self._is_late = is_late

    async def request(self, command: protocol.AnyCommand, _reply: object) -> protocol.Reply:
        """One command."""
        self.asked.append(command)
        return protocol.Reply()

    async def web(self, _command: protocol.Web) -> str:
        """The offer; what is wanted by now is not what it was made for."""
        if self._is_late:
            raise MediaUnavailableError("no reply within 5 s")
        return "v=0"

    def wanted(self, _call: CallId) -> WantedBridge:
        """How it should be by now."""
        return self._now

    def carried_out(self, _call: CallId, _step: protocol.AnyCommand) -> None:
        """One is done."""


@pytest.mark.parametrize("is_late", [False, True])
@pytest.mark.parametrize("mode", ["", "listen"])
def test_who_lost_the_right_while_their_offer_was_taken(mode: str, *, is_late: bool) -> None:
    """A supervisor stopped, or went from barging in to listening: the process is told at once.

    Also when it did not answer in time, and may or may not have made the leg.
    """
    legs = (WantedLeg(name="desk_3", role="supervisor", mode=mode),) if mode else ()
    both = Offered(WantedBridge(bridge=CALL, legs=legs), is_late=is_late)
    web = protocol.Web(bridge=CALL, leg="desk_3", role="supervisor", mode="talk", sdp="v=0")

    async def scenario() -> None:
        media = Media(("/nowhere.sock",), cast("Owner", both))
        media._clients = [cast("MediaClient", both)]
        media._known, media._shards = [True], {CALL: 0}
        media._actual[CALL] = ActualBridge()
        try:
            await media.offer(web)
        except MediaUnavailableError:
            assert is_late
        async with asyncio.timeout(5):
            await media._workers[CALL]

    asyncio.run(scenario())
    assert both.asked == [
        protocol.SetMode(bridge=CALL, leg="desk_3", mode=mode)
        if mode
        else protocol.Leave(bridge=CALL, leg="desk_3")
    ]


QUIET = WantedBridge(
    bridge=CALL, record="c1-2.rec", legs=(WantedLeg(name="citizen", role="citizen", phone=PHONE),)
)


class Late:
    """A process that carries everything out, but once says so too late; and what is wanted."""

    is_connected = True

    def __init__(self, late: type[protocol.Command]) -> None:
        self.legs: dict[str, str] = {}
        self.has_bridge = False
        self.late: type[protocol.Command] | None = late
        self.now: WantedBridge | None = QUIET
        self.after: WantedBridge | None = QUIET

    async def request(self, command: protocol.AnyCommand, _reply: object) -> protocol.Reply:
        """One command, carried out."""
        match command:
            case protocol.Create():
                self.has_bridge = True
            case protocol.Destroy():
                self.has_bridge, self.legs = False, {}
            case protocol.Rtp():
                self.legs.setdefault(command.leg, command.mode)
            case protocol.SetMode():
                self.legs[command.leg] = command.mode
            case protocol.Leave():
                self.legs.pop(command.leg, None)
            case _:
                pass
        if self.late is not None and isinstance(command, self.late):
            self.late, self.now = None, self.after
            raise MediaUnavailableError("no reply within 5 s")
        return protocol.Reply()

    async def rtp(self, command: protocol.Rtp) -> protocol.RtpAddress:
        """A telephone."""
        await self.request(command, None)
        return protocol.RtpAddress(ip="127.0.0.1", port=40_000)

    def wanted(self, _call: CallId) -> WantedBridge | None:
        """How it should be by now."""
        return self.now

    async def begin_segment(self, _call: CallId) -> protocol.Create:
        """A new segment."""
        return CREATE

    def placed(self, *_where: object) -> None:
        """A leg is there."""

    def carried_out(self, *_step: object) -> None:
        """One is done."""


NOBODY = WantedBridge(bridge=CALL, record="c1-2.rec")
HELD = WantedBridge(bridge=CALL, record="c1-2.rec", legs=(WantedLeg(name="citizen", role="citizen",
                    mode="hold", phone=PHONE),))  # fmt: skip


@pytest.mark.parametrize(
    ("late", "before", "then", "has_bridge", "legs"),
    [
        (protocol.Rtp, QUIET, NOBODY, True, {}),
        (protocol.Create, QUIET, None, False, {}),
        (protocol.SetMode, HELD, QUIET, True, {"citizen": "talk"}),
        (protocol.Leave, NOBODY, QUIET, True, {"citizen": "talk"}),
    ],
    ids=["a telephone", "a bridge", "a hold", "a leave"],
)
def test_what_was_done_without_a_word_is_undone_when_it_is_not_wanted(
    monkeypatch: pytest.MonkeyPatch,
    late: type[protocol.Command],
    before: WantedBridge,
    then: WantedBridge | None,
    legs: dict[str, str],
    *,
    has_bridge: bool,
) -> None:
    """Its answer came too late, and meanwhile something else is wanted: that is what is there."""
    monkeypatch.setattr("kentongan.edge.switch.media.RETRY_S", 1e-9)
    process = Late(late)
    process.after = then

    async def scenario() -> None:
        media = Media(("/nowhere.sock",), cast("Owner", process))
        media._clients = [cast("MediaClient", process)]
        media._known = [True]
        for wanted in (QUIET, before):
            process.now = wanted if process.late else process.now
            media.tend(CALL, 0)
            async with asyncio.timeout(5):
                await media._workers[CALL]

    asyncio.run(scenario())
    assert (process.has_bridge, process.legs) == (has_bridge, legs)
