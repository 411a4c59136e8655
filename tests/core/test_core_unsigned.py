"""Instructions nobody signed: shown and on record as unsigned, or withheld by the authority."""

from dataclasses import dataclass

import core_world
import pytest
from core_world import INCIDENT, PLANS, RINA, World, agent, tags
from msgspec import structs

from kentongan.core import commands as c
from kentongan.core.commands.pack import ChooseUnsigned, UnsignedUse
from kentongan.core.events import TriageAnswered
from kentongan.core.pack_rows import PackRow
from kentongan.core.plans import Plans
from kentongan.core.redaction import redact
from kentongan.core.rows import IncidentRow
from kentongan.core.words import NatureCode, PackKey, Refused, Role

KEY = PackKey("city")
DOCTOR = agent("Direktur", Role.APPROVER)
BREATHES_NOT = (("awake", "no"), ("breathing", "no"))


@dataclass
class Used:
    """What one interview led to."""

    events: list[TriageAnswered]
    row: IncidentRow


def signed(plans: Plans) -> Plans:
    """The same words, with the authority's signature under each protocol."""
    protocols = {
        code: structs.replace(
            one,
            approval=structs.replace(
                one.approval, signed_by="dr", signed_at=core_world.START, signed_version=one.version
            ),
        )
        for code, one in plans.protocols.items()
    }
    return structs.replace(plans, protocols=protocols)


def interview(*, training: bool = False) -> Used:
    """An unconscious person who does not breathe, as the guide asks it."""
    world = World().run(
        c.OpenIncident(incident=INCIDENT, training=training),
        c.ClassifyIncident(incident=INCIDENT, nature=NatureCode("MED-01")),
    )
    events: list[TriageAnswered] = []
    for question, answer in BREATHES_NOT:
        found = world.do(
            c.AnswerTriage(incident=INCIDENT, question=question, answer=answer, protocol="T02")
        )
        events += [one for one in found if isinstance(one, TriageAnswered)]
    row = world.find("incident", INCIDENT)
    assert isinstance(row, IncidentRow)
    return Used(events, row)


def test_unsigned_instructions_are_shown_and_each_use_is_on_record() -> None:
    """Nobody dies of a missing paper; and every use says by which version, signed or not."""
    used = interview()
    assert used.row.instructions
    assert not used.row.instructions_withheld
    assert {(one.version, one.signed) for one in used.row.triage} == {(1, False)}
    assert not used.events[-1].withheld


def test_signed_instructions_are_on_record_as_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    """And are shown, whatever the city does with unsigned ones."""
    plans = structs.replace(signed(PLANS), withholds_unsigned=True)
    monkeypatch.setattr(core_world, "PLANS", plans)
    used = interview()
    assert used.row.instructions
    assert {one.signed for one in used.row.triage} == {True}


def test_a_city_may_withhold_them_on_duty(monkeypatch: pytest.MonkeyPatch) -> None:
    """The questions stay, and what the answers mean for priority, help and the desk."""
    shown = interview()
    monkeypatch.setattr(core_world, "PLANS", structs.replace(PLANS, withholds_unsigned=True))
    used = interview()
    assert used.row.instructions == ()
    assert used.row.instructions_withheld
    assert used.events[-1].withheld
    assert used.events[-1].instructions == shown.events[-1].instructions  # what was withheld
    assert (used.row.priority, used.row.shield_desk) == (shown.row.priority, shown.row.shield_desk)


def test_in_training_they_are_usable(monkeypatch: pytest.MonkeyPatch) -> None:
    """A room learns new words before they are signed."""
    monkeypatch.setattr(core_world, "PLANS", structs.replace(PLANS, withholds_unsigned=True))
    used = interview(training=True)
    assert used.row.instructions
    assert not used.row.instructions_withheld


def choose(use: UnsignedUse, reason: str = "rapat 12 Nov") -> ChooseUnsigned:
    """The command."""
    return ChooseUnsigned(pack=KEY, use=use, reason=reason)


def test_the_choice_is_on_record_with_who_and_why() -> None:
    """The same choice again is nothing; none without a reason."""
    world = World()
    with pytest.raises(Refused) as no:
        world.do(choose("withheld", " "), DOCTOR)
    assert no.value.reason == "pack_reason_missing"
    assert world.do(choose("shown"), DOCTOR) == ()
    assert tags(world.do(choose("withheld"), DOCTOR)) == ["pack.unsigned_chosen"]
    assert world.do(choose("withheld"), DOCTOR) == ()
    row = world.find("pack", KEY)
    assert isinstance(row, PackRow)
    assert (row.unsigned.use, row.unsigned.chosen_by) == ("withheld", "Direktur")
    seen = redact(row, RINA, world.find)
    assert isinstance(seen, PackRow)
    assert (seen.unsigned.use, seen.unsigned.chosen_by, seen.unsigned.reason) == (
        "withheld",
        "",
        "",
    )
