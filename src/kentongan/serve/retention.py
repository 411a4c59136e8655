"""The keeper of recordings: erases what has expired, at night and when the disk runs full.

A thread of the `work` process with a store of its own, so that a slow disk never holds up an alert.
Whatever is erased, also by an admin's command, goes the same way: the fact through the door, then
the key, then the file. A recording on legal hold, or whose time has not come, is never touched,
whatever the disk says: then there is an alarm, and calls go on.
"""

import logging
import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Final

from kentongan.app.erasing import CURSOR, Expired, erased_since, expired
from kentongan.app.handle import Busy, handle
from kentongan.app.ports import Unavailable
from kentongan.app.recordings import KeptSegment
from kentongan.app.system import SYSTEM
from kentongan.core.commands import Envelope, EraseRecording
from kentongan.core.plans import Plans
from kentongan.core.rows import CallRow
from kentongan.core.words import CallId, CommandId, Refused
from kentongan.media.archive import Archive
from kentongan.recording_settings import RecordingSettings
from kentongan.store.whole import WholeStore

LOOK_S: Final = 60.0
"""Between two looks at the disk and at what was erased by command, seconds."""

PAGE_KEYS: Final = 500
"""Keys looked at in one go."""

UNKNOWN_CALL: Final = "unknown_call"
"""What the door says of a call that is not on record."""

_log = logging.getLogger(__name__)


class Keeper:
    """One centre's recordings, over their whole life."""

    def __init__(
        self, store: WholeStore, plans: Plans, archive: Archive, settings: RecordingSettings
    ) -> None:
        self._store = store
        self._plans = plans
        self._archive = archive
        self._settings = settings
        self._night_done: date | None = None
        self._disk = "well"

    def run(self, clock: Callable[[], datetime], stop: threading.Event) -> None:
        """Look again and again until told to stop; a store that is away is waited for."""
        while not stop.is_set():
            try:
                self.step(clock())
            except Unavailable as away:
                _log.info("recordings are not looked after now: %s", away)
            except Exception:  # noqa: BLE001 - outermost loop: told, then on
                _log.exception("looking after the recordings failed")
            stop.wait(LOOK_S)

    def step(self, now: datetime) -> int:
        """Do what is due; how many segments were erased."""
        erased, night = self.finish_erasing(), self._night_of(now)
        if self._is_short_of_space() or night != self._night_done:
            erased += self.erase_expired(now)
            self._night_done = night
        return erased

    def finish_erasing(self) -> int:
        """Take key and file of what is erased by the journal; how many there were."""
        erased, after = 0, self._store.cursor(CURSOR)
        while True:
            segments, position = erased_since(self._store, after)
            if position == after:
                return erased
            self._erase(segments)
            erased += len(segments)
            with self._store.transaction() as transaction:
                transaction.set_cursor(CURSOR, position)
            after = position

    def erase_expired(self, now: datetime) -> int:
        """Erase everything whose time has come, oldest first; how many segments there were."""
        decided, last = 0, None
        before = now - self._settings.kept_at_least
        while page := self._store.recording_keys.living(before, last, PAGE_KEYS):
            last = page[-1]
            due = tuple(expired(self._store, page, self._kept_for, now))
            decided += sum(self._let_go(one, now) for one in due)
        return self.finish_erasing() if decided else 0

    def _let_go(self, one: Expired, now: datetime) -> bool:
        """Decide through the door, where a hold that came meanwhile speaks; whether it did go.

        Sound that is not on record goes the same way. Only where the call itself is not on record
        is there nothing to write a fact upon, and nobody who could hold it: the log tells of it.
        """
        command = EraseRecording(call=CallId(one.call), segment=one.segment, reason="retention")
        envelope = Envelope(
            id=CommandId(f"recording/{one.key}/expired#retention"), agent=SYSTEM, command=command
        )
        try:
            handle(self._store, self._plans, envelope, now)
        except (Refused, Busy) as answer:
            if not (isinstance(answer, Refused) and answer.reason == UNKNOWN_CALL):
                _log.info("%s is kept: %s", one.segment, answer)
                return False
            _log.warning("%s belongs to no call on record", one.segment)
        if one.kept is None:
            self._erase_unkept(one)
        return one.kept is not None

    def _erase_unkept(self, one: Expired) -> None:
        """`finish_erasing` knows what was kept; of this there is the key and perhaps a file."""
        self._store.recording_keys.erase([one.key])
        self._remove(one.segment)
        _log.info("the key of %s went; its sound was never on record", one.segment)

    def _erase(self, segments: tuple[KeptSegment, ...]) -> None:
        """Keys first: from then on nobody reads the files, wherever copies of them are."""
        if not segments:
            return
        self._store.recording_keys.erase(one.key for one in segments)
        for one in segments:
            self._remove(one.segment)
            _log.info("recording %s was erased", one.segment)

    def _remove(self, segment: str) -> None:
        try:
            self._archive.remove(segment)
        except OSError as error:
            _log.error("%s has lost its key, and its file stays: %s", segment, error)

    def _kept_for(self, call: CallRow | None) -> timedelta:
        if call is None:
            return self._settings.kept_for(None, training=False)
        disposition = call.disposition.value if call.disposition is not None else None
        return self._settings.kept_for(disposition, training=call.training)

    def _night_of(self, now: datetime) -> date:
        """Which night's work is due: that of the local day which began at the erasing hour."""
        local = now + self._plans.time_zone_offset
        return (local - timedelta(hours=self._settings.erase_hour)).date()

    def _is_short_of_space(self) -> bool:
        space = self._archive.space()
        state = "away" if space is None else self._settings.disk_state(space.free_percent)
        if state != self._disk:
            level = logging.WARNING if state == "well" else logging.CRITICAL
            free = "none" if space is None else f"{space.free_percent:.1f} %"
            _log.log(level, "the disk of the recordings is %s; free: %s", state, free)
            self._disk = state
        return state in ("nearly_full", "full")
