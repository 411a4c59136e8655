"""Two stacks over a network that loses, doubles and reorders: they always come to agree."""

from __future__ import annotations

import heapq
import json
import random

import pytest
from sip_peer import OUR_SDP, PEER, SDP, US, stack_at

from kentongan.sip import events
from kentongan.sip.address import Address, Outgoing, Transport
from kentongan.sip.stack import Stack

END_S = 400.0
"""Long after every timer of the last action has run out."""


class World:
    """A seeded network and a clock; it keeps every event of each side."""

    def __init__(self, seed: int, loss: float) -> None:
        self.chance = random.Random(seed)
        self.loss = loss
        self.now = 0.0
        self.stacks = {US: stack_at(US, "a"), PEER: stack_at(PEER, "b")}
        self.events: dict[Address, list[events.Event]] = {US: [], PEER: []}
        self._flying: list[tuple[float, int, Address, Outgoing]] = []
        self._count = 0

    def deliver_until(self, until: float) -> None:
        """Let the network and all timers run."""
        self._collect()
        while True:
            moments = [self._flying[0][0]] if self._flying else []
            moments += [t for s in self.stacks.values() if (t := s.next_timer()) is not None]
            if not moments or min(moments) > until:
                break
            self.now = max(self.now, min(moments))
            for address, stack in self.stacks.items():
                self.events[address] += stack.poll(self.now)
            while self._flying and self._flying[0][0] <= self.now:
                _, _, source, outgoing = heapq.heappop(self._flying)
                target = self.stacks[outgoing.address]
                self.events[outgoing.address] += target.receive(
                    outgoing.data, source, Transport.UDP, self.now
                )
            self._collect()
        self.now = until

    def _collect(self) -> None:
        for address, stack in self.stacks.items():
            for outgoing in stack.drain():
                copies = 2 if self.chance.random() < 0.2 else 1
                for _ in range(copies):
                    if self.chance.random() >= self.loss:
                        self._count += 1
                        at = self.now + self.chance.uniform(0.005, 0.9)
                        heapq.heappush(self._flying, (at, self._count, address, outgoing))

    def of(self, address: Address, kind: type[events.Event]) -> list[events.Event]:
        return [event for event in self.events[address] if isinstance(event, kind)]


def _answer(world: World) -> events.Invite | None:
    found = world.of(PEER, events.Invite)
    if not found:
        return None
    call = found[0]
    assert isinstance(call, events.Invite)
    world.stacks[PEER].respond(call.request, 180, now=world.now)
    world.deliver_until(world.now + 2.0)
    world.stacks[PEER].respond(call.request, 200, body=SDP, now=world.now)
    return call


def _successes(world: World) -> list[events.Response]:
    """The answers the calling side was told of."""
    found = [event for event in world.events[US] if isinstance(event, events.Response)]
    return [event for event in found if event.status == 200 and event.method == "INVITE"]


def _restart(world: World, address: Address, name: str) -> None:
    """The process dies with everything unsaved, and comes back."""
    saved = world.stacks[address].save(name)
    fresh = stack_at(address, f"r{world.now}")
    if saved is not None:
        fresh.adopt(json.loads(json.dumps(saved)), world.now)
    world.stacks[address] = fresh


def _is_empty(stack: Stack) -> bool:
    return not stack.dialogs and stack.next_timer() is None and not stack.out


@pytest.mark.parametrize("seed", range(60))
def test_a_call_over_a_bad_network_begins_once_and_ends_for_both(seed: int) -> None:
    """25 % loss, doubles, any order: one Invite, one answer, one end, and nothing is left."""
    world = World(seed, loss=0.25)
    world.stacks[US].invite("sip:112@10.0.0.2", OUR_SDP, now=0.0, peer=PEER)
    world.deliver_until(8.0)
    call = _answer(world)
    assert call is not None
    world.deliver_until(40.0)
    assert len(world.of(PEER, events.Invite)) == 1
    assert len(world.of(PEER, events.Ack)) == 1
    (answer,) = _successes(world)
    side, other, name = ((US, PEER, answer.dialog), (PEER, US, call.dialog))[seed % 2]
    assert world.stacks[side].bye(name, now=world.now)
    world.deliver_until(END_S)
    assert len(world.of(other, events.Bye)) == 1
    assert all(_is_empty(stack) for stack in world.stacks.values())


@pytest.mark.parametrize("seed", range(30))
def test_a_cancelled_call_over_a_bad_network_ends_for_both(seed: int) -> None:
    """CANCEL races the answer: whoever wins, both sides end with nothing."""
    world = World(seed, loss=0.2)
    key = world.stacks[US].invite("sip:112@10.0.0.2", OUR_SDP, now=0.0, peer=PEER)
    world.deliver_until(3.0)
    call = _answer(world) if seed % 3 else None
    world.stacks[US].cancel(key, now=world.now)
    world.deliver_until(END_S)
    if call is not None:
        world.stacks[PEER].bye(call.dialog, now=world.now)
    for name in list(world.stacks[US].dialogs):
        world.stacks[US].bye(name, now=world.now)
    world.deliver_until(2 * END_S)
    told = world.of(US, events.Response) + world.of(US, events.Timeout)
    assert any(getattr(event, "is_ended", False) for event in told)
    assert _is_empty(world.stacks[US])
    left = world.stacks[PEER].dialogs.values()
    assert all(dialog.phase == "early" for dialog in left)


@pytest.mark.parametrize("seed", range(30))
def test_a_call_survives_a_restart_of_the_called_side(seed: int) -> None:
    """Killed while ringing and again after answering: the call is set up and hung up."""
    world = World(seed, loss=0.15)
    world.stacks[US].invite("sip:112@10.0.0.2", OUR_SDP, now=0.0, peer=PEER)
    world.deliver_until(10.0)
    found = world.of(PEER, events.Invite)
    assert len(found) == 1
    call = found[0]
    assert isinstance(call, events.Invite)
    _restart(world, PEER, call.dialog)
    world.deliver_until(11.0)
    assert world.stacks[PEER].respond(call.request, 200, body=SDP, now=world.now)
    _restart(world, PEER, call.dialog)
    world.deliver_until(40.0)
    assert len(world.of(PEER, events.Invite)) == 1
    (answer,) = _successes(world)
    assert world.stacks[US].bye(answer.dialog, now=world.now)
    world.deliver_until(END_S)
    assert len(world.of(PEER, events.Bye)) == 1
    assert all(_is_empty(stack) for stack in world.stacks.values())
