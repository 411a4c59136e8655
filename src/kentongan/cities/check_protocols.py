"""What must hold in protocols and scripts: rules that lead somewhere, questions that are short.

A rule that names an answer nobody can give, or an instruction that is not there, would fail in
the worst minute of somebody's life; it has to fail here instead.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from kentongan.cities.findings import Findings, listed
from kentongan.cities.read import Steps
from kentongan.cities.taxonomy import AnswerKind, Approval, Protocol, Question, Rule

QUESTION_WORDS_MAX: Final = 8  # a frightened caller follows no more
YES_NO: Final = {"yes", "no", "unknown"}
FILLED_IN: Final = {
    "name",
    "number",
    "unit",
    "departs_min",
    "arrives_min",
    "minutes",
    "code",
    "agency",
    "provider",
}
_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")


def check_protocols(findings: Findings) -> None:
    """Note everything in protocols, scripts and phrasebook that does not fit together."""
    read = findings.read.protocols
    findings.unique("protocols", listed("protocols", (p.code for p in read.protocols), "code"))
    _check_questions(findings, ("entry_questions",), read.entry_questions, set())
    for n, protocol in enumerate(read.protocols):
        _check_protocol(findings, ("protocols", n), protocol)
    _check_scripts(findings)
    codes = _codes(findings)
    for n, phrase in enumerate(findings.read.scripts.phrasebook.caller_says):
        where = ("phrasebook", "caller_says", n, "nature")
        findings.known("scripts", where, phrase.nature, codes, what="sub-category")


def _codes(findings: Findings) -> set[str]:
    categories = findings.read.taxonomy.categories
    return {nature.code for category in categories for nature in category.natures}


def _check_protocol(findings: Findings, where: Steps, protocol: Protocol) -> None:
    _check_approval(findings, (*where, "approval"), protocol.approval, protocol.version)
    keys: set[str] = set()
    for n, instructions in enumerate(protocol.instructions):
        here = (*where, "instructions", n)
        if instructions.key in keys:
            findings.miss("protocols", (*here, "key"), f"{instructions.key!r} is given twice")
        keys.add(instructions.key)
        if not instructions.lines and not instructions.note:
            findings.miss("protocols", here, "has no lines and no note that says why")
    with_words = {one.key for one in protocol.instructions if one.lines}
    for n, instructions in enumerate(protocol.instructions):
        step, instead = (*where, "instructions", n, "meanwhile"), instructions.meanwhile
        findings.known("protocols", step, instead, with_words, what="instruction with lines")
    _check_questions(findings, (*where, "questions"), protocol.questions, keys)
    if protocol.natures:
        findings.miss("protocols", (*where, "natures"), "is filled in by the taxonomy")


def _check_approval(findings: Findings, where: Steps, approval: Approval, version: int) -> None:
    given = (approval.signed_by, approval.signed_at, approval.signed_version)
    if not approval.authority:
        findings.miss("protocols", (*where, "authority"), "is empty")
    if any(part is None for part in given) and any(part is not None for part in given):
        findings.miss("protocols", where, "signed_by, signed_at and signed_version go together")
    if approval.signed_version is not None and approval.signed_version > version:
        findings.miss("protocols", (*where, "signed_version"), f"there is only version {version}")


def _check_questions(
    findings: Findings, where: Steps, questions: Sequence[Question], instructions: set[str]
) -> None:
    earlier: dict[str, Question] = {}
    for n, question in enumerate(questions):
        here = (*where, n)
        if question.key in earlier:
            findings.miss("protocols", (*here, "key"), f"{question.key!r} is given twice")
        if len(question.text.id.split()) > QUESTION_WORDS_MAX:
            words = f"has more than {QUESTION_WORDS_MAX} words"
            findings.miss("protocols", (*here, "text", "id"), words)
        if (question.answer is AnswerKind.CHOICE) != bool(question.options):
            words = "a choice has options, another question has none"
            findings.miss("protocols", (*here, "options"), words)
        for m, rule in enumerate(question.rules):
            step = (*here, "rules", m)
            _check_condition(findings, step, rule, question, earlier)
            _check_consequence(findings, step, rule, instructions)
        _check_earlier(findings, (*here, "unless"), question.unless, earlier)
        earlier[question.key] = question


def _check_condition(
    findings: Findings, where: Steps, rule: Rule, question: Question, earlier: dict[str, Question]
) -> None:
    is_number = question.answer is AnswerKind.NUMBER
    has_limit = rule.at_least is not None or rule.at_most is not None
    if has_limit != is_number or bool(rule.answer) == is_number:
        words = "a number needs at_least or at_most, another answer needs answer"
        findings.miss("protocols", where, words)
    for n, answer in enumerate(rule.answer):
        if answer not in _answers(question):
            findings.miss("protocols", (*where, "answer", n), f"nobody can answer {answer[:40]!r}")
    _check_earlier(findings, (*where, "also"), rule.also, earlier)


def _check_earlier(
    findings: Findings,
    where: Steps,
    named: Mapping[str, Sequence[str]],
    earlier: Mapping[str, Question],
) -> None:
    for key, answers in named.items():
        step = (*where, key)
        if key not in earlier:
            findings.miss("protocols", step, f"there is no earlier question {key[:40]!r}")
        elif not set(answers) <= _answers(earlier[key]):
            findings.miss("protocols", step, "names an answer nobody can give")


def _check_consequence(findings: Findings, where: Steps, rule: Rule, keys: set[str]) -> None:
    read = findings.read
    agencies = {agency.key for agency in read.agencies.agencies}
    protocols = {protocol.code for protocol in read.protocols.protocols}
    scripts = {script.key for script in read.scripts.scripts}
    findings.all_known("protocols", (*where, "add"), rule.add, agencies, what="agency")
    findings.known("protocols", (*where, "protocol"), rule.protocol, protocols, what="protocol")
    findings.known("protocols", (*where, "nature"), rule.nature, _codes(findings), what="code")
    findings.known("protocols", (*where, "script"), rule.script, scripts, what="script")
    group = rule.instructions
    findings.known("protocols", (*where, "instructions"), group, keys, what="instruction")
    effects = (
        rule.priority,
        rule.step_up,
        rule.add,
        rule.protocol,
        rule.nature,
        rule.flags,
        rule.instructions,
        rule.script,
        rule.supervisor,
        rule.shield_desk,
        rule.leave,
        rule.note,
    )
    if not any(effects):
        findings.miss("protocols", where, "leads to nothing")


def _answers(question: Question) -> set[str]:
    if question.answer is AnswerKind.YES_NO:
        return YES_NO
    return {option.key for option in question.options} | {"unknown"}


def _check_scripts(findings: Findings) -> None:
    scripts = findings.read.scripts.scripts
    findings.unique("scripts", listed("scripts", (script.key for script in scripts)))
    for n, script in enumerate(scripts):
        if not script.lines:
            findings.miss("scripts", ("scripts", n, "lines"), "is empty")
        for m, line in enumerate(script.lines):
            where = ("scripts", n, "lines", m, "text")
            wanted = set(_PLACEHOLDER.findall(line.text.id))
            if wanted != set(_PLACEHOLDER.findall(line.text.en)):
                findings.miss("scripts", where, "id and en do not have the same {words}")
            if not wanted <= FILLED_IN:
                findings.miss("scripts", (*where, "id"), "has {words} nobody fills in")
