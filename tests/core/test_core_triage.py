"""Triage over every protocol of the Semarang pack, and what its answers do to an incident."""

from itertools import pairwise, product

import pytest
from core_world import ARREST, HERE, INCIDENT, PLANS, START, World, tags
from hypothesis import given
from hypothesis import strategies as st

from kentongan.cities.taxonomy import AnswerKind, Question
from kentongan.core import commands as c
from kentongan.core import triage
from kentongan.core.events import IncidentClassified, PrioritySet, TriageAnswered
from kentongan.core.rows import TriageAnswer
from kentongan.core.words import TEXT_CHARACTERS_MAX, NatureCode, Priority, Refused

NATURE_OF = {
    code: next(nature.code for nature in PLANS.natures.values() if nature.protocol == code)
    for code in PLANS.protocols
}


def answers_to(question: Question) -> list[str]:
    """Every answer that can make a difference."""
    match question.answer:
        case AnswerKind.YES_NO:
            return ["yes", "no", "unknown"]
        case AnswerKind.CHOICE:
            return [*(option.key for option in question.options), "unknown"]
        case AnswerKind.NUMBER:
            return ["0", "1", "5,5", "13", "unknown"]
        case AnswerKind.TEXT:
            return ["entah"]


def said(protocol: str | None, **answers: str) -> tuple[TriageAnswer, ...]:
    """Answers to questions of one protocol."""
    return tuple(
        TriageAnswer(question=key, answer=answer, protocol=protocol, at=START)
        for key, answer in answers.items()
    )


def incident(nature: str) -> World:
    """An incident of that nature."""
    return World().run(
        c.OpenIncident(incident=INCIDENT),
        c.ClassifyIncident(incident=INCIDENT, nature=NatureCode(nature)),
    )


def answer(question: str, words: str, protocol: str | None = None) -> c.AnswerTriage:
    """The command."""
    return c.AnswerTriage(incident=INCIDENT, question=question, answer=words, protocol=protocol)


@pytest.mark.parametrize("yes_no", ["no", "yes"])
@pytest.mark.parametrize("code", sorted(PLANS.protocols))
def test_every_question_of_every_protocol_is_reached(code: str, yes_no: str) -> None:
    """Answering the same to all asks each question once, in order, without those left out."""
    asked: list[str] = []
    answers: tuple[TriageAnswer, ...] = ()
    quiet = {AnswerKind.YES_NO: yes_no, AnswerKind.NUMBER: "unknown", AnswerKind.TEXT: "x"}
    protocol = PLANS.protocols[code]
    while (found := triage.next_question(NATURE_OF[code], answers, PLANS)) is not None:
        question, walked = found.question, found.protocol
        assert walked is not None
        asked.append(f"{walked.code}.{question.key}")
        words = quiet.get(question.answer, "unknown")
        answers = (*answers, *said(walked.code, **{question.key: words}))
    own = [key for key in asked if key.startswith(code)]
    carried = {one.question for one in answers if one.protocol != code}
    expected = [
        f"{code}.{one.key}"
        for one in protocol.questions
        if not any(yes_no in answers for answers in one.unless.values())
    ]
    if own != expected:  # the answers led to another protocol
        led = triage.findings(code, answers, PLANS)
        assert led.protocol is not None or led.leave or carried
    assert len(asked) == len(set(asked))
    for question in protocol.questions:
        reached = triage.find_question(question.key, code, answers, NATURE_OF[code], PLANS)
        assert reached.question == question


@pytest.mark.parametrize("code", sorted(PLANS.protocols))
def test_every_answer_of_every_protocol_walks(code: str) -> None:
    """Each answer alone, and each pair of neighbours, is accepted by a real incident."""
    questions = PLANS.protocols[code].questions
    for question in questions:
        for words in answers_to(question):
            world = incident(NATURE_OF[code])
            events = world.do(answer(question.key, words, code))
            assert tags(events)[0] == "incident.triage_answered"
            assert world.do(answer(question.key, words, code)) == ()
            assert world.refold("incident:i1") == world.state("incident:i1")
    for first, second in pairwise(questions):
        for one, other in product(answers_to(first), answers_to(second)):
            found = triage.findings(code, said(code, **{first.key: one, second.key: other}), PLANS)
            assert found.instructions is None or any(
                group.key == found.instructions for group in PLANS.protocols[code].instructions
            )


def test_nobody_unconscious_is_asked_for_a_pain_in_the_chest() -> None:
    """What only somebody awake can tell is left out, and asked of those who are awake."""

    def asked(awake: str) -> list[str]:
        answers = said("T02", awake=awake, breathing="no", age="5")
        keys: list[str] = []
        while (found := triage.next_question(NATURE_OF["T02"], answers, PLANS)) is not None:
            keys.append(found.question.key)
            answers = (*answers, *said("T02", **{found.question.key: "no"}))
        return keys

    assert asked("no") == asked("unknown") == ["aed"]
    assert asked("yes") == ["chest_pain", "sweat", "since", "heart", "aed"]


def test_an_operator_is_never_left_without_words() -> None:
    """Instructions whose words are still to be written name others that have some."""
    for protocol in PLANS.protocols.values():
        with_words = {one.key for one in protocol.instructions if one.lines}
        for question in protocol.questions:
            for rule in question.rules:
                shown = next((i for i in protocol.instructions if i.key == rule.instructions), None)
                if shown is not None and rule.shield_desk:
                    assert {shown.key, shown.meanwhile} & with_words, (protocol.code, shown.key)


@given(st.data())
def test_any_order_of_any_answers_means_the_same(data: st.DataObject) -> None:
    """Findings depend on what was answered, not on when; they never raise."""
    code = data.draw(st.sampled_from(sorted(PLANS.protocols)))
    given_ = {
        question.key: data.draw(st.sampled_from(answers_to(question)))
        for question in PLANS.protocols[code].questions
        if data.draw(st.booleans())
    }
    answers = said(code, **given_)
    shuffled = tuple(data.draw(st.permutations(answers)))
    assert triage.findings(code, answers, PLANS) == triage.findings(code, shuffled, PLANS)
    assert triage.overall(None, answers, PLANS) == triage.overall(None, shuffled, PLANS)


@pytest.mark.parametrize("awake", ["no", "unknown"])
@pytest.mark.parametrize("breathing", ["no", "unknown"])
@pytest.mark.parametrize("breathing_first", [False, True])
def test_not_awake_and_not_breathing_starts_compressions(
    awake: str, breathing: str, *, breathing_first: bool
) -> None:
    """MED-01, T + T in any order, doubt counts as no: the arrest script, the desk shielded, P1."""
    world = incident("MED-01")
    pair = [answer("awake", awake), answer("breathing", breathing)]
    world.run(*(reversed(pair) if breathing_first else pair))
    row = world.incident()
    assert (row.instructions, row.shield_desk, row.priority) == (("arrest",), True, Priority.P1)


def test_an_answer_taken_back_takes_back_what_it_led_to() -> None:
    """ "He breathes after all": other instructions, the desk is free again."""
    world = incident("MED-01").run(answer("awake", "no"), answer("breathing", "no"))
    world.run(answer("breathing", "yes"))
    row = world.incident()
    assert (row.instructions, row.shield_desk) == (("unconscious_breathing",), False)
    assert [one.answer for one in row.triage] == ["no", "yes"]
    world.run(answer("awake", "yes"))
    assert world.incident().instructions == ()


def test_a_child_gets_the_childs_instructions() -> None:
    """Twelve is a child in this draft, thirteen is not."""
    world = incident("MED-01").run(answer("awake", "no"), answer("breathing", "no"))
    world.run(answer("age", "12"))
    assert world.incident().instructions == ("child",)
    world.run(answer("age", "13"))
    assert world.incident().instructions == ("arrest",)


def test_an_ambulance_asked_for_without_a_reason_becomes_an_arrest() -> None:
    """MED-22 (P2) has no protocol of its own; the answer re-codes it to MED-01, P1."""
    world = incident("MED-22")
    events = world.do(answer("awake", "no", "T02"))
    assert tags(events) == ["incident.triage_answered", "incident.classified"]
    assert (world.incident().nature, world.incident().priority) == (ARREST, Priority.P1)


def test_what_was_answered_in_one_protocol_is_not_asked_again_in_the_next() -> None:
    """T03 leads to T02 when the patient is not awake; T02 goes on with the breathing."""
    world = incident("MED-03").run(answer("awake", "no", "T03"))
    row = world.incident()
    assert triage.current_protocol(row.nature, row.triage, PLANS) == "T02"
    found = triage.next_question(row.nature, row.triage, PLANS)
    assert found is not None
    assert found.question.key == "breathing"
    world.run(answer("breathing", "no"))
    assert world.incident().instructions == ("arrest",)


def test_a_bite_is_not_hidden_by_a_quiet_nest() -> None:
    """Wasps that do not attack make an appointment of a nest, never of a bitten person."""
    nest = incident("HWN-02").run(answer("attacking", "no"))
    assert (nest.incident().nature, nest.incident().priority) == ("HWN-03", Priority.P4)
    bitten = incident("HWN-02").run(answer("bitten", "yes"), answer("attacking", "no"))
    assert (bitten.incident().nature, bitten.incident().priority) == ("MED-12", Priority.P1)


def test_five_casualties_alert_the_supervisor_and_ask_for_ambulances() -> None:
    """Both rules of one answer hold: many casualties, and a crash with casualties."""
    world = incident("LAK-03")
    (first, *_) = world.do(answer("casualties", "5"))
    assert isinstance(first, TriageAnswered)
    assert (first.supervisor, first.add_agencies, "MULTI" in first.flags) == (
        True,
        ("dinkes",),
        True,
    )
    assert (world.incident().nature, world.incident().supervisor) == ("LAK-01", True)


def test_vulnerable_people_step_the_urgency_up_and_down_again() -> None:
    """A flood with a baby is one step more urgent; no baby, and it goes back."""
    world = incident("BNC-03")
    before = world.incident().priority
    assert before is not None
    world.run(answer("vulnerable", "yes"))
    assert world.incident().priority == triage.stepped_up(before, 1)
    world.run(answer("vulnerable", "no"))
    assert world.incident().priority == before


def test_a_persons_priority_stays_until_the_answers_mean_something_new() -> None:
    """The supervisor lowers it; an answer that adds nothing leaves it, a graver one raises it."""
    world = incident("BNC-03").run(answer("rising", "yes"))
    assert world.incident().priority is Priority.P1
    world.run(c.SetPriority(incident=INCIDENT, priority=Priority.P3, reason="sudah surut"))
    world.run(answer("floor", "2"))
    assert world.incident().priority is Priority.P3
    events = world.do(answer("vulnerable", "yes"))
    assert any(isinstance(event, PrioritySet) and event.by_triage for event in events)
    assert world.incident().priority is Priority.P1


def test_a_grave_complaint_leaves_the_complaint_protocol() -> None:
    """Somebody is in danger: no further question about the service."""
    answers = said("T10", danger="yes")
    assert triage.current_protocol("PUB-01", answers, PLANS) is None
    assert triage.next_question("PUB-01", answers, PLANS) is None


def test_entry_questions_lead_into_a_protocol() -> None:
    """Before anything has a name: somebody is hurt, so ask whether they are awake."""
    world = World().run(c.OpenIncident(incident=INCIDENT), answer("hurt", "yes"))
    row = world.incident()
    found = triage.next_question(row.nature, row.triage, PLANS)
    assert found is not None
    assert found.protocol is not None
    assert (found.protocol.code, found.question.key) == ("T02", "awake")
    assert triage.next_question(None, (), PLANS) is None


@pytest.mark.parametrize(
    ("question", "words", "protocol", "reason"),
    [
        ("awake", "maybe", None, "answer_unreadable"),
        ("age", "many", None, "answer_unreadable"),
        ("age", "inf", None, "answer_unreadable"),
        ("since", "  ", None, "answer_unreadable"),
        ("nonsense", "yes", None, "unknown_question"),
        ("hurt", "yes", "T02", "unknown_question"),
        ("awake", "yes", "T99", "unknown_protocol"),
    ],
)
def test_an_answer_nobody_can_give_is_refused(
    question: str, words: str, protocol: str | None, reason: str
) -> None:
    """With a key, and nothing is written."""
    with pytest.raises(Refused, match=reason):
        incident("MED-01").do(answer(question, words, protocol))


def test_an_endless_answer_is_cut_and_marked() -> None:
    """A megabyte of description is kept up to the limit."""
    world = incident("MED-01")
    (event,) = world.do(answer("since", "x" * (TEXT_CHARACTERS_MAX + 1)))
    assert isinstance(event, TriageAnswered)
    assert event.answer_text is not None
    assert (event.cut, event.answer) == (True, "text")
    assert len(event.answer_text.text or "") == TEXT_CHARACTERS_MAX


def test_protocols_and_their_version_are_in_the_record() -> None:
    """Which draft was asked from can be read for ever."""
    (event, *_) = incident("MED-01").do(answer("awake", "yes"))
    assert isinstance(event, TriageAnswered)
    assert (event.protocol, event.protocol_version) == ("T02", 1)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (None, None, None),
        (Priority.P0, None, Priority.P0),
        (Priority.P0, Priority.P3, Priority.P3),
        (Priority.P2, Priority.P1, Priority.P1),
    ],
)
def test_which_priority_is_more_urgent(
    one: Priority | None, other: Priority | None, expected: Priority | None
) -> None:
    """P0 is no urgency at all."""
    assert triage.more_urgent(one, other) == expected


def test_stepping_up_ends_at_the_top_and_does_not_make_an_incident_of_none() -> None:
    """P1 is the top; P0 stays P0."""
    assert triage.stepped_up(Priority.P2, 5) is Priority.P1
    assert triage.stepped_up(Priority.P0, 1) is Priority.P0


def test_a_nature_from_answers_is_sent_with_its_flags() -> None:
    """A transformer on fire is KBK-04 and its classification is a whole one."""
    world = incident("KBK-01").run(c.LocateIncident(incident=INCIDENT, place=HERE))
    events = world.do(answer("burning", "cable"))
    classified = next(event for event in events if isinstance(event, IncidentClassified))
    assert classified.flags == tuple(flag.value for flag in PLANS.natures["KBK-04"].flags)
