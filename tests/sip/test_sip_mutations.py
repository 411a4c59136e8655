"""Damaged messages by the thousand, and what the fuzzer once found: nobody's call suffers."""

from __future__ import annotations

from pathlib import Path

import pytest
from sip_mutations import LiveCall, mutated
from sip_peer import invite, receive
from sip_targets import TARGETS

from kentongan.sip import events
from kentongan.sip.admission import DIALOGS_MAX, TRANSACTIONS_MAX

CORPUS = Path(__file__).parent / "corpus"
MUTATIONS = 5_000


def test_a_live_call_does_not_notice_damaged_messages() -> None:
    """No crash, bounded tables that are empty again afterwards, the next call still rings."""
    live = LiveCall()
    live.flood(mutated(MUTATIONS, seed=112), senders=7)
    assert live.seen["Malformed"] > MUTATIONS / 10
    assert live.seen["Invite"] > MUTATIONS / 100
    assert live.kept_max <= TRANSACTIONS_MAX
    assert live.dialogs_max <= DIALOGS_MAX
    live.settle()
    assert set(live.stack.dialogs) == {live.dialog}
    assert live.stack.kept == 0
    found = receive(live.stack, invite(branch="z9hG4bKnext", call_id="next"), live.now)
    assert any(isinstance(event, events.Invite) for event in found)
    assert live.is_undisturbed()


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_what_the_fuzzer_kept_still_holds(name: str) -> None:
    """Every kept input of `bench/fuzz_sip.py` once more, and the empty one."""
    inputs = sorted((CORPUS / name).iterdir())
    assert inputs
    for path in inputs:
        TARGETS[name](path.read_bytes())
    TARGETS[name](b"")
