"""What a person types may name a person: none of it stands in the journal or the board unsealed."""

from typing import Any

import msgspec
import pytest
from core_world import (
    AMB,
    AMB_2,
    ARREST,
    BUDI,
    DESK,
    DINKES,
    HERE,
    INCIDENT,
    POLISI,
    SIMPANG_LIMA,
    SYSTEM,
    World,
)

from kentongan.core import commands as c
from kentongan.core.checks import REASON_KEYS
from kentongan.core.commands import AnyCommand
from kentongan.core.words import Outcome, Priority
from kentongan.store.seal import personals

SECRET = "Pak Slamet, 0813-0313-1148, sudah dijemput"
CLOSE = c.CloseIncident(incident=INCIDENT, outcome=Outcome.RESOLVED)
RAISE = c.RaiseCrewEmergency(unit=AMB)
PASSED = (c.PassedOver(unit=AMB_2, reason=SECRET),)


def answer(words: str) -> c.AnswerTriage:
    """To a question that is answered in words."""
    return c.AnswerTriage(incident=INCIDENT, question="since", answer=words)


TYPED: dict[str, list[AnyCommand]] = {
    "answer": [answer(SECRET)],
    "priority": [c.SetPriority(incident=INCIDENT, priority=Priority.P4, reason=SECRET)],
    "reopened": [CLOSE, c.ReopenIncident(incident=INCIDENT, reason=SECRET)],
    "refused": [c.RefuseTask(incident=INCIDENT, agency=DINKES, reason=SECRET)],
    "handed over": [
        c.HandOverTask(incident=INCIDENT, agency=DINKES, to=POLISI, reason=SECRET),
    ],
    "passed over": [
        c.AssignUnit(incident=INCIDENT, unit=AMB, agency=DINKES, passed_over=PASSED),
    ],
    "released": [
        c.AssignUnit(incident=INCIDENT, unit=AMB, agency=DINKES),
        c.ReleaseUnit(incident=INCIDENT, unit=AMB, reason=SECRET),
    ],
    "out of service": [c.TakeUnitOutOfService(unit=AMB, reason=SECRET)],
    "emergency over": [RAISE, c.ClearCrewEmergency(unit=AMB, note=SECRET)],
    "break": [c.StartDuty(desk=DESK), c.PauseDuty(desk=DESK, reason=SECRET)],
}


def _world() -> World:
    world = World().run(
        c.OpenIncident(incident=INCIDENT),
        c.LocateIncident(incident=INCIDENT, place=HERE),
        c.ClassifyIncident(incident=INCIDENT, nature=ARREST),
        c.SendIncident(incident=INCIDENT),
        c.TaskAgency(incident=INCIDENT, agency=DINKES),
    )
    for unit in (AMB, AMB_2):
        world.do(
            c.RegisterUnit(
                unit=unit, agency=DINKES, kind="k", label=unit, capabilities=(), post="p",
                home=SIMPANG_LIMA,
            ),
            SYSTEM,
        )  # fmt: skip
        world.do(c.StartUnitDuty(unit=unit), BUDI)
    return world


def _without_sealed(value: object) -> tuple[str, list[str | None]]:
    """The value as JSON with its personal texts taken out, and those texts."""
    built: Any = msgspec.to_builtins(value)
    texts = [item.pop("text", None) for item in personals(built)]
    return msgspec.json.encode(built).decode(), texts


@pytest.mark.parametrize("name", list(TYPED))
def test_typed_words_are_personal_text(name: str) -> None:
    """They are kept, in a personal text and nowhere else, in the events and in the rows."""
    world = _world()
    events = [event for command in TYPED[name] for event in world.do(command, BUDI)]
    plain, texts = _without_sealed(events)
    assert SECRET in texts
    assert SECRET not in plain
    assert SECRET not in _without_sealed(list(world.rows()))[0]


@pytest.mark.parametrize("key", sorted(REASON_KEYS))
def test_a_reason_of_ours_stays_a_key(key: str) -> None:
    """What a screen offers can be counted and translated for ever."""
    refuse = c.RefuseTask(incident=INCIDENT, agency=DINKES, reason=key)
    plain, texts = _without_sealed(_world().do(refuse))
    assert (f'"reason":"{key}"' in plain, texts) == (True, [])


def test_the_same_words_again_are_no_new_fact() -> None:
    """An answer or a reason that repeats leads to nothing; other words do."""
    world = _world().run(answer(SECRET), TYPED["out of service"][0])
    assert world.do(answer(SECRET)) == ()
    assert world.do(TYPED["out of service"][0]) == ()
    assert world.do(answer("tadi pagi")) != ()
