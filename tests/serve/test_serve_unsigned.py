"""What the log says at the start about protocols that nobody signed."""

import logging
from pathlib import Path

import pytest
from msgspec import structs

from kentongan.app.pack_in_use import PackInUse
from kentongan.serve import wiring
from kentongan.settings import Settings


def told(folder: Path, caplog: pytest.LogCaptureFixture) -> str:
    with caplog.at_level(logging.WARNING):
        wiring.told_pack(Settings(state_dir=str(folder)))
    return caplog.text


def test_the_log_counts_them_and_says_what_becomes_of_them(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pack that ships has ten drafts."""
    assert "10 protocols are not signed (used on duty all the same): T01 v1," in told(
        tmp_path, caplog
    )
    found = wiring.pack_in_use(Settings(state_dir=str(tmp_path)))

    def strict(_settings: Settings) -> PackInUse:
        plans = structs.replace(found.plans, withholds_unsigned=True)
        return structs.replace(found, plans=plans)

    monkeypatch.setattr(wiring, "pack_in_use", strict)
    assert "(withheld on duty)" in told(tmp_path, caplog)
