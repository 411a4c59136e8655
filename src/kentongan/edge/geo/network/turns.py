"""Turn restrictions of an extract, resolved to the pieces of road that they mean.

An "only" restriction becomes a "no" for every other way out of the junction. What cannot be
resolved with certainty is left out and counted: over a way instead of a node, only at certain
times, a way that is not there or that passes the junction and so could mean two pieces.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple

from kentongan.edge.geo.network.assemble import Piece, Turn
from kentongan.edge.geo.network.profiles import EVERY_PROFILE, Profile, bit
from kentongan.edge.geo.network.road_network import EdgeFlag
from kentongan.edge.geo.osm.raw import TurnRestriction

_EXEMPT: Final[Mapping[str, int]] = {
    "emergency": EVERY_PROFILE & ~bit(Profile.PLAIN),
    "motorcycle": bit(Profile.MOTORCYCLE),
    "motor_vehicle": EVERY_PROFILE,
    "motorcar": EVERY_PROFILE & ~bit(Profile.MOTORCYCLE),
}
"""Whom a value of the tag `except` frees."""


class ResolvedTurns(NamedTuple):
    """The turns that are not allowed, how many restrictions they come from, and the others."""

    turns: list[Turn]
    kept: int
    dropped: Counter[str]


def turns_of(pieces: Sequence[Piece], restrictions: Sequence[TurnRestriction]) -> ResolvedTurns:
    """Resolve all restrictions."""
    wanted = {restriction.via_node for restriction in restrictions}
    at_node: defaultdict[int, list[int]] = defaultdict(list)
    for number, piece in enumerate(pieces):
        for node in {piece.tail, piece.head} & wanted:
            at_node[node].append(number)
    turns: list[Turn] = []
    dropped: Counter[str] = Counter()
    kept = 0
    for restriction in restrictions:
        found = _resolve(restriction, pieces, at_node.get(restriction.via_node, ()))
        if isinstance(found, str):
            dropped[found] += 1
        else:
            turns.extend(found)
            kept += 1
    return ResolvedTurns(turns, kept, dropped)


def _resolve(
    restriction: TurnRestriction, pieces: Sequence[Piece], near: Collection[int]
) -> list[Turn] | str:
    """The turns of one restriction, or why there are none."""
    via = restriction.via_node
    is_only = restriction.kind.startswith("only_")
    if restriction.conditional:
        return "only at certain times"
    if not via:
        return "over a way"
    if not is_only and not restriction.kind.startswith("no_"):
        return f"unknown kind {restriction.kind}"
    binds = EVERY_PROFILE
    for vehicle in restriction.except_for:
        binds &= ~_EXEMPT.get(vehicle, 0)
    if not binds:
        return "binds nobody here"
    into = [
        at for at in near if pieces[at].way == restriction.from_way and _enters(pieces[at], via)
    ]
    out = [at for at in near if pieces[at].way == restriction.to_way and _leaves(pieces[at], via)]
    if not into or not out:
        return "a way is missing"
    is_u_turn = restriction.from_way == restriction.to_way and not is_only
    if is_u_turn:
        return [Turn(at, via, at, binds) for at in into if at in out]
    if len(into) > 1 or len(out) > 1:
        return "ambiguous"
    if is_only:
        others = [at for at in near if at != out[0] and _leaves(pieces[at], via)]
        return [Turn(into[0], via, other, binds) for other in others]
    return [Turn(into[0], via, out[0], binds)]


def _enters(piece: Piece, node: int) -> bool:
    """Whether one may drive along the piece into that end of it."""
    forward, backward = piece.flags & EdgeFlag.FORWARD, piece.flags & EdgeFlag.BACKWARD
    is_loop = piece.tail == piece.head
    return not is_loop and bool(
        (piece.head == node and forward) or (piece.tail == node and backward)
    )


def _leaves(piece: Piece, node: int) -> bool:
    """Whether one may drive along the piece away from that end of it."""
    forward, backward = piece.flags & EdgeFlag.FORWARD, piece.flags & EdgeFlag.BACKWARD
    is_loop = piece.tail == piece.head
    return not is_loop and bool(
        (piece.tail == node and forward) or (piece.head == node and backward)
    )
