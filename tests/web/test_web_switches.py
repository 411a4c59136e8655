"""Several switches: each question goes to the one that holds the call, and nobody acts twice."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from web_room import Room
from web_room import until as until_so
from web_switch import FakeSwitch

from kentongan.core.commands import AnswerCall, CallBack, DisposeCall, Envelope
from kentongan.core.queue import Standing
from kentongan.core.words import (
    Agent,
    AgentId,
    CallId,
    CommandId,
    DeskKey,
    Disposition,
    Refused,
    Role,
    personal,
)
from kentongan.edge.web.switch_client import SwitchAway
from kentongan.edge.web.switches import LOCAL, Switches, ways_to
from kentongan.switch_line import LineAddress, OtherSwitch

SECRET = b"a secret of the tests, long enough"
RINA = Agent(id=AgentId("rina"), name="Rina", roles=(Role.CALL_TAKER,), desk=DeskKey("desk_1"))
DESK = DeskKey("desk_1")

Answer = dict[str, Any]


def row(call: str, state: str = "queued", second: int = 0, **fields: Any) -> Answer:
    """A call as a switch tells it."""
    ring_at = f"2026-11-25T08:00:{second:02d}Z"
    return {"kind": "call", "key": call, "state": state, "line": "112", "ring_at": ring_at} | fields


class Node:
    """A fake switch that holds some calls."""

    def __init__(self, switch: FakeSwitch, *calls: Answer) -> None:
        self.switch = switch
        self.calls = {call["key"]: call for call in calls}
        self.deadly = ""
        switch.answer = self._answer

    def _answer(self, asked: Answer) -> Answer:
        if asked["do"] == self.deadly:
            return {"is_dead": True}
        match asked["do"]:
            case "find":
                return {"is_held": asked["call"] in self.calls}
            case "list":
                return self._page(asked["after"])
            case "media":
                return {"sdp": f"media of {self.switch.path.name}"}
            case _:
                return {"events": [], "state": "queued"}

    def _page(self, after: str) -> Answer:
        """Two calls to a page."""
        left = [call for key, call in sorted(self.calls.items()) if key > after]
        return {"calls": left[:2], "next": left[1]["key"] if len(left) > 2 else ""}

    def acted(self) -> list[str]:
        """What it was asked to do, without questions that change nothing."""
        silent = ("find", "list", "health", "present")
        return [one["do"] for one in self.switch.asked if one["do"] not in silent]

    def tell(self, call: Answer) -> None:
        """Push how a call is now."""
        self.calls[call["key"]] = call
        self.switch.push({"event": "call", "call": call["key"], "row": call})


class Web:
    """The web's side of two nodes: `a` on this machine, `b` on another."""

    def __init__(self, folder: Path, a: Node, b: Node) -> None:
        self.a, self.b = a, b
        self.pushed: list[Answer] = []
        self.on_record: dict[str, bool] = {}  # calls, and whether they go on
        self.secret_file = folder / "switch.secret"
        self.secret_file.write_bytes(SECRET + b"\n")
        other = OtherSwitch(
            address=LineAddress("127.0.0.1", b.switch.port), secret_file=str(self.secret_file)
        )
        self.switches = Switches(
            a.switch.path,
            ways_to((other,)),
            self.pushed.append,
            is_open=self.on_record.get,
            retry_s=0.02,
        )

    async def until(self, is_so: Callable[[], Any]) -> None:
        """Wait for it."""
        async with asyncio.timeout(10):
            while not is_so():
                await asyncio.sleep(0.01)

    async def learned(self, times: int = 2) -> None:
        """Both lines are open, and both lists are read."""
        await self.until(lambda: sum(push["event"] == "queue" for push in self.pushed) >= times)

    def is_reached(self, name: str) -> bool:
        """Whether that one is."""
        return next(line for line in self.switches._lines if line.name == name).is_reached

    @property
    def other(self) -> str:
        """Name of b."""
        return self.switches.names[1]

    async def answer(self, call: str, number: str = "1") -> Answer:
        """F2."""
        return await self.switches.command(
            Envelope(
                id=CommandId(f"answer-{number}"),
                agent=RINA,
                command=AnswerCall(call=CallId(call), desk=DESK),
            )
        )


@contextlib.asynccontextmanager
async def _running(
    folder: Path, at_a: tuple[Answer, ...], at_b: tuple[Answer, ...]
) -> AsyncGenerator[Web]:
    a = Node(FakeSwitch(folder / "a"), *at_a)
    b = Node(FakeSwitch(folder / "b", SECRET), *at_b)
    web = Web(folder, a, b)
    web.switches.start()
    try:
        await web.learned()
        yield web
    finally:
        await web.switches.stop()
        for node in (a, b):
            with contextlib.suppress(RuntimeError):  # closed by the test
                node.switch.close()


def play(
    folder: Path,
    scenario: Callable[[Web], Awaitable[None]],
    at_a: tuple[Answer, ...] = (),
    at_b: tuple[Answer, ...] = (),
) -> None:
    """Run it with two nodes."""

    async def run() -> None:
        async with _running(folder, at_a, at_b) as web:
            await scenario(web)

    asyncio.run(asyncio.wait_for(run(), 30))


def test_each_question_goes_to_the_switch_that_holds_the_call(tmp_path: Path) -> None:
    """By the list at the beginning, by what is pushed, and by asking; never to the other one."""

    async def scenario(web: Web) -> None:
        assert (await web.answer("listed"))["events"] == []
        assert await web.switches.media("listed", DESK, "rina", "offer") == "media of b"
        web.b.tell(row("pushed"))
        await web.until(lambda: any(push.get("call") == "pushed" for push in web.pushed))
        await web.switches.ask("digits", call="pushed", desk=DESK, agent="rina", keys="5")
        web.b.calls["quiet"] = row("quiet")
        await web.switches.ask("citizen_state", call="quiet", key="k" * 16, since=0)
        assert web.b.acted() == ["command", "media", "digits", "citizen_state"]
        await web.switches.ask("replay", call="own", desk=DESK, agent="rina", seconds=3)
        await web.switches.ask("digits", call="nobody's", desk=DESK, agent="rina", keys="5")
        assert web.a.acted() == ["replay", "digits"]

    play(tmp_path, scenario, at_a=(row("own"),), at_b=(row("listed"),))


def test_new_calls_go_to_our_own_switch_and_once_only(tmp_path: Path) -> None:
    """A citizen's ring and a call-back; with our own away the other takes them, and has them when
    they are asked again after ours came back.
    """

    def call_back(call: str) -> Envelope:
        number = personal("081")
        assert number is not None
        command = CallBack(call=CallId(call), number=number, line="112", trunk="", desk=DESK)
        return Envelope(id=CommandId(f"back-{call}"), agent=RINA, command=command)

    async def scenario(web: Web) -> None:
        await web.switches.ask("citizen_call", call="c1", key="k" * 16)
        await web.switches.command(call_back("c2"))
        assert web.a.acted() == ["citizen_call", "command"]
        web.a.switch.close()
        await web.until(lambda: not web.is_reached(LOCAL))
        await web.switches.ask("citizen_call", call="c3", key="k" * 16)
        await web.switches.command(call_back("c4"))
        again = Node(FakeSwitch(web.a.switch.path))
        await web.until(lambda: web.is_reached(LOCAL))
        await web.switches.ask("citizen_call", call="c3", key="k" * 16)
        await web.switches.command(call_back("c4"))
        assert web.b.acted() == ["citizen_call", "command"] * 2
        assert again.acted() == []
        again.switch.close()

    play(tmp_path, scenario)


def test_a_switch_that_dies_in_mid_question_is_not_replaced(tmp_path: Path) -> None:
    """It may have acted: `SwitchAway`, and the other one is not asked; nor is it for a new call
    that may have begun. Calls of the one that lives go on.
    """

    async def scenario(web: Web) -> None:
        web.b.deadly = "command"
        web.on_record |= {"at_b": True}
        with pytest.raises(SwitchAway):
            await web.answer("at_b")
        assert web.a.acted() == []
        web.b.switch.close()
        await web.until(lambda: not web.is_reached(web.other))
        for ask in (web.answer("at_b"), web.switches.media("at_b", DESK, "rina", "o")):
            with pytest.raises(SwitchAway):
                await ask
        await web.answer("at_a")

        web.a.deadly = "citizen_call"
        for _ in range(2):
            with pytest.raises(SwitchAway):
                await web.switches.ask("citizen_call", call="new", key="k" * 16)
        assert web.a.acted() == ["command", "citizen_call"]

    play(tmp_path, scenario, at_a=(row("at_a"),), at_b=(row("at_b"),))


def test_while_one_is_away_only_calls_that_are_over_go_to_the_record(tmp_path: Path) -> None:
    """One that nobody has may be the absent one's: refused while it goes on, taken by our own
    switch, as ever, when the record has it as over.
    """

    def dispose(call: str) -> Envelope:
        command = DisposeCall(call=CallId(call), disposition=Disposition.PRANK)
        return Envelope(id=CommandId(f"dispose-{call}"), agent=RINA, command=command)

    async def scenario(web: Web) -> None:
        await web.switches.command(dispose("long_over"))
        web.b.switch.close()
        await web.until(lambda: not web.is_reached(web.other))
        web.on_record |= {"goes_on": True, "over": False, "was_at_b": False}
        for call in ("goes_on", "too_young"):
            with pytest.raises(SwitchAway):
                await web.switches.command(dispose(call))
        with pytest.raises(SwitchAway):
            await web.switches.ask("citizen_state", call="unheard_of", key="k" * 16)
        await web.switches.command(dispose("over"))
        await web.switches.command(dispose("was_at_b"))
        assert web.a.acted() == ["command"] * 3
        web.a.switch.close()
        await web.until(lambda: not web.is_reached(LOCAL))
        with pytest.raises(SwitchAway):
            await web.switches.command(dispose("over"))

    play(tmp_path, scenario, at_b=(row("was_at_b", "answered"), row("too_young")))


def test_a_desk_talks_to_one_caller_over_all_switches(tmp_path: Path) -> None:
    """Refused as the switch itself would; the other switches are told which desks are busy."""

    async def scenario(web: Web) -> None:
        await web.switches.present({"speaker": "web", "desks": [], "pages": [], "standings": {}})
        with pytest.raises(Refused, match="desk_busy") as refusal:
            await web.answer("at_b")
        assert refusal.value.details["call"] == "at_a"
        assert web.b.acted() == []
        words = {
            name: next(one for one in node.switch.asked if one["do"] == "present")
            for name, node in (("a", web.a), ("b", web.b))
        }
        assert (words["a"]["busy"], words["b"]["busy"]) == ([], ["desk_1"])
        web.a.tell(row("at_a", "ended"))
        await web.until(lambda: web.switches.busy_elsewhere() == ((), ()))
        await web.answer("at_b", "2")

    play(tmp_path, scenario, at_a=(row("at_a", "answered", desk="desk_1"),), at_b=(row("at_b"),))


def test_queues_are_one_for_the_room_each_in_its_own_order(tmp_path: Path) -> None:
    """A push of one node leaves the other's callers where they are; between nodes the queue's key
    decides: a prank of one node waits behind the callers of the other."""

    async def scenario(web: Web) -> None:
        web.a.switch.push({"event": "queue", "order": ["a3", "a1"]})
        web.b.switch.push({"event": "queue", "order": ["b2", "b4"]})

        def last() -> list[str]:
            return [push for push in web.pushed if push["event"] == "queue"][-1]["order"]

        await web.until(lambda: last() == ["a3", "a1", "b2", "b4"])
        again, prank = Standing(repeat_of_p1=True), Standing(nuisance=True)
        web.switches.know({CallId("b4"): again, CallId("b2"): prank})
        web.b.switch.push({"event": "queue", "order": ["b4", "b2"]})
        await web.until(lambda: last() == ["b4", "a3", "a1", "b2"])
        web.a.switch.push({"event": "queue", "order": []})
        await web.until(lambda: last() == ["b4", "b2"])

    at_a = (row("a1", second=1), row("a3", second=3))
    at_b = (row("b2", second=2), row("b4", second=4))
    play(tmp_path, scenario, at_a=at_a, at_b=at_b)


def test_a_wrong_secret_is_left_and_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is asked over a line whose other end is not proved; ours goes on working."""

    async def scenario(web: Web) -> None:
        web.secret_file.write_text("another secret, just as long as that")
        web.b.switch.close()
        again = Node(FakeSwitch(tmp_path / "b", SECRET, web.b.switch.port), row("at_b"))
        tries = again.switch._prove

        count = 0

        async def counted(*arguments: Any) -> bool:
            nonlocal count
            count += 1
            return await tries(*arguments)

        again.switch._prove = counted  # type: ignore[method-assign]
        await web.until(lambda: count >= 3)
        assert not web.is_reached(web.other)
        assert again.switch.asked == []
        said = [one for one in caplog.messages if "does not know the secret" in one]
        assert len(said) == 1
        assert await web.switches.others_health() == {web.other: None}
        await web.answer("at_a")
        web.secret_file.write_bytes(SECRET)
        await web.until(lambda: web.is_reached(web.other))
        again.switch.close()

    play(tmp_path, scenario, at_a=(row("at_a"),))


def test_the_room_answers_a_call_of_the_other_node(tmp_path: Path) -> None:
    """The whole web process: command and audio go there, its queue and calls come to the screens,
    health has it by its address, and it is told who is here.
    """
    secret_file = tmp_path / "secret"
    secret_file.write_bytes(SECRET)
    room = Room(tmp_path)
    a = Node(FakeSwitch(room.switch_path))
    b = Node(FakeSwitch(tmp_path / "b", SECRET), row("at_b"))
    address = LineAddress("127.0.0.1", b.switch.port)
    other = OtherSwitch(address=address, secret_file=str(secret_file))
    room.given = msgspec.structs.replace(room.given, other_switches=(other,))
    room.start()
    try:
        until_so(lambda: all(line.is_reached for line in room.parts.switch._lines))
        rina = room.person("rina").sit("desk_1")
        with rina.screen() as screen:
            screen.frame()
            b.switch.push({"event": "queue", "order": ["at_b"]})
            assert screen.until(lambda frame: frame["k"] == "queue")["order"] == ["at_b"]
            rina.done("call.answer", call="at_b", desk="desk_1")
            sound = rina.post("/api/calls/at_b/media", {"sdp": "offer", "desk": "desk_1"})
            assert sound.json() == {"sdp": "media of b"}
            until_so(
                lambda: any(
                    one["do"] == "present" and one["pages"] == ["desk_1"] for one in b.switch.asked
                )
            )
        assert (a.acted(), b.acted()) == ([], ["command", "media"])
        health = rina.get("/api/health").json()
        assert list(health["other_switches"]) == [str(address)]
        assert health["other_switches"][str(address)] is not None
    finally:
        room.close()
        a.switch.close()
        b.switch.close()


def test_a_name_that_is_on_record_opens_no_second_call(tmp_path: Path) -> None:
    """No switch knows it any more, and the record would take no other call of that name."""

    async def scenario(web: Web) -> None:
        web.on_record |= {"over": False, "b1": False, "open": True}
        with pytest.raises(Refused, match="call_over"):
            await web.switches.ask("citizen_call", call="over", key="k" * 16)
        for name in ("b1", "open", "new"):
            await web.switches.ask("citizen_call", call=name, key="k" * 16)
        assert web.a.acted() == ["citizen_call"] * 2
        assert web.b.acted() == ["citizen_call"]

    play(tmp_path, scenario, at_b=(row("b1"),))
