"""Walks triage protocols, which are data: which question is next, and what the answers mean.

Not a diagnosis and no medical rule: every branch comes from the city's pack, where the named
authority signs it. Answers may come in any order and be changed. What they mean (`findings`) is
always worked out anew from all of them, so an answer that is taken back takes back what it led to.
Doubt ("unknown") counts as no exactly where the data say so.

A protocol may lead to another one; the walk then goes on there, and what was already answered
under the same key and kind of question is not asked twice. Within a protocol the instructions of
the last question that has any win: "a child" after "no breathing" replaces the adult's. Among
natures the more urgent one wins, so that no later answer can hide a graver one.
"""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Final

from msgspec import Struct

from kentongan.cities.taxonomy import AnswerKind, Protocol, Question, Rule
from kentongan.core.plans import Plans
from kentongan.core.rows import TriageAnswer
from kentongan.core.words import TEXT_CHARACTERS_MAX, Priority, Refused

UNKNOWN: Final = "unknown"
YES_NO: Final = frozenset({"yes", "no", UNKNOWN})

_URGENCY: Final = (Priority.P1, Priority.P2, Priority.P3, Priority.P4, Priority.P5)
"""From most to least urgent; P0, no incident, is never reached or left by a rule's step."""


class Findings(Struct, frozen=True, kw_only=True):
    """What the answers of one protocol mean, all of them together."""

    priority: Priority | None = None
    step_up: int = 0
    add: tuple[str, ...] = ()
    protocol: str | None = None
    nature: str | None = None
    flags: tuple[str, ...] = ()
    instructions: str | None = None
    script: str | None = None
    supervisor: bool = False
    shield_desk: bool = False
    leave: bool = False


class Asked(Struct, frozen=True, kw_only=True):
    """A question found in the plans; `protocol` is None for an entry question."""

    question: Question
    protocol: Protocol | None = None


def more_urgent(one: Priority | None, other: Priority | None) -> Priority | None:
    """The more urgent of two priorities; None and P0 are the least."""
    ranked = [priority for priority in (one, other) if priority in _URGENCY]
    return min(ranked, key=_URGENCY.index) if ranked else one or other


def stepped_up(priority: Priority, steps: int) -> Priority:
    """So many steps more urgent, P1 at most; P0 stays."""
    if priority not in _URGENCY:
        return priority
    return _URGENCY[max(0, _URGENCY.index(priority) - steps)]


def read_answer(question: Question, answer: str) -> str:
    """The answer in the form the rules compare, or `Refused("answer_unreadable")`."""
    words = answer.strip()
    match question.answer:
        case AnswerKind.YES_NO:
            is_good = words in YES_NO
        case AnswerKind.CHOICE:
            is_good = words == UNKNOWN or any(words == option.key for option in question.options)
        case AnswerKind.NUMBER:
            is_good = words == UNKNOWN or _number(words) is not None
        case AnswerKind.TEXT:
            is_good = bool(words)
    if not is_good:
        raise Refused("answer_unreadable", question=question.key)
    return words[:TEXT_CHARACTERS_MAX]


def find_question(
    key: str,
    protocol: str | None,
    answers: Sequence[TriageAnswer],
    nature: str | None,
    plans: Plans,
) -> Asked:
    """The question with that key: in `protocol`, or in the current one, or at the entry.

    Raises `Refused` with `unknown_protocol` or `unknown_question`.
    """
    if protocol is not None and protocol not in plans.protocols:
        raise Refused("unknown_protocol", protocol=protocol[:100])
    current = protocol or current_protocol(nature, answers, plans)
    if current is not None:
        found = _question(plans.protocols[current].questions, key)
        if found is not None:
            return Asked(question=found, protocol=plans.protocols[current])
    entry = None if protocol else _question(plans.entry_questions, key)
    if entry is None:
        raise Refused("unknown_question", question=key[:100])
    return Asked(question=entry)


def current_protocol(
    nature: str | None, answers: Sequence[TriageAnswer], plans: Plans
) -> str | None:
    """The protocol being walked now, or None: the nature's own, unless answers led elsewhere."""
    known = plans.natures.get(nature) if nature is not None else None
    code = known.protocol if known is not None else None
    code = code or findings(None, answers, plans).protocol
    seen: set[str] = set()
    while code is not None and code in plans.protocols and code not in seen:
        seen.add(code)
        found = findings(code, answers, plans)
        if found.leave:
            return None
        if found.protocol is None or found.protocol in seen:
            return code
        code = found.protocol
    return code if code in plans.protocols else None


def next_question(
    nature: str | None, answers: Sequence[TriageAnswer], plans: Plans
) -> Asked | None:
    """The first question of the current protocol that is still to be asked, or None."""
    code = current_protocol(nature, answers, plans)
    if code is None:
        return None
    given = _given(code, answers, plans)
    protocol = plans.protocols[code]
    open_ = next((one for one in protocol.questions if _is_open(one, given)), None)
    return None if open_ is None else Asked(question=open_, protocol=protocol)


def _is_open(question: Question, given: Mapping[str, str]) -> bool:
    is_idle = any(given.get(key) in answers for key, answers in question.unless.items())
    return question.key not in given and not is_idle


def findings(protocol: str | None, answers: Sequence[TriageAnswer], plans: Plans) -> Findings:
    """What the answers mean in that protocol; with None, what the entry questions mean."""
    questions = plans.entry_questions if protocol is None else plans.protocols[protocol].questions
    given = _given(protocol, answers, plans)
    found = Findings()
    for question in questions:
        answer = given.get(question.key)
        for rule in question.rules:
            if answer is not None and _holds(rule, answer, given):
                found = _with(found, _of_rule(rule), plans)
    return found


def overall(nature: str | None, answers: Sequence[TriageAnswer], plans: Plans) -> Findings:
    """What all answers mean together; the instructions of the protocol walked now come first."""
    answered = [one.protocol for one in answers if one.protocol in plans.protocols]
    current = current_protocol(nature, answers, plans)
    found = findings(None, answers, plans)
    for code in dict.fromkeys(code for code in answered if code != current):
        found = _with(found, findings(code, answers, plans), plans)
    return found if current is None else _with(found, findings(current, answers, plans), plans)


def instructing(
    nature: str | None, answers: Sequence[TriageAnswer], plans: Plans
) -> Protocol | None:
    """The protocol whose instructions `overall` gives, or None."""
    current = current_protocol(nature, answers, plans)
    answered = [one.protocol for one in answers if one.protocol in plans.protocols]
    for code in (current, *reversed([one for one in dict.fromkeys(answered) if one != current])):
        if code is not None and findings(code, answers, plans).instructions is not None:
            return plans.protocols[code]
    return None


def _question(questions: Sequence[Question], key: str) -> Question | None:
    return next((question for question in questions if question.key == key), None)


def _given(
    protocol: str | None, answers: Sequence[TriageAnswer], plans: Plans
) -> Mapping[str, str]:
    """Answers by question for one protocol, its own first, then those carried over."""
    if protocol is None:
        return {one.question: one.answer for one in answers if one.protocol is None}
    kinds = {question.key: question.answer for question in plans.protocols[protocol].questions}
    carried = {
        one.question: one.answer
        for one in answers
        if one.protocol != protocol and _kind(one, plans) == kinds.get(one.question, "")
    }
    own = {one.question: one.answer for one in answers if one.protocol == protocol}
    return {**carried, **own}


def _kind(answer: TriageAnswer, plans: Plans) -> AnswerKind | None:
    """The kind of question it answers, or None where answers must not be carried over."""
    known = plans.protocols.get(answer.protocol) if answer.protocol is not None else None
    question = _question(known.questions, answer.question) if known is not None else None
    is_plain = question is not None and question.answer in (AnswerKind.YES_NO, AnswerKind.NUMBER)
    return question.answer if question is not None and is_plain else None


def _number(words: str) -> float | None:
    try:
        number = float(words.replace(",", "."))
    except ValueError:
        return None
    return number if isfinite(number) else None


def _holds(rule: Rule, answer: str, given: Mapping[str, str]) -> bool:
    if rule.at_least is not None or rule.at_most is not None:
        number = _number(answer)
        if number is None:
            return False
        is_low = rule.at_least is not None and number < rule.at_least
        is_high = rule.at_most is not None and number > rule.at_most
        if is_low or is_high:
            return False
    elif answer not in rule.answer:
        return False
    return all(given.get(key) in allowed for key, allowed in rule.also.items())


def _of_rule(rule: Rule) -> Findings:
    return Findings(
        priority=None if rule.priority is None else Priority(rule.priority.value),
        step_up=rule.step_up,
        add=rule.add,
        protocol=rule.protocol,
        nature=rule.nature,
        flags=tuple(flag.value for flag in rule.flags),
        instructions=rule.instructions,
        script=rule.script,
        supervisor=rule.supervisor,
        shield_desk=rule.shield_desk,
        leave=rule.leave,
    )


def _with(found: Findings, more: Findings, plans: Plans) -> Findings:
    return Findings(
        priority=more_urgent(found.priority, more.priority),
        step_up=found.step_up + more.step_up,
        add=tuple(dict.fromkeys((*found.add, *more.add))),
        protocol=more.protocol or found.protocol,
        nature=_graver(found.nature, more.nature, plans),
        flags=tuple(dict.fromkeys((*found.flags, *more.flags))),
        instructions=more.instructions or found.instructions,
        script=more.script or found.script,
        supervisor=found.supervisor or more.supervisor,
        shield_desk=found.shield_desk or more.shield_desk,
        leave=found.leave or more.leave,
    )


def _graver(one: str | None, other: str | None, plans: Plans) -> str | None:
    """The more urgent of two natures, the later one among equals: never hide a bite in a nest."""
    first = plans.natures.get(one) if one is not None else None
    second = plans.natures.get(other) if other is not None else None
    if first is None or second is None:
        return other or one
    urgent = more_urgent(Priority(first.priority.value), Priority(second.priority.value))
    return other if urgent == second.priority.value else one
