"""Any order of what a room, telephones and processes do to one call: what holds after each.

* The caller always hears somebody, or that somebody is there.
* Nobody is heard who has not joined, and whoever is on hold hears reassurance.
* Nobody stays on hold where no desk is left that could resume them.
* Who waits is in the queue's order; who was handed on and has nobody after 40 s waits again.
* A switch that is started at any moment finds what the last one knew.
* When the call is over nobody is left on a line.
"""

from pathlib import Path

import pytest
from switch_walk import ALONE_S, Walk

from kentongan.core import streams
from kentongan.edge.switch.legs import in_step

SEEDS = (*range(24), 28, 89, 1121)
"""The last ones find it when who is on hold counts as company, or stays so after a transfer, and
when whom an exchange sends for somebody who was let go does."""

STEPS = 25


def wrongs(walk: Walk) -> list[str]:
    """What is not as it should be now."""
    found = [*_wrong_sound(walk), *_wrong_hold(walk), *_wrong_memory(walk)]
    walk.floor.look()
    return found if walk.is_over else [*found, *_wrong_place(walk)]


def _wrong_sound(walk: Walk) -> list[str]:
    call = walk.book.call
    wanted = walk.book.board.wanted(call.id)
    if wanted is None:
        return []
    states = {one.party: one.state for one in walk.row.parties}
    party_of = {leg.name: leg.party for leg in call.parties}
    away = {leg.desk for leg in call.desks if not leg.is_connected}
    wrong: list[str] = []
    for leg in wanted.legs:
        state = states.get(party_of[leg.name]) if leg.name in party_of else None
        if leg.name in party_of and leg.mode == "talk" and state != "joined":
            wrong.append(f"{leg.name} is heard and has not joined")
        if state == "held" and not leg.playing:
            wrong.append(f"{leg.name} is held and hears nothing")
    caller = wanted.find("citizen")
    heard = [
        leg for leg in wanted.legs
        if leg.name != "citizen" and leg.mode == "talk" and leg.name not in away
    ]  # fmt: skip
    if caller is not None and not caller.playing and (caller.mode == "hold" or not heard):
        wrong.append("the caller hears nothing")
    return wrong


def _wrong_hold(walk: Walk) -> list[str]:
    states = {one.state for one in walk.row.parties}
    is_for_ever = walk.row.state == "transferred" and {"joined", "held"} <= states
    return ["on hold, and no desk is left that could resume them"] if is_for_ever else []


def _wrong_memory(walk: Walk) -> list[str]:
    call, at = walk.book.call, walk.book.moment.at
    told = streams.fold(f"call:{call.id}", [(fact.event, fact.meta) for fact in call.facts])
    wrong: list[str] = []
    if streams.rows_of(told)[0] != walk.row:
        wrong.append("its facts say something else than is known")
    if walk.book.spool.load_calls() != (call,):
        wrong.append("the disk knows it otherwise")
    step = in_step(call, walk.row, at)
    if step.call != call or step.parted:
        wrong.append("a leg that nobody has, or nobody for a part in the call")
    return wrong


def _wrong_place(walk: Walk) -> list[str]:
    if walk.row.state in ("offered", "queued"):
        is_placed = walk.book.call.id in walk.book.board.positions
        return [] if is_placed else ["waits, and is in no order"]
    if not _is_alone(walk):
        return []
    walk.floor.look(ALONE_S)
    return ["alone for ever"] if not walk.is_over and _is_alone(walk) else []


def _is_alone(walk: Walk) -> bool:
    joined = any(one.state == "joined" for one in walk.row.parties)
    return walk.row.state == "transferred" and not joined


def wrong_end(walk: Walk) -> list[str]:
    """Who is still on a line once it is over."""
    if not walk.is_over:
        walk.book.end_call(walk.book.call.id)
    walk.book.wait(ALONE_S)
    wrong = [f"the disk keeps {one.key}" for one in walk.book.spool.load_dialogs()]
    for stack in (walk.book.phone, walk.book.agency):
        wrong += [f"on a line with nobody: {name}" for name in stack.dialogs]
    return wrong


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_happens_nobody_is_left_alone(tmp_path: Path, seed: int) -> None:
    """A third of the calls came in, a third were placed by us, a third type as well."""
    walk = Walk(tmp_path, seed)
    done: list[str] = []
    for _ in range(STEPS):
        if walk.is_over:
            break
        done.append(walk.step())
        if not walk.is_over:
            assert wrongs(walk) == [], done
    assert wrong_end(walk) == [], done
