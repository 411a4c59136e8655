"""Damaged messages in any number at the real switch: calls that talk beside them notice nothing."""

import asyncio
import os
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from media_stalls import Disk, waited_s
from media_whole import Whole
from sip_mutations import mutated
from switch_room import BUDI, DEWI, Page, Room, until

from kentongan.core.words import Agent
from kentongan.edge.caller.phone import CallState, PhoneCall
from kentongan.edge.caller.voice import level_of, tone

MESSAGES = 100_000 if os.environ.get("FLOOD") else 1_500
"""All of them by hand (`FLOOD=1`), some in the suite."""

BURST = 50
"""Sent between two questions whether the switch is still with us: a socket's buffer is not what is
tested here, and it holds so many. At 2 ms a message, one of each sender in turn, whoever asks
beside them waits for 0.1 s."""

PER_S = 400.0
"""Of all senders together: four times what one address may send for long. Faster than the store
takes the calls that come of it, more is waiting for the disk than what is looked at here."""

OF_A_SENDER = 250
"""Messages of one address: half of what any source may send at once, so that none is dropped
unread, and the reader and the transactions of the switch really get them all."""

LINES = 12
"""Few enough that the flood finds most lines taken: two calls talk, ten are the flood's own."""

MEMORY_MB_MAX = 100
"""Of the switch; it begins with 60. More than that is no calls in hand but something kept for
ever: what it remembers has limits, and 100,000 messages reach all of them."""

ASKED_S = 120.0
"""Longest wait for an answer: where much else runs, a switch is slow; one that hangs is dead."""

DATAGRAM_BYTES_MAX = 60_000
"""What goes into one datagram; crossed messages grow."""

ANSWER_S = 0.5
"""Longest answer to another trunk while one goes mad: by then it would ask again (T1 of RFC 3261).
On a busy machine so much longer as the switch was measured to stand ready without a processor, or
to wait for a disk that others write to."""

MAD_BURSTS, MAD_BURST = 12, 200
"""Questions of the mad trunk, ten bursts a second: ten times what it may send."""

CALLER_HZ, DESK_HZ = 440, 880
HEARD = 5_000
SENDERS = max(8, MESSAGES // OF_A_SENDER)
FROM, ASKS_FROM = "127.0.0.9", "127.0.0.8"
"""Of the trunk that sends too much, and of another one that asks."""


class Sender(asyncio.DatagramProtocol):
    """One of many addresses: counts what it is answered, by the first digit of the status."""

    def __init__(self, answers: Counter[str]) -> None:
        self._answers = answers

    def datagram_received(self, data: bytes, addr: Any) -> None:
        del addr
        if data.startswith(b"SIP/2.0 "):
            self._answers[f"{chr(data[8])}xx"] += 1
        else:
            self._answers["requests"] += 1


class Flood(asyncio.DatagramProtocol):
    """A trunk that went mad, and another one that asks whether the switch lives."""

    def __init__(self, centre: tuple[str, int], waited_s: Callable[[], float]) -> None:
        """`waited_s` tells how long the switch waited for a processor or the disk until now."""
        self.centre = centre
        self._waited_s = waited_s
        self.longest_s = 0.0
        self.excess_s = 0.0  # the same without what the machine stood still meanwhile
        self.mad: asyncio.DatagramTransport | None = None
        self.senders: list[asyncio.DatagramTransport] = []
        self.sent = 0
        self.answers: Counter[str] = Counter()
        self._answered = asyncio.Event()
        self._name = b""
        self._wire: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._wire = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        del addr
        if self._name in data:
            self._answered.set()

    async def pour(self, messages: Iterator[bytes]) -> None:
        """Everything, burst by burst, each message from the next address."""
        began_at, before = time.monotonic(), self.sent
        while burst := list(islice(messages, BURST)):
            due_at = began_at + (self.sent - before) / PER_S
            await asyncio.sleep(due_at - time.monotonic())
            for message in burst:
                if 0 < len(message) <= DATAGRAM_BYTES_MAX:
                    self._send(self.senders[self.sent % len(self.senders)], message)
                    self.sent += 1
            await self._ask()

    async def open(self, count: int) -> None:
        """So many addresses of this machine."""
        loop = asyncio.get_running_loop()
        for number in range(count):
            host = f"127.1.{number // 250}.{number % 250 + 1}"
            wire, _ = await loop.create_datagram_endpoint(
                lambda: Sender(self.answers), local_addr=(host, 0)
            )
            self.senders.append(wire)
        self.mad, _ = await loop.create_datagram_endpoint(
            asyncio.DatagramProtocol, local_addr=(FROM, 0)
        )

    def close(self) -> None:
        """All of them and the one that asks."""
        for wire in (*self.senders, self.mad, self._wire):
            if wire is not None:
                wire.close()

    async def rage(self) -> None:
        """Sound questions, far more than any trunk has; another one asks in between."""
        for _ in range(MAD_BURSTS):
            for _ in range(MAD_BURST):
                self._name = secrets.token_hex(8).encode()
                self._send(self.mad, self._options(FROM))
            await self._ask()
            await asyncio.sleep(0.05)

    async def _ask(self) -> None:
        """Wait until it has answered an OPTIONS, which stands behind all that was sent."""
        self._name = secrets.token_hex(8).encode()
        self._answered.clear()
        asked_at, waited = time.monotonic(), self._waited_s()
        async with asyncio.timeout(ASKED_S):
            while not self._answered.is_set():
                self._send(self._wire, self._options())
                try:
                    await asyncio.wait_for(self._answered.wait(), 2.0)
                except TimeoutError:
                    continue
        took_s = time.monotonic() - asked_at
        self.longest_s = max(self.longest_s, took_s)
        self.excess_s = max(self.excess_s, took_s - (self._waited_s() - waited))

    def _options(self, host: str = ASKS_FROM) -> bytes:
        assert self._wire is not None
        port = self._wire.get_extra_info("sockname")[1]
        name = self._name.decode()
        return (
            f"OPTIONS sip:112@{self.centre[0]} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{secrets.token_hex(6)};rport\r\n"
            f"From: <sip:well@{ASKS_FROM}>;tag=1\r\nTo: <sip:112@{self.centre[0]}>\r\n"
            f"Call-ID: {name}\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
        ).encode()

    def _send(self, wire: asyncio.DatagramTransport | None, data: bytes) -> None:
        assert wire is not None
        wire.sendto(data, self.centre)


async def _talking(room: Room, agent: Agent) -> tuple[PhoneCall, Page, str]:
    phone = await room.phone()
    known = {row["key"] for row in await room.control.calls()}
    call = await phone.call("112", voice=tone(CALLER_HZ))
    await call.reach(CallState.TALKING)
    rows = [row for row in await room.control.calls() if row["key"] not in known]
    page = Page(room.control, agent, hz=DESK_HZ)
    await page.answer(rows[0]["key"])
    await _hear_each_other(call, page)
    return call, page, rows[0]["key"]


async def _hear_each_other(call: PhoneCall, page: Page) -> None:
    await until(lambda: level_of(page.peer.heard(0.5).astype("int16"), CALLER_HZ) > HEARD)
    await until(lambda: level_of(call.audio.heard(0.5), DESK_HZ) > HEARD)


async def _counts(room: Room) -> dict[str, int]:
    """What the switch has counted."""
    return dict((await room.control.ask("health"))["sip"]["counts"])


async def _settled(room: Room) -> dict[str, int]:
    """The same once it has read what waits: a question overtakes a long line of messages."""
    before, now = -1, await _counts(room)
    while now["messages"] != before:
        before = now["messages"]
        await asyncio.sleep(0.1)
        now = await _counts(room)
    return now


def _memory_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@pytest.mark.slow
def test_calls_talk_on_beside_any_number_of_damaged_messages(tmp_path: Path) -> None:
    """No crash, no fault, memory within its limit; caller and desk hear each other to the end."""

    async def scenario() -> None:
        async with Room(tmp_path, bridges_max=LINES) as room, AsyncExitStack() as stack:
            calls = [await _talking(room, agent) for agent in (DEWI, BUDI)]
            pid, memory = room.switch.pid, [_memory_mb(room.switch.pid)]
            disk = stack.enter_context(Disk(pid))
            flood = Flood((room.centre.host, room.centre.port), lambda: waited_s(pid) + disk.held_s)
            loop = asyncio.get_running_loop()
            await loop.create_datagram_endpoint(lambda: flood, local_addr=(ASKS_FROM, 0))
            await flood.open(SENDERS)
            callers = {f"caller {name}": call.audio for call, _, name in calls}
            desks = {f"desk {name}": page.peer for _, page, name in calls}
            whole = Whole(room.media[0].pid, **callers, **desks)
            began_at, cpu_s = time.monotonic(), room.switch.cpu_s()
            counts: dict[str, int] = {}
            before = (await _counts(room))["messages"]
            messages = mutated(MESSAGES, seed=int(os.environ.get("FLOOD_SEED", "112")))
            for part in range(4):
                await flood.pour(islice(messages, MESSAGES // 4))
                counts = await _settled(room)
                memory.append(_memory_mb(pid))
                print(f"{part + 1} of 4 after {time.monotonic() - began_at:.0f} s", flush=True)
            read = counts["messages"] - before
            print(f"{flood.sent} sent from {SENDERS} addresses, {read} read (questions too)")
            print(f"  answers {dict(sorted(flood.answers.items()))}, {counts}")
            assert (read >= flood.sent, counts["over_allowance"]) == (True, 0), "none was dropped"
            assert flood.answers["4xx"] > 0 < counts["unreadable"]
            quiet_s = flood.longest_s
            await flood.rage()
            print(f"longest answer {quiet_s:.2f} s beside damage, {flood.longest_s:.2f} s in all")
            took_s = time.monotonic() - began_at
            health = await room.control.ask("health")
            print(
                f"\n{MESSAGES} damaged messages in {took_s:.0f} s, switch"
                f" {room.switch.cpu_s() - cpu_s:.0f} s of processor, memory"
                f" {' '.join(f'{one:.0f}' for one in memory)} MB, longest answer"
                f" {flood.longest_s:.2f} s ({flood.excess_s:.2f} s of it our own), disk"
                f" {disk.held_s:.1f} s, load {os.getloadavg()[0]:.1f}\n"
                f"  {health['sip']['counts']}, requests kept {health['requests_kept']}, outbox"
                f" {health['outbox']}, unreadable rows {health['unreadable']}"
            )
            whole.judge()
            for call, page, _ in calls:
                assert call.state is CallState.TALKING
                await _hear_each_other(call, page)
            rows = {row["key"]: row for row in await room.control.calls()}
            assert [rows[key]["state"] for _, _, key in calls] == ["answered", "answered"]
            assert [rows[key]["requeued"] for _, _, key in calls] == [0, 0]
            assert room.switch.pid == pid
            assert (health["faults"], health["fault_causes"], health["unreadable"]) == (0, {}, 0)
            assert max(memory) < MEMORY_MB_MAX
            assert flood.excess_s < ANSWER_S
            over = health["sip"]["counts"]["over_allowance"]
            assert over == health["transports"]["causes"]["over_allowance"] > MAD_BURST
            flood.close()

    asyncio.run(scenario())
