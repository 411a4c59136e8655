"""A spool whose disk takes nothing: it goes on in memory, whole, and returns whole."""

import os
import sqlite3
from pathlib import Path
from types import SimpleNamespace

import pytest
from test_switch_spool import CALL, a_call, change, envelope

from kentongan.core.words import CallId
from kentongan.edge.switch import spool_database
from kentongan.edge.switch.spool import DELIVERED, Change, SavedDialog, Spool, SpoolError

OTHER = CallId("c2")


def _fill(spool: Spool) -> None:
    """No page more, as on a full disk: SQLite's own error."""
    pages = spool._db.execute("pragma page_count").fetchone()[0]
    spool._db.execute(f"pragma max_page_count = {pages}")


def _big(call: CallId, *names: str) -> Change:
    """More than the free room of any page."""
    made = change(*names, call=call)
    dialog = SavedDialog(key=f"big-{call}", call=call, data=b"x" * 100_000)
    return Change(calls=made.calls, dialogs=(*made.dialogs, dialog), posts=made.posts)


def _names(spool: Spool) -> list[str]:
    return [str(post.envelope.id) for post in spool.waiting(100)]


def test_on_a_full_disk_all_goes_on_in_memory_and_comes_back_in_order(tmp_path: Path) -> None:
    """What was before and what came since: delivered once, forgotten once, nothing lost."""
    spool = Spool(tmp_path / "spool")
    spool.commit(change("a", "b"))
    _fill(spool)
    spool.commit(_big(OTHER, "c"))
    assert spool.is_volatile
    assert "full" in spool.trouble
    assert _names(spool) == ["c1/a", "c1/b", "c2/c"]
    spool.acknowledge([(post.seq, DELIVERED) for post in spool.waiting(2)])
    spool.forget([CALL])
    spool.commit(change("d", call=OTHER))
    assert _names(Spool(tmp_path / "spool")) == ["c1/a", "c1/b"]  # what a kill would leave

    spool.return_to_disk()

    assert not spool.is_volatile
    for one in (spool, Spool(tmp_path / "spool")):
        assert _names(one) == ["c2/c", "c2/d"]
        assert one.load_calls() == (a_call(OTHER),)
        assert [dialog.call for dialog in one.load_dialogs()] == [OTHER, OTHER]
    spool.commit(_big(CALL, "e"))
    assert _names(Spool(tmp_path / "spool")) == ["c2/c", "c2/d", "c1/e"]


def test_without_room_it_stays_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The way back needs more than the copy: a disk is not filled again by it."""
    spool = Spool(tmp_path / "spool")
    _fill(spool)
    spool.commit(_big(CALL, "a"))

    def small(_: Path) -> SimpleNamespace:
        return SimpleNamespace(f_bavail=1_000, f_frsize=4_096)

    with monkeypatch.context() as full:
        full.setattr(os, "statvfs", small)
        spool.return_to_disk()
        assert spool.is_volatile
    spool.close()  # there is room: what only memory had is written at the end, too
    assert _names(Spool(tmp_path / "spool")) == ["c1/a"]


def test_a_way_back_that_fails_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file stays as it was, memory has all, and the next try succeeds."""
    spool = Spool(tmp_path / "spool")
    spool.commit(change("a"))
    _fill(spool)
    spool.commit(_big(OTHER, "b"))
    opened = spool_database.opened

    def small(path: Path | str) -> sqlite3.Connection:
        file = opened(path)
        file.execute("pragma max_page_count = 20")
        return file

    monkeypatch.setattr(spool_database, "opened", small)
    with pytest.raises(SpoolError, match="full"):
        spool.return_to_disk()
    monkeypatch.undo()
    assert _names(spool) == ["c1/a", "c2/b"]
    assert _names(Spool(tmp_path / "spool")) == ["c1/a"]
    spool.return_to_disk()
    assert _names(Spool(tmp_path / "spool")) == ["c1/a", "c2/b"]


def test_memory_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond it the change is refused whole, and what was taken is kept."""
    monkeypatch.setattr(spool_database, "MEMORY_BYTES_MAX", 300_000)
    spool = Spool(tmp_path / "spool")
    _fill(spool)
    spool.commit(_big(CALL, "a"))
    for _ in range(2):
        with pytest.raises(SpoolError, match="full"):
            spool.commit(Change(posts=_big(OTHER, "b").posts, dialogs=_wide()))
    assert _names(spool) == ["c1/a"]
    spool.return_to_disk()
    spool.commit(_big(OTHER, "b"))
    assert _names(Spool(tmp_path / "spool")) == ["c1/a", "c2/b"]


def test_a_file_too_large_for_memory_is_not_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stays the spool, is asked again, and is copied into memory for one try only."""
    spool = Spool(tmp_path / "spool")
    spool.commit(Change(dialogs=_wide()))
    monkeypatch.setattr(spool_database, "MEMORY_BYTES_MAX", 200_000)
    _fill(spool)
    with pytest.raises(SpoolError, match="full"):
        spool.commit(_big(CALL, "a"))
    monkeypatch.setattr(spool_database, "_copy_of", pytest.fail)
    with pytest.raises(SpoolError, match="full"):
        spool.commit(_big(CALL, "a"))
    assert not spool.is_volatile
    spool._db.execute("pragma max_page_count = 100000")
    spool.commit(_big(CALL, "a"))
    assert _names(Spool(tmp_path / "spool")) == ["c1/a"]


def test_a_full_disk_at_the_start_hides_no_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that cannot be opened for want of room is read all the same, and written later."""
    first = Spool(tmp_path / "spool")
    first.commit(change("a"))
    first.close()
    opened = spool_database.opened

    def refuses(path: Path | str) -> sqlite3.Connection:
        if path != ":memory:":
            raise SpoolError("database or disk is full")
        return opened(path)

    monkeypatch.setattr(spool_database, "opened", refuses)
    spool = Spool(tmp_path / "spool")
    monkeypatch.undo()
    assert spool.is_volatile
    assert spool.load_calls() == (a_call(),)
    spool.commit(change("b"))
    spool.return_to_disk()
    assert _names(Spool(tmp_path / "spool")) == ["c1/a", "c1/b"]


def test_a_file_that_cannot_be_read_is_never_written_over(tmp_path: Path) -> None:
    """Memory knows nothing of what it holds; that is for the next start."""
    (tmp_path / "spool").mkdir()
    spool = Spool(tmp_path / "spool")
    spool.commit(Change(posts=((a_call().facts[0].meta.at, CALL, envelope("a")),)))
    spool.return_to_disk()
    assert spool.is_volatile
    assert _names(spool) == ["c1/a"]


def _wide() -> tuple[SavedDialog, ...]:
    return (SavedDialog(key="wide", call=CALL, data=b"x" * 400_000),)
