"""Planted faults: for each rule, a system that breaks it, and the simulation must find out.

Without these, a simulation that never complains would prove nothing.
"""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from random import Random

import pytest
from msgspec.structs import replace

from kentongan.app.ports import ClaimTaken, Draft, Recorded, Store, Transaction
from kentongan.core import alarm, lifecycle, streams
from kentongan.core.call import Call, life_facts, parties
from kentongan.core.commands import RingDuty
from kentongan.core.events import CallAbandoned, CallEvent
from kentongan.core.rows import AlarmRow, AnyRow, IncidentRow
from kentongan.core.words import Agent, Meta
from kentongan.sim import checks, on_duty, responders
from kentongan.sim.fate import FatedStore
from kentongan.sim.run import Failure, run
from kentongan.sim.switch import Switch

SEEDS_MAX = 100
"""A fault that hides longer than this is not found by a push."""


def find(meddle: Callable[[Store], Store] | None = None, rules: Sequence[str] = ()) -> Failure:
    """The first seed that complains, of one of these rules when any are named."""
    for seed in range(SEEDS_MAX):
        summary = run(1, seed, meddle=meddle)
        if summary.failures and (not rules or summary.failures[0].rule in rules):
            return summary.failures[0]
    pytest.fail(f"not found in {SEEDS_MAX} seeds")


class Mutant(FatedStore):
    """A store like any other; subclasses plant one fault each."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, lambda _: None)
        self.random = Random(1)

    @contextmanager
    def transaction(self) -> Generator[Transaction]:
        """The real one with its faults planted."""
        with self._store.transaction() as real:
            self.plant(real)
            yield real

    def plant(self, real: Transaction) -> None:
        """Change what the transaction does."""


class Claimless(Mutant):
    """Writes the events although another stream holds the unit."""

    def plant(self, real: Transaction) -> None:
        append = real.append

        def careless(draft: Draft) -> tuple[Recorded, ...]:
            try:
                return append(draft)
            except ClaimTaken:
                return append(replace(draft, take=()))

        real.append = careless  # type: ignore[method-assign]


class Skipping(Mutant):
    """Readers miss an event when several came at once, as without a lock on positions."""

    def tail(self, after: int, limit: int) -> Sequence[Recorded]:
        """All but the first of several."""
        found = super().tail(after, limit)
        return found[1:] if len(found) > 1 else found


class Littered(Mutant):
    """Rows that are gone stay on the board."""

    def plant(self, real: Transaction) -> None:
        put_rows = real.put_rows

        def keep(stream: str, rows: Sequence[AnyRow], gone: object) -> None:
            del gone
            put_rows(stream, rows, ())

        real.put_rows = keep  # type: ignore[method-assign, assignment]


class NothingKeptError(Exception):
    """Undoes a transaction behind its user's back."""


class Forgetful(Mutant):
    """Now and then says it is committed and keeps nothing."""

    @contextmanager
    def transaction(self) -> Generator[Transaction]:
        """A commit that was only said."""
        try:
            with self._store.transaction() as real:
                yield real
                if self.random.random() < 0.05:
                    raise NothingKeptError
        except NothingKeptError:
            return


@pytest.mark.parametrize(
    ("mutant", "rule"),
    [
        (Claimless, "no unit is engaged twice"),
        (Skipping, "everything is well again in bounded time"),
        (Littered, "what is gone is gone from the board"),
    ],
)
def test_sim_finds_a_broken_store(mutant: type[Mutant], rule: str) -> None:
    """A store that breaks its promise is found, by the rule that stands for it."""
    assert find(mutant).rule == rule


@pytest.mark.parametrize(
    "rule",
    ["an acknowledged command is in the journal", "the door takes what the switch decided"],
)
def test_sim_finds_a_store_that_forgets(rule: str) -> None:
    """What was said to be committed is missed by who was told so, and by what builds upon it."""
    assert find(Forgetful, [rule]).rule == rule


def test_sim_claimless_store_engages_often() -> None:
    """Without claims units would really be engaged twice, in more than one seed of a hundred:
    so that none in thousands with claims is not for want of races."""
    summary = run(SEEDS_MAX, meddle=Claimless)
    assert summary.counts.double_engagements > 5


def test_sim_finds_a_rule_that_lets_close(monkeypatch: pytest.MonkeyPatch) -> None:
    """An incident that may be closed over a working unit."""

    def allow(_: IncidentRow) -> None:
        """Whatever works there."""

    monkeypatch.setattr(lifecycle, "_must_have_no_unit", allow)
    assert find().rule == "no incident closes over a working unit"


def test_sim_finds_an_alarm_with_two_owners(monkeypatch: pytest.MonkeyPatch) -> None:
    """An alarm that can be taken from under somebody's hand."""

    def nobodys(_: AlarmRow, agent: Agent) -> bool:
        return agent.name == ""

    monkeypatch.setattr(alarm, "_is_anothers", nobodys)
    assert find().rule == "an alarm is never owned by two"


def test_sim_finds_a_leak(monkeypatch: pytest.MonkeyPatch) -> None:
    """A redaction that shows everything to everybody."""

    def show_all(row: AnyRow, *_: object) -> AnyRow:
        return row

    monkeypatch.setattr(checks, "redact", show_all)
    assert find().rule in {
        "an agency sees its own and nothing else",
        "a crew sees nothing that is not theirs",
    }


def test_sim_finds_a_blind_agency(monkeypatch: pytest.MonkeyPatch) -> None:
    """A redaction that shows nothing to anybody."""

    def show_nothing(*_: object) -> None:
        """Not a byte."""

    monkeypatch.setattr(checks, "redact", show_nothing)
    assert find().rule == "an agency sees its own and nothing else"


def test_sim_finds_a_switch_without_a_spool(monkeypatch: pytest.MonkeyPatch) -> None:
    """A switch whose death takes the command it was bringing to the door with it."""
    drain = Switch.drain

    def forget(switch: Switch) -> None:
        deaths = switch.deaths
        drain(switch)
        if switch.deaths > deaths:
            del switch.outbox[:1]

    monkeypatch.setattr(Switch, "drain", forget)
    rule = "the door takes what the switch decided"
    assert find(rules=[rule]).rule == rule


def test_sim_finds_a_caller_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A transfer after whose end nobody puts the caller back into the queue."""

    def only_gone(event: CallEvent, *_: object) -> tuple[CallEvent, ...]:
        return (event,)

    monkeypatch.setattr(parties, "_gone", only_gone)
    assert find().rule == "a transferred caller has company"


def test_sim_finds_a_desk_that_talks_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """A switch that gives a desk a second caller."""

    def never(_: Switch, desk: str | None, *, but: str = "") -> bool:
        return desk == but

    monkeypatch.setattr(Switch, "is_busy", never)
    assert find().rule == "a desk speaks with one caller"


def test_sim_finds_a_list_that_forgets(monkeypatch: pytest.MonkeyPatch) -> None:
    """An abandoned call that is nobody's any more."""
    evolve = life_facts.EVOLVE[CallAbandoned]

    def forget(call: Call, event: CallAbandoned, meta: Meta) -> Call:
        after = evolve(call, event, meta)
        assert after.row is not None
        return replace(after, row=replace(after.row, open=False))

    monkeypatch.setitem(streams._EVOLVE, CallAbandoned, forget)
    assert find().rule == "an abandoned or dropped call is open until it is disposed of"


def test_sim_finds_a_task_rung_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """A switch that rings the officer and the deputy at the same time."""

    def let_it(_: Switch, asked: RingDuty) -> None:
        """Whoever is rung already."""
        del asked

    monkeypatch.setattr(Switch, "_check_duty", let_it)
    assert find(rules=["one telephone rings about a task"])


def test_sim_finds_a_key_that_nobody_hears(monkeypatch: pytest.MonkeyPatch) -> None:
    """The officer pressed, the agency never answers otherwise, and the ladder hands nothing on."""

    def nobody(*_: object, **__: object) -> None:
        """No answer."""

    monkeypatch.setattr(on_duty, "is_acknowledged", nobody)
    monkeypatch.setattr(responders, "AcknowledgeTask", nobody)
    assert "was not heard" in find(rules=["everything is well again in bounded time"]).seen
