"""All switches of the centre: each question goes to the one that holds the call, and only to it.

A call stays at its node, and any node's desks may answer it. Where a call is, the switches tell by
what they push and by the list each gives when its line opens; for any other call they are asked,
which changes nothing. So no command acts twice: exactly one switch is asked to act, and when its
answer is lost nobody else is. New calls go to our own switch, or to the first that is reached.

With one switch alone this is its `SwitchClient`. Used on the event loop only.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from kentongan.core.commands import CallBack, Envelope
from kentongan.core.queue import Standing
from kentongan.core.words import CallId, DeskKey, Refused
from kentongan.edge.web.switch_calls import HeldCalls
from kentongan.edge.web.switch_client import (
    RETRY_S,
    OpenLine,
    Pushed,
    SwitchAway,
    SwitchClient,
    SwitchFailed,
)
from kentongan.edge.web.switch_lines import OtherLine
from kentongan.switch_line import OtherSwitch

LOCAL: Final = "local"
"""Name of the switch on this machine, in health."""

FIND_S: Final = 1.0
"""Longest wait for a switch to say whether it has a call, seconds: it answers from memory."""

PRESENT_S: Final = 0.5
"""Longest wait until switches have heard who is here, seconds; a slow one does not hold up the
next word to the others."""

RINGING: Final = "citizen_call"
"""The question that opens a call."""

_log = logging.getLogger(__name__)


class Line:
    """One switch, as we know it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.client: SwitchClient
        self.telling: asyncio.Task[None] | None = None  # the last word about who is here
        self.next_word: dict[str, Any] | None = None
        self.learning: asyncio.Task[None] | None = None
        self.order: tuple[str, ...] = ()

    @property
    def is_reached(self) -> bool:
        """Whether questions can be asked."""
        return self.client.reached.is_set()


class Switches:
    """Asks the right switch. `pushed` gets what any of them says of its own accord.

    `is_open` tells whether the record has that call as one that goes on; None when it has not got
    it.
    """

    def __init__(
        self,
        own: Path,
        others: Mapping[str, OpenLine],
        pushed: Pushed,
        is_open: Callable[[str], bool | None],
        retry_s: float = RETRY_S,
    ) -> None:
        self._pushed = pushed
        self._is_open = is_open
        self._held: HeldCalls[Line] = HeldCalls()
        self._own = self._line(LOCAL, own, retry_s)
        self._lines = (self._own, *(self._line(*one, retry_s) for one in others.items()))
        self.openings = 0
        """How often a line was opened: whoever was told before has to be told again."""

    def _line(self, name: str, way: Path | OpenLine, retry_s: float) -> Line:
        line = Line(name)
        line.client = SwitchClient(
            way,
            lambda said: self._take(line, said),
            retry_s,
            found=lambda: self._opened(line),
        )
        return line

    @property
    def reached(self) -> asyncio.Event:
        """Whether our own switch can be asked."""
        return self._own.client.reached

    @property
    def names(self) -> tuple[str, ...]:
        """The switches, our own first."""
        return tuple(line.name for line in self._lines)

    def start(self) -> None:
        """Begin to keep the lines open."""
        for line in self._lines:
            line.client.start()

    async def stop(self) -> None:
        """Close the lines."""
        tasks = [task for line in self._lines for task in (line.telling, line.learning) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(line.client.stop() for line in self._lines))

    # --- questions about one call -------------------------------------------------------------

    async def command(self, envelope: Envelope) -> dict[str, Any]:
        """Let the call's switch decide; `Refused` when it says no, `SwitchAway` when it is away."""
        call = str(getattr(envelope.command, "call", ""))
        desk = self._held.desk_wanted(envelope.command)
        if desk is not None and len(self._lines) > 1:
            self._must_be_free(desk, call)
        if isinstance(envelope.command, CallBack):
            return await self._begin(call, "command", envelope=envelope)
        line = await self._line_of(call, over_goes_anywhere=True)
        return await line.client.command(envelope)

    async def media(
        self, call: str, desk: str, agent: str, sdp: str, *, restart: bool = False
    ) -> str:
        """The answer to a browser's media offer (SDP); `restart` when only its network changed."""
        line = await self._line_of(call)
        return await line.client.media(call, desk, agent, sdp, restart=restart)

    async def ask(self, do: str, *, call: str, **fields: Any) -> dict[str, Any]:
        """Any other question about a call."""
        if do == RINGING:
            return await self._begin(call, do, call=call, **fields)
        line = await self._line_of(call)
        return await line.client.ask(do, call=call, **fields)

    async def _begin(self, new: str, do: str, **fields: Any) -> dict[str, Any]:
        """A new call; asked again it is the old one, wherever that is."""
        known = self._held.line_of(new)
        if known is None and len(self._lines) > 1:
            known, _ = await self._find(new)
        if do == RINGING and known is None and self._is_open(new) is False:
            raise Refused("call_over")  # on record: a second call of that name would get no row
        line = known or self._any()
        self._held.begin(new, line)  # before it is asked: an answer may be lost
        try:
            return await line.client.ask(do, **fields)
        except (Refused, SwitchFailed):
            self._held.did_not_begin(new)
            raise

    async def _line_of(self, call: str, *, over_goes_anywhere: bool = False) -> Line:
        """The switch to ask. A call that nobody has is asked about at our own, which knows the way
        to the record; while a switch is away, only a call that is over on record is one of those.
        """
        if len(self._lines) == 1:
            return self._own
        line, is_sure = self._held.line_of(call), False
        if line is None:
            line, is_sure = await self._find(call)
        if line is not None and line.is_reached:
            return line
        if is_sure or (over_goes_anywhere and not self._goes_on(call)):
            return self._any()
        raise SwitchAway

    def _goes_on(self, call: str) -> bool:
        """By the record; a call that is too young for it, by what its switch told last."""
        on_record = self._is_open(call)
        return self._held.goes_on(call) if on_record is None else on_record

    async def _find(self, call: str) -> tuple[Line | None, bool]:
        """Who has the call; and whether all were asked, so that nobody is known to be nobody."""
        answers = await asyncio.gather(*(self._has(line, call) for line in self._lines))
        for line, has in zip(self._lines, answers, strict=True):
            if has:
                self._held.begin(call, line)
                return line, True
        return None, None not in answers

    async def _has(self, line: Line, call: str) -> bool | None:
        try:
            async with asyncio.timeout(FIND_S):
                return bool((await line.client.ask("find", call=call)).get("is_held"))
        except (TimeoutError, SwitchAway, SwitchFailed):
            return None

    def _any(self) -> Line:
        """Our own switch, else the first that is reached."""
        if len(self._lines) == 1:
            return self._own
        for line in self._lines:
            if line.is_reached:
                return line
        raise SwitchAway

    def _must_be_free(self, desk: DeskKey, wanted: str) -> None:
        """A desk talks to one caller at a time. Each switch sees to that for its own calls."""
        for line, call in self._held.at_desk(desk):
            if call != wanted and line.is_reached and line is not self._held.line_of(wanted):
                raise Refused("desk_busy", call=call, desk=desk)

    # --- what concerns all of them ------------------------------------------------------------

    def busy_elsewhere(self) -> tuple[tuple[DeskKey, ...], ...]:
        """For each switch the desks that have a call at another one."""
        if len(self._lines) == 1:
            return ((),)
        return tuple(
            self._held.busy(at for at in self._lines if at is not line and at.is_reached)
            for line in self._lines
        )

    async def present(self, word: dict[str, Any]) -> None:
        """Tell each switch who is here. `SwitchAway` when none could be told."""
        if len(self._lines) == 1:
            await self._own.client.ask("present", **word)
            return
        told = [
            self._tell(line, {**word, "busy": list(busy)})
            for line, busy in zip(self._lines, self.busy_elsewhere(), strict=True)
            if line.is_reached
        ]
        if not told:
            raise SwitchAway
        await asyncio.wait(told, timeout=PRESENT_S)

    def _tell(self, line: Line, word: dict[str, Any]) -> asyncio.Task[None]:
        line.next_word = word  # of a slow switch's words only the last one counts
        if line.telling is None or line.telling.done():
            line.telling = asyncio.create_task(self._keep_telling(line))
        return line.telling

    async def _keep_telling(self, line: Line) -> None:
        while line.next_word is not None:
            word, line.next_word = line.next_word, None
            try:
                await line.client.ask("present", **word)
            except SwitchAway:
                return  # told again when its line is open again
            except SwitchFailed as failure:
                _log.warning("the switch %s did not take who is here: %s", line.name, failure.why)

    async def health(self) -> dict[str, Any]:
        """How our own switch is. `SwitchAway` when it is away."""
        return await _health(self._own)

    async def pages(self) -> frozenset[DeskKey] | None:
        """The desks whose page is connected somewhere, as far as any switch that answers knows.

        None when all that answer are of a version that does not say.
        """
        answers, told = await self._told_of_desks("pages")
        return None if answers and told is None else told or frozenset()

    async def windows(self) -> frozenset[DeskKey] | None:
        """The desks whose sound is in a window that is connected somewhere; None: nobody says."""
        _, told = await self._told_of_desks("windows")
        return told

    async def _told_of_desks(self, what: str) -> tuple[int, frozenset[DeskKey] | None]:
        """How many switches answer, and the desks they name; None where none names any."""
        found = await asyncio.gather(*(_health_or_none(line) for line in self._lines))
        answers = [one for one in found if one is not None]
        told = [one["sip"][what] for one in answers if what in one.get("sip", {})]
        desks = frozenset(DeskKey(key) for one in told for key in one)
        return len(answers), desks if told else None

    async def others_health(self) -> dict[str, dict[str, Any] | None]:
        """How the other switches are, by name; None for one that is away."""
        others = self._lines[1:]
        found = await asyncio.gather(*(_health_or_none(line) for line in others))
        return {line.name: one for line, one in zip(others, found, strict=True)}

    # --- what they say of their own accord ----------------------------------------------------

    def _take(self, line: Line, said: dict[str, Any]) -> None:
        match said.get("event"):
            case "call":
                self._held.take(line, said.get("row"))
            case "queue" if len(self._lines) > 1:
                line.order = tuple(map(str, said.get("order") or ()))
                said = {**said, "order": self._merged()}
            case "redo" if len(self._lines) > 1:
                self._held.begin(str(said.get("call", "")), line)
            case _:
                pass
        self._pushed(said)

    def know(self, standings: Mapping[CallId, Standing]) -> None:
        """What is known of the numbers that wait: queues of several switches are merged by it."""
        self._held.standings = standings

    def _merged(self) -> list[str]:
        return self._held.merged([line.order for line in self._lines])

    def _opened(self, line: Line) -> None:
        self.openings += 1
        if len(self._lines) > 1:
            if line.learning is not None:
                line.learning.cancel()
            line.learning = asyncio.create_task(self._learn(line))

    async def _learn(self, line: Line) -> None:
        """A line is open: what its switch has may be quite different from what it had."""
        with contextlib.suppress(SwitchAway, SwitchFailed):
            waiting = self._held.relearn(line, await line.client.calls())
            line.order = tuple(call for call in line.order if call in waiting)
            self._pushed({"event": "queue", "order": self._merged()})


async def _health(line: Line) -> dict[str, Any]:
    found = await line.client.ask("health")
    found.pop("n", None)
    return found


async def _health_or_none(line: Line) -> dict[str, Any] | None:
    try:
        return await _health(line)
    except (SwitchAway, SwitchFailed):
        return None


def ways_to(others: Sequence[OtherSwitch]) -> dict[str, OpenLine]:
    """How the lines to other switches are opened, by name."""
    return {str(other.address): OtherLine(other).open for other in others}
