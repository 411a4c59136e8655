"""`kentongan trunk test`: tries every trunk, or one, and says what came of it, in words or JSON.

Exit codes: 0 all is well (warnings included), 1 something is wrong, 2 there is no such trunk. A
call is placed only with `--call`.
"""

import asyncio
import socket
import sys
from pathlib import Path
from typing import Any, cast

import msgspec

from kentongan.edge.switch.trial import Finding, Trial
from kentongan.quiet import without_log_lines
from kentongan.serve.run import switch_settings
from kentongan.serve.settings_notes import say_notes
from kentongan.serve.trunk_words import STEPS, VERDICTS, WORDS
from kentongan.settings import Settings

SWITCH_S_MAX = 2.0
"""For the running switch to say how it sees its trunks."""
ANSWER_BYTES_MAX = 1 << 20
"""Of the switch's answer."""


def run_trunk_test(
    settings: Settings, key: str | None, *, call: str = "", as_json: bool, language: str
) -> int:
    """Try the trunks and print; the exit code."""
    told = switch_settings(settings)
    trunks = [trunk for trunk in told.trunks if key in (None, trunk.key)]
    if not trunks:
        known = ", ".join(trunk.key for trunk in told.trunks)
        print(f"there is no trunk {key}; known: {known}", file=sys.stderr)
        return 2
    if call and len(trunks) > 1:
        print("--call needs the key of one trunk", file=sys.stderr)
        return 2
    is_well = not say_notes(settings)
    seen = _as_the_switch_sees(settings.switch_socket)

    async def try_all() -> None:
        nonlocal is_well
        for trunk in trunks:
            if trunk.key in seen:
                show(seen[trunk.key], as_json=as_json, language=language)
            async for finding in Trial(told, trunk).run(call):
                is_well &= finding.verdict != "fault"
                show(finding, as_json=as_json, language=language)
                if finding.key == "answered" and _is_silent(seen.get(trunk.key)):
                    show(_contradiction(trunk.key), as_json=as_json, language=language)

    with without_log_lines():  # the findings say the same
        asyncio.run(try_all())
    return 0 if is_well else 1


def show(finding: Finding, *, as_json: bool, language: str) -> None:
    """One line."""
    line = msgspec.json.encode(finding).decode() if as_json else in_words(finding, language)
    print(line, flush=True)


def in_words(finding: Finding, language: str) -> str:
    """A finding as a person reads it."""
    text = WORDS[language].get(finding.key, finding.key).format_map(finding.facts).strip()
    verdict, step = VERDICTS[language][finding.verdict], STEPS[language][finding.step]
    return f"{verdict:<10} {finding.trunk:<16} {step:<20} {text}"


def _is_silent(seen: Finding | None) -> bool:
    return seen is not None and seen.facts.get("reason") == "no_answer"


def _contradiction(trunk: str) -> Finding:
    """It answers here, and the running switch hears nothing."""
    return Finding(trunk=trunk, step="switch", verdict="warning", key="answers_here_only")


def _as_the_switch_sees(path: Path) -> dict[str, Finding]:
    """The trunks by the running switch's own keep-alive; empty where none runs."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
            sock.settimeout(SWITCH_S_MAX)
            sock.connect(str(path))
            sock.sendall(b'{"n":1,"do":"health"}\n')
            with sock.makefile("rb") as answers:
                said = msgspec.json.decode(answers.readline(ANSWER_BYTES_MAX), type=dict[str, Any])
    except (OSError, msgspec.DecodeError):
        return {}
    trunks = cast("list[dict[str, Any]]", said.get("trunks", []))
    return {str(trunk["key"]): _seen(trunk) for trunk in trunks}


def _seen(trunk: dict[str, Any]) -> Finding:
    state, reason = str(trunk.get("state", "")), str(trunk.get("reason") or "")
    return Finding(
        trunk=str(trunk["key"]),
        step="switch",
        verdict="warning" if state == "down" else "note",
        key="state",
        facts={"state": state, "reason": reason},
    )
