"""Recordings at the end of their time: what goes, in which order, and what never goes."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from kentongan.app.city import plans_of
from kentongan.app.erasing import Expired
from kentongan.app.handle import handle
from kentongan.app.ports import Unavailable
from kentongan.app.recordings import segments_of
from kentongan.app.system import SYSTEM
from kentongan.cities.pack import load, packaged
from kentongan.core.commands import (
    AnswerCall,
    AnyCommand,
    DisposeCall,
    EndCall,
    Envelope,
    EraseRecording,
    HoldRecordings,
    KeepRecording,
    OfferCall,
    ReleaseRecordings,
)
from kentongan.core.events import RecordingErased
from kentongan.core.words import Agent, AgentId, CallId, CommandId, DeskKey, Disposition, Role
from kentongan.media.archive import Archive, Space
from kentongan.recording_settings import RecordingSettings
from kentongan.serve import retention
from kentongan.serve.retention import LOOK_S, Keeper
from kentongan.serve.wiring import utc_now
from kentongan.store.open import open_store
from kentongan.store.tables import KeyLine

PLANS = plans_of(load(packaged()))
NOW = utc_now()
SETTINGS = RecordingSettings(nearly_full_percent=0.001, full_percent=0.001)
RINA = Agent(
    id=AgentId("rina"),
    name="Rina",
    roles=(Role.CALL_TAKER, Role.SUPERVISOR),
    desk=DeskKey("desk_1"),
)


class Tapes:
    """A store and a folder of recordings whose disk is as full as a test wants."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "recordings"
        self.folder.mkdir()
        self.store = open_store(f"sqlite:{folder / 'store.db'}")
        self.archive = Disk(self.folder, folder / "recording.key")
        self.keeper = self.keep(SETTINGS)
        self._count = 0

    def keep(self, settings: RecordingSettings) -> Keeper:
        """The keeper with other settings, as after a restart."""
        self.keeper = Keeper(self.store, PLANS, self.archive, settings)
        return self.keeper

    def do(self, command: AnyCommand, at: datetime = NOW, who: Agent = SYSTEM) -> None:
        """One command through the door."""
        self._count += 1
        envelope = Envelope(id=CommandId(f"test-{self._count}"), agent=who, command=command)
        handle(self.store, PLANS, envelope, at)

    def tape(
        self,
        name: str,
        *,
        days: float,
        disposition: Disposition | None = None,
        training: bool = False,
        ends: bool = True,
        on_record: bool = True,
    ) -> CallId:
        """A call of so many days ago, with one recording."""
        at, call = NOW - timedelta(days=days), CallId(name)
        self.store.recording_keys.keep([KeyLine(f"k-{name}", call, f"{name}.rec", at, b"sealed")])
        (self.folder / f"{name}.rec").write_bytes(b"noise")
        self.do(OfferCall(call=call, line="112", dialled="112", trunk="t", training=training), at)
        self.do(AnswerCall(call=call, desk=DeskKey("desk_1")), at, RINA)
        if ends:
            self.do(EndCall(call=call, by="caller"), at)
        if on_record:
            self.do(
                KeepRecording(
                    call=call, segment=f"{name}.rec", sha256="ab", seconds=1, bytes=32_000,
                    key=f"k-{name}",
                ),
                at,
            )  # fmt: skip
        if disposition is not None:
            self.do(DisposeCall(call=call, disposition=disposition), at, RINA)
        return call

    def left(self) -> list[str]:
        """Whose key and file are both there; they go together."""
        keys = {line.segment for line in self.store.recording_keys.living(NOW, None, 1000)}
        assert keys == self.archive.names()
        return sorted(name.removesuffix(".rec") for name in keys)

    def erased(self, call: CallId) -> bool:
        """Whether the journal says so."""
        return all(one.erased_at for one in segments_of(self.store.load(f"call:{call}")))


class Disk(Archive):
    """A folder whose disk has as much room as a test says."""

    free_percent = 50.0

    def space(self) -> Space | None:
        """The pretended space."""
        return Space(int(self.free_percent * 1e6), 100_000_000)


@pytest.fixture
def tapes(tmp_path: Path) -> Iterator[Tapes]:
    """An empty archive."""
    tapes = Tapes(tmp_path)
    yield tapes
    tapes.store.close()


def test_what_has_expired_goes_and_nothing_else(tapes: Tapes) -> None:
    """By kind of call and disposition; the fact is in the journal, key and file are gone."""
    old = tapes.tape("old", days=181)
    tapes.tape("young", days=179)
    tapes.tape("prank", days=91, disposition=Disposition.PRANK)
    tapes.tape("ghost", days=89, disposition=Disposition.GHOST)
    tapes.tape("incident", days=91, disposition=Disposition.INCIDENT)
    tapes.tape("drill", days=31, training=True)
    tapes.tape("undisposed", days=100)
    tapes.tape("running", days=400, ends=False, on_record=False)
    assert tapes.keeper.step(NOW) == 3
    assert tapes.left() == ["ghost", "incident", "running", "undisposed", "young"]
    assert tapes.erased(old)
    (event,) = [
        one.event
        for one in tapes.store.load(f"call:{old}")
        if isinstance(one.event, RecordingErased)
    ]
    assert (event.segment, event.reason) == ("old.rec", "retention")


def test_a_hold_is_stronger_than_time_and_disk(tapes: Tapes) -> None:
    """Held for years, on a full disk: it stays. Released, it goes with the next look."""
    held = tapes.tape("held", days=2_000)
    tapes.tape("other", days=2_000)
    tapes.do(HoldRecordings(call=held, reason="court_order"), NOW, RINA)
    tapes.archive.free_percent = 0.0
    keeper = tapes.keep(RecordingSettings())
    keeper.step(NOW)
    assert tapes.left() == ["held"]
    assert not tapes.erased(held)
    tapes.do(ReleaseRecordings(call=held), NOW, RINA)
    keeper.step(NOW)
    assert tapes.left() == []


def test_a_full_disk_takes_nothing_whose_time_has_not_come(tapes: Tapes) -> None:
    """It is looked at each time, not only at night; what must be kept is kept, and calls go on."""
    tapes.tape("young", days=179)
    keeper = tapes.keep(RecordingSettings())
    assert keeper.step(NOW) == 0
    tapes.tape("old", days=200)
    assert keeper.step(NOW) == 0  # this night's work is done
    tapes.archive.free_percent = 14.0
    assert keeper.step(NOW) == 1
    assert tapes.left() == ["young"]


def test_once_a_night_at_its_hour(tapes: Tapes) -> None:
    """At 02:00 in Semarang (UTC+7), not at midnight and not twice."""
    evening = datetime.fromisoformat("2026-11-25T12:00:00+00:00")
    tapes.keeper.step(evening)
    tapes.tape("old", days=1_000)
    before = datetime.fromisoformat("2026-11-25T18:59:00+00:00")
    assert tapes.keeper.step(before) == 0
    assert tapes.keeper.step(before + timedelta(minutes=2)) == 1
    tapes.tape("older", days=1_001)
    assert tapes.keeper.step(before + timedelta(hours=20)) == 0


def test_an_admins_order_is_carried_out_at_the_next_look(tapes: Tapes) -> None:
    """Decided through the door, whatever the age; key and file follow within a minute."""
    call = tapes.tape("ordered", days=1)
    tapes.keeper.step(NOW)
    assert tapes.left() == ["ordered"]
    admin = Agent(id=AgentId("adi"), name="Adi", roles=(Role.ADMIN,))
    order = EraseRecording(call=call, segment="ordered.rec", reason="court_order")
    tapes.do(order, NOW, admin)
    assert tapes.keeper.step(NOW) == 1
    assert tapes.left() == []
    assert LOOK_S <= 60


def test_a_crash_between_fact_and_key_is_made_good(tapes: Tapes) -> None:
    """The fact stands, the process dies; the next one takes key and file, without a second fact."""
    call = tapes.tape("half", days=200)
    tapes.do(EraseRecording(call=call, segment="half.rec", reason="retention"))
    facts = len(tapes.store.load(f"call:{call}"))
    assert tapes.keep(SETTINGS).step(NOW) == 1
    assert tapes.left() == []
    assert len(tapes.store.load(f"call:{call}")) == facts


def test_a_file_that_cannot_be_removed_is_noise_all_the_same(
    tapes: Tapes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A read-only disk: the key is gone, and the others are erased too."""

    def refuse(segment: str) -> bool:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(tapes.archive, "remove", refuse)
    tapes.tape("a", days=200)
    tapes.tape("b", days=201)
    assert tapes.keeper.step(NOW) == 2
    assert tapes.store.recording_keys.living(NOW, None, 9) == []


def test_a_key_without_a_recording_goes_at_last(tapes: Tapes) -> None:
    """A digest that never came: its end is a fact like any other's, and once.

    Where the call itself never came on record there is none to write it upon.
    """
    tapes.tape("bare", days=181, on_record=False)
    tapes.store.recording_keys.keep(
        [KeyLine("k-x", "nobody", "x.rec", NOW - timedelta(days=181), b"sealed")]
    )
    tapes.keeper.step(NOW)
    tapes.keeper.step(NOW + timedelta(days=1))
    assert tapes.left() == []
    facts = [one.event for one in tapes.store.load("call:bare")]
    erased = [one for one in facts if isinstance(one, RecordingErased)]
    assert [(one.segment, one.reason) for one in erased] == [("bare.rec", "retention")]


def test_a_hold_that_comes_meanwhile_keeps_a_key_without_a_recording(
    tapes: Tapes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found to have expired, then held: the door says no, and the key stays."""
    held = tapes.tape("held", days=181, on_record=False)
    found = retention.expired

    def slow(*asked: Any) -> tuple[Expired, ...]:
        due = tuple(found(*asked))
        tapes.do(HoldRecordings(call=held, reason="court_order"), NOW, RINA)
        return due

    monkeypatch.setattr(retention, "expired", slow)
    tapes.keeper.step(NOW)
    assert tapes.left() == ["held"]


def test_the_oldest_goes_first(tapes: Tapes) -> None:
    """Whatever its name: a disk that is full is relieved of what is least needed."""
    order: list[str] = []
    remove = tapes.archive.remove

    def noted(segment: str) -> bool:
        order.append(segment)
        return remove(segment)

    tapes.archive.remove = noted  # type: ignore[method-assign]
    for name, days in (("a", 190), ("b", 300), ("c", 250)):
        tapes.tape(name, days=days)
    tapes.keeper.step(NOW)
    assert order == ["b.rec", "c.rec", "a.rec"]


def test_it_waits_for_a_store_that_is_away(tapes: Tapes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is forgotten: the night's work is done when the store is back."""
    tapes.tape("old", days=200)
    answers = iter([Unavailable("store"), ZeroDivisionError()])
    cursor = tapes.store.cursor
    stop = threading.Event()

    def failing(name: str) -> int:
        error = next(answers, None)
        if error is not None:
            raise error
        stop.set()
        return cursor(name)

    monkeypatch.setattr(tapes.store, "cursor", failing)
    monkeypatch.setattr("kentongan.serve.retention.LOOK_S", 0.001)
    tapes.keeper.run(lambda: NOW, stop)
    assert tapes.left() == []


def test_the_work_process_keeps_recordings(tapes: Tapes, tmp_path: Path) -> None:
    """Started for real with these settings it erases what has expired, and ends when told to."""
    tapes.tape("old", days=200)
    tapes.tape("young", days=20)
    environment = {
        **os.environ,
        "KENTONGAN_STATE_DIR": str(tmp_path),
        "KENTONGAN_STORE": f"sqlite:{tmp_path / 'store.db'}",
        "KENTONGAN_RECORDINGS__NEARLY_FULL_PERCENT": "0.001",
        "KENTONGAN_RECORDINGS__FULL_PERCENT": "0.001",
    }
    with (tmp_path / "work.log").open("wb") as log:
        command = [sys.executable, "-m", "kentongan.main", "work"]
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 120
        while (tapes.folder / "old.rec").exists():
            assert time.monotonic() < deadline, (tmp_path / "work.log").read_text()
            time.sleep(0.02)
        process.terminate()
        assert process.wait(20) == 0
    finally:
        process.kill()
    assert tapes.left() == ["young"]
    assert tapes.erased(CallId("old"))


def test_settings_that_cannot_be() -> None:
    """Each impossible value is named."""
    from kentongan.recording_settings import problems_of

    assert list(problems_of(RecordingSettings())) == []
    for name, value in (
        ("keep_days", 0), ("keep_days_short", -1), ("keep_days_training", 10**6),
        ("erase_hour", 24), ("full_percent", 99.0), ("nearly_full_percent", 101.0),
        ("full_percent", 0.0), ("nearly_full_percent", 0.0), ("full_percent", -1.0),
    ):  # fmt: skip
        changed = replace(RecordingSettings(), **{name: value})
        assert any("recordings" in problem for problem in problems_of(changed)), name
