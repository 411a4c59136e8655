"""Closures and aliases together: their limits, who sees them, and any order of things."""

from collections.abc import Iterable
from datetime import timedelta

import pytest
from core_access_world import PEOPLE
from core_city_world import (
    ADD,
    CLOSE,
    FLOOD,
    LIFT,
    OTHER_FLOOD,
    WARUNG,
    alias_row,
    change,
    closure_row,
)
from core_world import (
    BUDI,
    CREW,
    OFFICER,
    RINA,
    SARI,
    START,
    SYSTEM,
    World,
)
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from msgspec import structs

from kentongan.cities.facts import Point
from kentongan.core import alias, closure, streams
from kentongan.core import commands as c
from kentongan.core.city_rows import AliasRow, ClosureRow
from kentongan.core.events import AliasAdded, RoadsClosed
from kentongan.core.redaction import redact
from kentongan.core.references import ALIASES_MAX, CLOSURES_MAX, check_room
from kentongan.core.rows import AnyRow
from kentongan.core.words import (
    AliasId,
    ClosureId,
    Personal,
    Refused,
    Role,
)

# --- limits --------------------------------------------------------------------------------------


def test_a_city_has_room_for_so_many_and_no_more() -> None:
    """What ended does not count, nor does the same one said again."""
    lone_closure, lone_alias = closure_row(World().run(CLOSE)), alias_row(World().run(ADD))

    def full(kind: str, most: int) -> Iterable[AnyRow]:
        keys = (f"k{n}" for n in range(most))
        if kind == "closure":
            return (structs.replace(lone_closure, key=ClosureId(key)) for key in keys)
        return (structs.replace(lone_alias, key=AliasId(key)) for key in keys)

    for command, most in ((CLOSE, CLOSURES_MAX), (ADD, ALIASES_MAX)):
        check_room(command, lambda kind, most=most: full(kind, most - 1))
        with pytest.raises(Refused, match="too_many"):
            check_room(command, lambda kind, most=most: full(kind, most))
    over = structs.replace(lone_closure, lifted_at=START)
    undone = structs.replace(lone_alias, state="undone")
    check_room(CLOSE, lambda _: [over] * CLOSURES_MAX)
    check_room(ADD, lambda _: [undone] * ALIASES_MAX)
    check_room(LIFT, lambda _: pytest.fail("lifting needs no room"))


# --- who sees them -------------------------------------------------------------------------------


def test_who_sees_closures_and_aliases() -> None:
    """The room all of both; the road closed is for everybody who drives; words for nobody else."""
    world = World().run(structs.replace(CLOSE, reason="rumah Bu Sri"), ADD, who=SARI)
    road, words = closure_row(world), alias_row(world)
    for who in (RINA, BUDI, SARI, SYSTEM):
        assert redact(road, who, world.find) == road
        assert redact(words, who, world.find) == words
    for who in (OFFICER, CREW):
        assert redact(road, who, world.find) == structs.replace(road, closed_by="")
        assert redact(words, who, world.find) is None
    evaluator = PEOPLE[Role.EVALUATOR]
    shown = redact(road, evaluator, world.find)
    assert shown == structs.replace(road, closed_by="", reason_text=None)
    counted = redact(words, evaluator, world.find)
    assert isinstance(counted, AliasRow)
    assert (counted.phrases, counted.label, counted.added_by) == ((), None, "")
    assert counted.point == Point(-6.99, 110.42)
    assert redact(road, PEOPLE[Role.ADMIN], world.find) is None


# --- any order -----------------------------------------------------------------------------------


class CityMachine(RuleBasedStateMachine):
    """Two closures and two aliases, asked anything at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()

    @rule(seconds=st.integers(1, 7200))
    def time_passes(self, seconds: int) -> None:
        """Hours at most."""
        self.world.later(seconds)

    @rule(
        key=st.sampled_from([FLOOD, OTHER_FLOOD]),
        depth=st.sampled_from([None, 20, 60]),
        lasts_h=st.sampled_from([None, 1, 3]),
        what=st.integers(0, 3),
        by_system=st.booleans(),
    )
    def close(
        self, key: ClosureId, depth: int | None, lasts_h: int | None, what: int, *, by_system: bool
    ) -> None:
        """Any of the three, and the timer."""
        until = None if lasts_h is None else self.world.now + timedelta(hours=lasts_h)
        fields = {"closure": key, "depth_cm": depth, "until_at": until}
        commands: list[c.AnyCommand] = [
            structs.replace(CLOSE, **fields),
            change(**fields),
            c.LiftClosure(closure=key),
            c.LiftClosure(closure=key, reason=closure.EXPIRED),
        ]
        self._ask(commands[what], by_system=by_system)

    @rule(
        key=st.sampled_from([WARUNG, AliasId("a2")]),
        words=st.sampled_from(["warung", "gang"]),
        accepted=st.booleans(),
        what=st.integers(0, 2),
    )
    def alias(self, key: AliasId, words: str, *, accepted: bool, what: int) -> None:
        """Any of the three."""
        commands: list[c.AnyCommand] = [
            structs.replace(ADD, alias=key, phrases=(Personal(text=words),)),
            c.ReviewAlias(alias=key, accepted=accepted),
            c.UndoAlias(alias=key),
        ]
        self._ask(commands[what])

    def _ask(self, command: c.AnyCommand, *, by_system: bool = False) -> None:
        who = SYSTEM if by_system else SARI
        before = dict(self.world.states)
        try:
            self.world.do(command, who)
        except Refused:
            assert self.world.states == before
            return
        assert self.world.do(command, who) == ()

    @invariant()
    def the_board_is_the_fold_of_the_journal(self) -> None:
        """Replay gives the same, and `seq` is the last word's place."""
        for stream, state in self.world.states.items():
            assert self.world.refold(stream) == state
            for row in streams.rows_of(state):
                assert isinstance(row, ClosureRow | AliasRow)
                assert row.seq == self.world.history[stream][-1][1].position

    @invariant()
    def what_ended_never_comes_back(self) -> None:
        """Its last event is the one that ended it."""
        ends = {"closure.lifted", "alias.undone", "alias.reviewed"}
        for row in self.world.rows():
            ended = row.lifted_at if isinstance(row, ClosureRow) else None
            ended = row.ended_at if isinstance(row, AliasRow) else ended
            if ended is not None:
                text = self.world.history[f"{streams.kind_of(row)}:{row.key}"][-1][0]
                assert any(f'"{tag}"'.encode() in text for tag in ends)


TestCityMachine = CityMachine.TestCase
TestCityMachine.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)


def test_each_noun_evolves_and_shows_as_the_registry_does() -> None:
    """The one look-up of `streams` is the nouns' own."""
    world = World()
    (closed,), (added,) = world.do(CLOSE), world.do(ADD)
    assert isinstance(closed, RoadsClosed)
    assert isinstance(added, AliasAdded)
    road = closure.evolve(closure.Closure(key=FLOOD), closed, world.history["closure:s1"][0][1])
    words = alias.evolve(alias.Alias(key=WARUNG), added, world.history["alias:a1"][0][1])
    assert (*closure.rows(road), *alias.rows(words)) == world.rows()
