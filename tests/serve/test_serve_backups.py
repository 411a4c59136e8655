"""The folder of backups: made and proved by real children, kept to a number, nothing half-made."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kentongan.core.words import AgentId
from kentongan.edge.web.backups import BackupsShown
from kentongan.edge.web.problems import Problem
from kentongan.serve import backups
from kentongan.serve.backups import KEPT_MAX, BackupFolder, backup_folder
from kentongan.store.accounts import Account
from kentongan.store.open import open_store

WAIT_S = 240


class Clock:
    """One minute later each time it is asked, so that names differ."""

    def __init__(self) -> None:
        self.minutes = 0

    def __call__(self) -> datetime:
        self.minutes += 1
        return datetime(2026, 11, 26, self.minutes // 60, self.minutes % 60, tzinfo=UTC)


def settled(folder: BackupFolder, ask: Callable[[], Awaitable[None]]) -> BackupsShown:
    """What is there when the work that was asked for is over."""

    async def run() -> BackupsShown:
        await ask()
        async with asyncio.timeout(WAIT_S):
            while folder.shown().running is not None or not folder.is_idle:
                await asyncio.sleep(0.05)
        return folder.shown()

    return asyncio.run(run())


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A centre's folder with a store, which children find by their environment."""
    monkeypatch.setenv("KENTONGAN_STATE_DIR", str(tmp_path))
    store = open_store(f"sqlite:{tmp_path / 'kentongan.db'}")
    store.accounts.put(Account(id=AgentId("a"), name="adi", password_hash="!" * 500, roles=()))
    store.close()
    monkeypatch.setenv("KENTONGAN_STORE", f"sqlite:{tmp_path / 'kentongan.db'}")
    return tmp_path


def test_a_backup_is_made_proved_and_found_damaged(state: Path) -> None:
    """One story, because each child costs a second."""
    folder = backup_folder(state, None, Clock())
    assert folder.shown().files == ()
    (made,) = settled(folder, folder.start).files
    assert made.made_at is not None
    assert (made.events, made.is_whole, made.checked_at) == (0, None, None)
    (proved,) = settled(folder, lambda: folder.check(made.name)).files
    assert proved.is_whole
    assert proved.checked_at is not None
    file = state / "backups" / made.name
    octets = bytearray(file.read_bytes())
    octets[octets.find(b"accounts.jsonl") + 40] ^= 0xFF
    file.write_bytes(octets)
    (damaged,) = settled(folder, lambda: folder.check(made.name)).files
    assert damaged.is_whole is False
    assert damaged.problem
    assert file.stat().st_mode & 0o077 == 0


def _child(tmp_path: Path, body: str) -> tuple[str, ...]:
    """A command in place of `kentongan`: gets the verb and what follows."""
    script = tmp_path / "child.py"
    script.write_text(f"import sys\nfrom pathlib import Path\n{body}\n")
    return (sys.executable, str(script))


def test_a_failure_is_told_in_the_childs_own_words(tmp_path: Path) -> None:
    """Nothing half-made stays, and somebody reads why."""
    kentongan = _child(tmp_path, "print('no room for it', file=sys.stderr); sys.exit(1)")
    folder = BackupFolder(tmp_path / "backups", kentongan, Clock())
    shown = settled(folder, folder.start)
    assert shown.files == ()
    assert shown.failed is not None
    assert shown.failed.problem == "no room for it"


def test_one_at_a_time_and_the_oldest_made_here_go(tmp_path: Path) -> None:
    """What somebody else put into the folder is never removed."""
    kentongan = _child(tmp_path, "Path(sys.argv[-1]).write_bytes(b'x')")
    folder = BackupFolder(tmp_path / "backups", kentongan, Clock())
    (tmp_path / "backups").mkdir()
    by_night = tmp_path / "backups" / "malam.zip"
    by_night.write_bytes(b"y")
    for number in range(KEPT_MAX + 2):
        (tmp_path / "backups" / f"kentongan-20250101-0000{number:02}.zip").write_bytes(b"z")

    async def twice() -> None:
        await folder.start()
        with pytest.raises(Problem) as no:
            await folder.start()
        assert no.value.reason == "backup_running"

    names = [one.name for one in settled(folder, twice).files]
    assert "malam.zip" in names
    assert len([one for one in names if one.startswith("kentongan-")]) == KEPT_MAX


def test_many_in_one_afternoon_push_out_neither_days_nor_the_last_proved(tmp_path: Path) -> None:
    """What a disk fault of yesterday needs is still there, and so is the one known to be whole."""
    kentongan = _child(
        tmp_path,
        "Path(sys.argv[-1]).write_bytes(b'x') if sys.argv[-2] != '--check' else sys.exit(0)",
    )
    here = tmp_path / "backups"
    folder = BackupFolder(here, kentongan, Clock())
    here.mkdir()
    proved = "kentongan-20251001-020000.zip"
    days = [f"kentongan-202611{day:02}-020000.zip" for day in range(13, 26)]
    hourly = [f"kentongan-20261125-{hour:02}0000.zip" for hour in range(3, 24)]
    for name in (proved, "kentongan-20251101-020000.zip", *days, *hourly):
        (here / name).write_bytes(b"z")
    settled(folder, lambda: folder.check(proved))
    settled(folder, folder.start)
    left = sorted(one.name for one in here.iterdir() if one.suffix == ".zip")
    today = [one for one in left if one.startswith("kentongan-20261126")]
    assert len(today) == 1
    assert left == sorted([proved, *days[:-1], hourly[-1], *today])


@pytest.mark.parametrize("name", ["../kentongan.db", "nothing.zip", "a.txt", "", ".zip", "a/b.zip"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    """Nor is a file that is no backup of ours read."""
    (tmp_path / "kentongan.db").write_bytes(b"x")
    folder = BackupFolder(tmp_path / "backups", ("/bin/false",), Clock())
    with pytest.raises(Problem) as no:
        asyncio.run(folder.check(name))
    assert no.value.status == 404


def test_nothing_begins_without_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk would stop the record itself."""
    monkeypatch.setattr(backups, "ROOM_MIN_OCTETS", 10**18)
    folder = BackupFolder(tmp_path / "backups", ("/bin/false",), Clock())
    with pytest.raises(Problem) as no:
        asyncio.run(folder.start())
    assert no.value.reason == "backup_no_room"
