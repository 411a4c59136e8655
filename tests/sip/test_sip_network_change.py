"""Two stacks that change a call at random over a bad network, and die: they stay in one call.

Both sides hold, move, refresh, probe, type and refer whenever chance says so; the answers are given
by both; afterwards one hangs up. Nobody may lose the call in between, and nothing may be left.
"""

from __future__ import annotations

import json

import pytest
from sip_peer import OUR_SDP, PEER, SDP, US, stack_at
from test_sip_network import END_S, World

from kentongan.sip import events
from kentongan.sip.address import Address

STEPS = 30
OTHER = {US: PEER, PEER: US}
DESCRIPTION = {US: OUR_SDP, PEER: SDP}


def _react(world: World, seen: dict[Address, int]) -> None:
    """Both switches agree to what they are asked."""
    for address, stack in world.stacks.items():
        found = world.events[address]
        fresh, seen[address] = found[seen[address] :], len(found)
        for event in fresh:
            match event:
                case events.Reinvite(request=request):
                    stack.respond(request, 200, body=DESCRIPTION[address], now=world.now)
                case events.Update(request=request) | events.Prack(request=request) if request:
                    stack.respond(request, 200, body=DESCRIPTION[address], now=world.now)
                case events.Refer(request=request):
                    stack.respond(request, 603, now=world.now)
                case _:
                    pass


def _do_something(world: World, address: Address, dialog: str) -> None:
    stack, body, now = world.stacks[address], DESCRIPTION[address], world.now
    match world.chance.randrange(7):
        case 0:
            stack.request(dialog, "INVITE", body=body, now=now)
        case 1:
            stack.request(dialog, "UPDATE", body=body, now=now)
        case 2:
            stack.request(dialog, "UPDATE", now=now)
        case 3:
            stack.request(dialog, "MESSAGE", body=b"x", content_type="text/plain", now=now)
        case 4:
            stack.probe(dialog, now=now)
        case 5:
            stack.refer(dialog, "sip:x@10.0.0.9", now=now)
        case _:
            saved = stack.save(dialog)
            assert saved is not None
            reborn = stack_at(address, f"r{now:.3f}")
            assert reborn.adopt(json.loads(json.dumps(saved)), now) == dialog
            world.stacks[address] = reborn


def _run(world: World, seconds: float, seen: dict[Address, int]) -> None:
    until = world.now + seconds
    while world.now < until:
        world.deliver_until(min(until, world.now + 0.25))
        _react(world, seen)


@pytest.mark.parametrize("seed", range(25))
def test_a_call_survives_changes_collisions_losses_and_deaths(seed: int) -> None:
    """15 % loss, doubles, any order, a death in seven steps: one call, one end, nothing left."""
    world = World(seed, loss=0.15)
    seen = {US: 0, PEER: 0}
    world.stacks[US].invite("sip:112@10.0.0.2", OUR_SDP, now=0.0, peer=PEER)
    _run(world, 8.0, seen)
    call = next(e for e in world.events[PEER] if isinstance(e, events.Invite))
    world.stacks[PEER].respond(call.request, 183, body=SDP, now=world.now)
    _run(world, 3.0, seen)
    world.stacks[PEER].respond(call.request, 200, body=SDP, now=world.now)
    _run(world, 30.0, seen)
    answered = [e for e in world.events[US] if isinstance(e, events.Response) and e.status == 200]
    names = {US: answered[0].dialog, PEER: call.dialog}
    for _ in range(STEPS):
        side = world.chance.choice((US, PEER))
        _do_something(world, side, names[side])
        _run(world, world.chance.uniform(0.0, 6.0), seen)
    _run(world, 60.0, seen)
    for side, stack in world.stacks.items():
        assert list(stack.dialogs) == [names[side]], "nobody lost the call"
    gone = (events.ProbeFailed, events.SessionExpired, events.Bye)
    assert not [e for found in world.events.values() for e in found if isinstance(e, gone)]
    side = world.chance.choice((US, PEER))
    assert world.stacks[side].bye(names[side], now=world.now)
    world.deliver_until(world.now + END_S)
    assert len(world.of(OTHER[side], events.Bye)) == 1
    for stack in world.stacks.values():
        assert (dict(stack.dialogs), stack.next_timer(), stack.out) == ({}, None, [])
