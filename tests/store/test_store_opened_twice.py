"""A record that one process has open twice, and others open and leave meanwhile."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from kentongan.core.words import AgentId
from kentongan.store.accounts import Access
from kentongan.store.open import open_store

COME_AND_GO = """
import sys
from kentongan.store.open import open_store
open_store(sys.argv[1]).close()
"""
NOW = datetime(2026, 11, 26, tzinfo=UTC)


def test_who_leaves_takes_nothing_from_those_who_stay(tmp_path: Path) -> None:
    """A second opening in one process gives no lock of the first away: another process that comes
    and goes is not the last one, and the log that is written to stays."""
    address = f"sqlite:{tmp_path / 'record.db'}"
    staying = open_store(address)
    open_store(address).close()
    for number in range(3):
        access = Access(viewer=AgentId(f"a{number}"), what="w", reason="r", at=NOW)
        staying.accounts.log_access([access])
        subprocess.run([sys.executable, "-c", COME_AND_GO, address], check=True)
    assert (tmp_path / "record.db-wal").exists(), "removed under the one who writes to it"
    later = open_store(address)
    assert len(later.accounts.accesses()) == 3
    later.close()
    staying.close()
