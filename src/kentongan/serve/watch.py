"""Looks at the centre's own parts and says what is not well, for alarm A-11.

One thread asks every few seconds: each probe answers or fails by itself, so that a switch that
hangs does not hide a full disk. What it says is read by `app.alarms` without waiting. A part that
is merely being started again is no alarm: each kind has its grace. Before the first look, and after
a restart, what the board says stands: an alarm is not cleared because nobody has looked yet.
"""

import asyncio
import json
import logging
import shutil
import threading
import time
import urllib.request
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from kentongan.core.alarm_rows import AlarmGrade, AlarmRow
from kentongan.core.alarm_rules import Trouble
from kentongan.serve.notify_watch import of_gateways
from kentongan.serve.sntp import NtpAway, offset_s
from kentongan.serve.switch_troubles import Finding, of_switch
from kentongan.serve.wiring import utc_now
from kentongan.settings import Settings
from kentongan.store.whole import WholeStore

LOOK_EVERY_S: Final = 5.0
"""Between two looks, seconds."""

ANSWER_S: Final = 3.0
"""A part that has not answered by then does not answer."""

GRACE_S: Final[Mapping[str, float]] = {
    "switch": 10.0,
    "web": 15.0,
    "geo": 120.0,
    "trunk": 20.0,
    "trunk_full": 10.0,
    "lines_full": 10.0,
    "gateway": 30.0,
}
"""How long a part may be away before that is an alarm, seconds: about twice a restart. `geo` loads
a city, and straight lines answer meanwhile. Lines may all be taken for a moment."""

DISK_CRITICAL_PERCENT: Final = 1.0
"""With less the journal itself is in danger."""

_log = logging.getLogger(__name__)

Probe = Callable[[], Iterable[Finding]]


class _Seen(Struct):
    """A finding and since when it is there."""

    finding: Finding
    since: datetime


class Watch:
    """The probes and what they said last. `known` are the alarms of the board at the start."""

    def __init__(
        self,
        probes: Mapping[str, Probe],
        clock: Callable[[], datetime],
        known: Iterable[AlarmRow] = (),
    ) -> None:
        self._probes = probes
        self._clock = clock
        self._seen: dict[tuple[str, str], _Seen] = {}
        self._known = [row for row in known if row.alarm_kind == "system"]
        self._troubles = tuple(_as_it_stands(row) for row in self._known)

    def troubles(self) -> Sequence[Trouble]:
        """What is not well, as it was seen last; returns at once."""
        return self._troubles

    def run(self, stop: threading.Event) -> None:
        """Look until `stop` is set."""
        while not stop.is_set():
            self.look()
            stop.wait(LOOK_EVERY_S)

    def look(self) -> None:
        """One look at everything."""
        now, found = self._clock(), dict[tuple[str, str], Finding]()
        for name, probe in self._probes.items():
            try:
                found |= {(one.part, one.node): one for one in probe()}
            except Exception:  # noqa: BLE001 - one probe's fault must not hide the others' word
                _log.exception("the watch could not look at %s", name)
        before = self._seen
        self._seen = {
            slot: _Seen(finding, before[slot].since if slot in before else self._since(slot, now))
            for slot, finding in found.items()
        }
        self._troubles = tuple(
            Trouble(
                part=one.finding.part,
                since=one.since,
                grade=one.finding.grade,
                detail=one.finding.detail,
                node=one.finding.node,
            )
            for one in self._seen.values()
            if now - one.since >= timedelta(seconds=GRACE_S.get(one.finding.part, 0.0))
        )

    def _since(self, slot: tuple[str, str], now: datetime) -> datetime:
        """Since the board's alarm about it, if there was one before this process began."""
        for row in self._known:
            if (row.about.split(":", 1)[0], row.node) == slot:
                return row.since
        return now


def _as_it_stands(row: AlarmRow) -> Trouble:
    part = row.about.split(":", 1)[0]
    return Trouble(part=part, since=row.since, grade=row.grade, detail=row.detail, node=row.node)


def watching(settings: Settings, store: WholeStore, stop: threading.Event) -> Watch:
    """A watch that looks in a thread of its own until `stop` is set."""
    rows = [line.row for line in store.rows("alarm")]
    known = [row for row in rows if isinstance(row, AlarmRow)]
    probes = probes_of(settings)
    probes["gateway"] = lambda: of_gateways(settings.notify, store.deliveries.states(), utc_now())
    watch = Watch(probes, utc_now, known)
    threading.Thread(target=watch.run, args=(stop,), name="watch", daemon=True).start()
    return watch


# --- the probes ----------------------------------------------------------------------------------


def probes_of(settings: Settings) -> dict[str, Probe]:
    """What is looked at, by the settings."""
    watch = settings.watch
    host = settings.http.host if settings.http.host not in ("0.0.0.0", "::") else "127.0.0.1"  # noqa: S104
    own: dict[str, Probe] = {
        "switch": lambda: switches(settings),
        "web": lambda: web(f"http://{host}:{settings.http.port}/api/health"),
        "geo": lambda: geo(settings.geo_socket),
        "disk": lambda: disk(settings.state_path, watch.disk_free_percent),
    }
    chosen = {part: probe for part, probe in own.items() if part in watch.parts}
    if watch.backup_dir:
        chosen["backup"] = lambda: backup(Path(watch.backup_dir), watch.backup_hours)
    if watch.ntp:
        chosen["clock"] = lambda: clock(watch.ntp, watch.clock_s)
    return chosen


def switches(settings: Settings) -> Iterable[Finding]:
    """Our own switch, and those of other nodes that answer: what they say of themselves."""
    from kentongan.edge.web.switch_client import open_socket
    from kentongan.edge.web.switch_lines import OtherLine

    own = asyncio.run(_health(open_socket(settings.switch_socket)))
    if own is None:
        yield Finding(part="switch", grade="critical")
    else:
        yield from of_switch(own, "")
    for other in settings.switch.other_switches():
        told = asyncio.run(_health(OtherLine(other).open))
        yield from () if told is None else of_switch(told, str(other.address))


async def _health(open_line: Callable[[], Any]) -> Mapping[str, Any] | None:
    """A switch's word about itself, or None when it does not answer."""
    with suppress(OSError, ValueError, TimeoutError):
        async with asyncio.timeout(ANSWER_S):
            reader, writer = await open_line()
            try:
                writer.write(b'{"n":1,"do":"health"}\n')
                await writer.drain()
                while line := await reader.readline():
                    told = json.loads(line)
                    if isinstance(told, dict) and told.get("n") == 1:  # type: ignore[reportUnknownMemberType]
                        return told  # type: ignore[reportUnknownVariableType]
            finally:
                writer.close()
    return None


def web(address: str) -> Iterable[Finding]:
    """The server of the screens: it must answer, and have read the board."""
    try:
        with urllib.request.urlopen(address, timeout=ANSWER_S) as answer:  # noqa: S310 - our own
            is_ready = json.loads(answer.read(100_000)).get("ready") is True
    except (OSError, ValueError):
        is_ready = False
    if not is_ready:
        yield Finding(part="web", grade="critical")


def geo(path: Path) -> Iterable[Finding]:
    """Roads, names and map: somebody must be there."""
    if not asyncio.run(_is_there(path)):
        yield Finding(part="geo")


async def _is_there(path: Path) -> bool:
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(ANSWER_S):
            _, writer = await asyncio.open_unix_connection(str(path))
            writer.close()
            return True
    return False


def disk(folder: Path, free_percent: float) -> Iterable[Finding]:
    """The disk of the journal, the spool and the recordings."""
    usage = shutil.disk_usage(folder)
    free = 100.0 * usage.free / usage.total
    if free < free_percent:
        grade: AlarmGrade = "critical" if free < DISK_CRITICAL_PERCENT else "high"
        yield Finding(part="disk", grade=grade, detail=f"{free:.0f} %")


def backup(folder: Path, hours: float) -> Iterable[Finding]:
    """The newest file of the folder of backups."""
    made = [path.stat().st_mtime for path in folder.glob("*") if path.is_file()]
    if not made:
        yield Finding(part="backup", detail=str(folder))
    elif time.time() - max(made) > hours * 3600:
        at = datetime.fromtimestamp(max(made), UTC)
        yield Finding(part="backup", detail=at.strftime("%Y-%m-%d %H:%M UTC"))


def clock(server: str, most_s: float) -> Iterable[Finding]:
    """Our clock against a time server's; one that does not answer says nothing about ours."""
    try:
        off_s = offset_s(server, ANSWER_S)
    except NtpAway as away:
        _log.info("the time server %s: %s", server, away)
        return
    if abs(off_s) > most_s:
        yield Finding(part="clock", detail=f"{off_s:+.1f}")
