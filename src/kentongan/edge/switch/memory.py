"""What the switch remembers across a kill: takes it over at start, writes it down at each commit.

The spool may fail, also at start; calls do not: it goes on in memory, and is asked each few seconds
to return. Whatever of it cannot be read is set aside, call by call, and everything else goes on.
Calls come first, then their dialogs; a call whose dialog is gone is over.
"""

import logging
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from msgspec.structs import replace

from kentongan.core.words import CallId
from kentongan.edge.switch import signalling, watch
from kentongan.edge.switch.board import Board
from kentongan.edge.switch.control import Answer
from kentongan.edge.switch.faults import Caught
from kentongan.edge.switch.ledger import Moment
from kentongan.edge.switch.record import SpooledCall
from kentongan.edge.switch.spool import (
    Change,
    SavedDialog,
    Spool,
    SpoolDamagedError,
    SpoolError,
)
from kentongan.edge.switch.telephones import Telephones

RETURN_LOOKS: Final = 5
"""Seconds between two tries to return to the disk: each may copy all there is."""

_log = logging.getLogger(__name__)


class Memory:
    """The spool of one board."""

    def __init__(self, spool: Spool, board: Board, phones: Telephones, caught: Caught) -> None:
        self._spool = spool
        self._board = board
        self._phones = phones
        self._caught = caught
        self.failing_since = datetime.now(UTC) if spool.is_volatile else None
        self.is_stuck = False
        """Memory is full as well: what changed waits in the ledger, and reaches nobody's record."""
        self._may_try = True
        self._looks = 0
        board.is_spent = self._is_spent
        board.recall = self._recall

    def adopt(self, moment: Moment) -> None:
        """Take over every call that can be read, as far as it can be."""
        calls, dialogs = self._loaded()
        for call in calls:
            try:
                self._board.ledger.adopt([call])
            except Exception as error:  # noqa: BLE001 -- outermost: facts that no rule allows
                self._set_aside("call", call.id, error)
        for dialog in dialogs:
            try:
                self._phones.adopt(dialog, moment.now)
            except Exception as error:  # noqa: BLE001 -- outermost: no dialog of this stack
                self._set_aside("dialog", dialog.key, error)
        self._rehouse()
        for call in self._board.ledger:
            with self._caught("resuming a call"):
                signalling.resume(self._board, self._phones, call, moment)
            self._board.restless[call.id] = None

    def _rehouse(self) -> None:
        """Calls of a media process that the settings have no more: another one carries them."""
        processes = len(self._board.settings.media_sockets)
        for call in self._board.ledger:
            if call.shard >= processes:
                self._board.put(replace(call, shard=self._board.choose_shard()))

    def _loaded(self) -> tuple[tuple[SpooledCall, ...], tuple[SavedDialog, ...]]:
        try:
            return self._spool.load_calls(), self._spool.load_dialogs()
        except SpoolDamagedError as error:
            self._spool.begin_anew(error)
        except SpoolError as error:
            self._fails(error)
        return (), ()

    def retry_set_aside(self) -> None:
        """Let commands that the door refused be tried again, as by a process put right."""
        try:
            self._spool.retry_set_aside()
        except SpoolError as error:
            self._fails(error)

    def _set_aside(self, table: str, name: str, error: Exception) -> None:
        try:
            self._spool.set_aside(table, name, f"{type(error).__name__}: {error}")
        except SpoolError as failed:
            self._fails(failed)

    def commit(self) -> bool:
        """Write down what changed; whether somebody may have posted something."""
        ledger = self._board.ledger
        change = ledger.take_change() if self._may_try else None
        if change is None:
            return False
        try:
            self._spool.commit(change)
        except SpoolError as error:
            self._fails(error)
            ledger.put_back(change)
            self.is_stuck, self._may_try = True, False
            return False
        self.is_stuck = False
        self._note()
        return _is_for_the_door(change)

    def look(self) -> None:
        """Each second: whether the disk works again."""
        self._may_try = True
        self._looks += 1
        if self._spool.is_volatile and self._looks % RETURN_LOOKS == 0:
            try:
                self._spool.return_to_disk()
            except SpoolError as error:
                _log.error("the spool cannot return to its disk: %s", error)
            self._note()

    def _note(self) -> None:
        """Say when it begins to fail, and when that is over."""
        if self._spool.is_volatile:
            self._fails(self._spool.trouble)
        elif self.failing_since is not None and not self.is_stuck:
            self.failing_since = None
            _log.warning("the spool works again")

    def _fails(self, error: SpoolError | str) -> None:
        if self.failing_since is None:
            self.failing_since = datetime.now(UTC)
            _log.critical("the spool fails, calls go on in memory: %s", error)

    def forget(self, moment: Moment) -> None:
        """Let go of calls that are over and of which the store has everything."""
        ledger = self._board.ledger
        try:
            done = [
                call
                for call in watch.forgettable(self._board, moment)
                if not self._spool.has_waiting(call)
            ]
            if done:
                self._spool.forget(done, spent=self._pages(done))
        except SpoolError:
            return  # `commit` has raised the alarm
        for call in done:
            ledger.forget(call)
        self._let_rest()

    def _let_rest(self) -> None:
        """Calls that are over may be many: the disk has room for them, and is asked in time."""
        ledger = self._board.ledger
        try:
            if resting := ledger.at_rest():
                self._spool.rest(resting)
                for call in resting:
                    ledger.forget(call)
            done = [call for call in self._spool.rested() if ledger.find(call.id) is None]
            if done:
                pages = [call.id for call in done if call.page is not None]
                self._spool.forget([call.id for call in done], spent=pages)
        except SpoolError:
            return  # `commit` has raised the alarm

    def _recall(self, call: CallId) -> None:
        """Somebody asks for a call that is not in hand: does the spool have it?"""
        if self._board.ledger.find(call) is not None:
            return
        try:
            found = self._spool.find_call(call)
        except SpoolError:
            return  # `commit` has raised the alarm
        if found is None:
            return
        try:
            self._board.ledger.adopt([found])
        except Exception as error:  # noqa: BLE001 -- outermost: facts that no rule allows
            self._set_aside("call", call, error)
        self._rehouse()

    def _pages(self, calls: Iterable[CallId]) -> tuple[CallId, ...]:
        ledger = self._board.ledger
        return tuple(call for call in calls if ledger.get(call).page is not None)

    def _is_spent(self, call: CallId) -> bool:
        try:
            return self._spool.is_spent(call)
        except SpoolError:
            return False  # a call for help is let in

    def health(self, now: datetime) -> Answer:
        """How the spool is, and what waits in it."""
        known = {
            "spool_failing_since": self.failing_since,
            "spool_error": self._spool.trouble,
            "spool_damaged": None if self._spool.aside is None else str(self._spool.aside),
        }
        try:
            oldest = self._spool.oldest_waiting_at()
            return {
                **known,
                "outbox": self._spool.count_waiting(),
                "outbox_oldest_s": 0.0 if oldest is None else (now - oldest).total_seconds(),
                "set_aside": self._spool.count_set_aside(),
                "unreadable": self._spool.count_unreadable(),
            }
        except SpoolError as error:
            return {**known, "outbox": None, "spool_error": str(error)}


def _is_for_the_door(change: Change) -> bool:
    return bool(change.posts or change.keys)
