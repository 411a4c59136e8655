"""What no administrator changes alone, found in the packaged city with one thing changed."""

import pytest

from kentongan.cities.changes import Change, changes_between
from kentongan.cities.pack import packaged, read_checked
from kentongan.cities.safeguards import weakenings

UNIT = "units.yaml"
ALS, BLS = "capabilities: [als, bls, transport]", "capabilities: [bls, transport, homecare]"
HOSPITALS = "health.yaml"
QUESTIONS = "protocols.yaml"


def part(name: str, begin: str, end: str) -> str:
    """Of a file's text, from one line to before another."""
    text = (packaged() / name).read_text("utf-8")
    start = text.index(begin)
    return text[start : text.index(end, start + 1)]


def rules(name: str, old: str, new: str) -> list[str]:
    """The rules that find it, when `old` is written `new` at its first place."""
    text = (packaged() / name).read_text("utf-8")
    assert old in text, old
    after = read_checked(packaged(), {name: text.replace(old, new, 1)})
    return [one.rule for one in weakenings(changes_between(read_checked(packaged()), after))]


@pytest.mark.parametrize(
    ("name", "old", "new", "rule"),
    [
        (UNIT, ALS, "capabilities: [transport]", "unit_can_other_things"),
        (UNIT, BLS, "capabilities: [als, bls, transport]", "unit_can_other_things"),
        (UNIT, "agency: dinkes", "agency: damkar", "unit_of_another_agency"),
        (
            HOSPITALS,
            "emergency_department: true",
            "emergency_department: false",
            "hospital_without_emergency_department",
        ),
        (QUESTIONS, "add: [dinkes], protocol: T02, note", "note", "entry_question_leads_elsewhere"),
    ],
)
def test_who_is_sent_and_what_a_question_leads_to_is_no_one_persons_word(
    name: str, old: str, new: str, rule: str
) -> None:
    """A basic ambulance that says `als`, one that says so no more, one whose alerts go to another
    office; an emergency room that is none; an answer that calls nobody."""
    assert rules(name, old, new) == [rule]


@pytest.mark.parametrize(
    ("name", "begin", "end", "rule"),
    [
        (HOSPITALS, "- key: rsup_dr_kariadi", "- key: rsd_k_r_m_t", "hospital_gone"),
        (QUESTIONS, "- key: hurt", "\nprotocols:", "entry_question_gone"),
    ],
)
def test_a_hospital_and_an_entry_question_that_go_need_two(
    name: str, begin: str, end: str, rule: str
) -> None:
    """Nobody is taken there any more; nobody asks it any more."""
    assert rules(name, part(name, begin, end), "") == [rule]


def test_an_emergency_department_that_opens_needs_nobody_else() -> None:
    """Only one that closes does."""
    path = "hospitals[rsup_dr_kariadi].emergency_department"
    assert weakenings([Change(file=HOSPITALS, path=path, before=False, after=True)]) == ()
