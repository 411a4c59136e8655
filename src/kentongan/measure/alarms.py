"""The month of alarms, out of the journal: is each of them worth the noise it makes?

    raised      an episode begins; it is counted at every desk on duty to whose roles it is shown,
                in the hour of the city's clock
    in time     somebody took it before it was shown to more people, or before it ended
    untouched   nobody took it, gave a reason to put it aside, or did anything about what it is
                about (the incident, call or unit) while it stood: a candidate for deletion when
                that is so for most of a kind
    chattering  one of more than `CHATTER_MAX` times within `CHATTER_WITHIN` for the same matter

Drills are not counted with duty, nor duty with drills. What began in the month counts, whenever it
ended; what never ended is said to be open.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct, field

from kentongan.core.events import (
    AlarmCleared,
    AlarmEscalated,
    AlarmRaised,
    AlarmShelved,
    AlarmTaken,
    AnyEvent,
    DutyEnded,
    DutyForcedOut,
    DutyStarted,
)
from kentongan.core.words import Meta
from kentongan.measure.report import percentile

CHATTER_MAX: Final = 3
CHATTER_WITHIN: Final = timedelta(minutes=10)

CANDIDATE_SHARE: Final = 0.5
"""A kind of which more than this share was untouched is a candidate for deletion."""

CANDIDATE_MIN: Final = 5
"""Of fewer than so many nothing is concluded."""

WANTED: Final[Mapping[str, float]] = {"critical": 0.05, "high": 0.15, "medium": 0.8}
"""Shares by grade that a room can live with (ISA-18.2, EEMUA 191); panic counts as critical."""

AUTOMATA: Final = frozenset({"kentongan", "switch"})
"""Agents that are no people."""


class Episode(Struct, kw_only=True):
    """One alarm from being raised to its end."""

    kind: str
    code: str
    about: str
    grade: str
    raised_at: datetime
    matters: tuple[str, ...]
    training: bool
    desks: tuple[str, ...] = ()
    taken_at: datetime | None = None
    escalated_at: datetime | None = None
    cleared_at: datetime | None = None
    is_touched: bool = False
    is_chattering: bool = False

    @property
    def is_in_time(self) -> bool:
        """Taken before more people had to be told."""
        if self.taken_at is None:
            return False
        return self.escalated_at is None or self.taken_at <= self.escalated_at


class DeskCount(Struct, frozen=True):
    """Alarms shown at a desk on duty, by hour of the city's day."""

    desk: str
    raised: int
    by_hour: tuple[int, ...]


class KindCount(Struct, frozen=True, kw_only=True):
    """What became of one kind of alarm; `median_s` from being raised to being taken."""

    kind: str
    code: str
    raised: int
    taken: int
    taken_in_time: int
    median_s: float | None
    escalated: int
    chattering: int
    untouched: int
    open: int
    is_candidate: bool


class AlarmMonth(Struct, frozen=True, kw_only=True):
    """The whole report; shares are None in a month without an alarm."""

    month: str
    training: bool
    raised: int
    shares: dict[str, float | None]
    wanted: dict[str, float]
    kinds: tuple[KindCount, ...]
    desks: tuple[DeskCount, ...]


class Alarms(Struct, kw_only=True):
    """Episodes out of the journal, event by event and in its order."""

    episodes: list[Episode] = field(default_factory=list[Episode])
    _standing: dict[str, Episode] = field(default_factory=dict[str, Episode])
    _by_matter: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    _roles: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    _lately: dict[tuple[str, str], list[Episode]] = field(
        default_factory=dict[tuple[str, str], list[Episode]]
    )

    def add(self, event: AnyEvent, meta: Meta) -> None:
        """The next event of the journal."""
        stream = meta.stream
        match event:
            case DutyStarted(roles=roles):
                self._roles[stream.removeprefix("desk:")] = roles
            case DutyEnded() | DutyForcedOut():
                self._roles.pop(stream.removeprefix("desk:"), None)
            case AlarmRaised():
                self._raise(event, meta)
            case AlarmEscalated() | AlarmTaken() | AlarmShelved() | AlarmCleared():
                self._follow(event, meta)
            case _:
                self._touch(meta)

    def _raise(self, event: AlarmRaised, meta: Meta) -> None:
        episode = Episode(
            kind=event.kind,
            code=event.code,
            about=event.about,
            grade="critical" if event.grade == "panic" else event.grade,
            raised_at=meta.at,
            matters=_matters(event),
            training=event.training,
            desks=self._shown_at(event.to),
        )
        self.episodes.append(episode)
        self._standing[meta.stream] = episode
        for matter in episode.matters:
            self._by_matter.setdefault(matter, set()).add(meta.stream)
        self._mark_chatter(episode)

    def _shown_at(self, to: Sequence[str]) -> tuple[str, ...]:
        return tuple(
            desk for desk, roles in sorted(self._roles.items()) if not set(to).isdisjoint(roles)
        )

    def _mark_chatter(self, episode: Episode) -> None:
        slot = (episode.kind, episode.about)
        since = episode.raised_at - CHATTER_WITHIN
        lately = [one for one in self._lately.get(slot, ()) if one.raised_at > since]
        lately.append(episode)
        self._lately[slot] = lately
        if len(lately) > CHATTER_MAX:
            for one in lately:
                one.is_chattering = True

    def _follow(
        self, event: AlarmEscalated | AlarmTaken | AlarmShelved | AlarmCleared, meta: Meta
    ) -> None:
        episode = self._standing.get(meta.stream)
        if episode is None:
            return
        match event:
            case AlarmEscalated(to=to):
                episode.escalated_at = episode.escalated_at or meta.at
                episode.desks = tuple(dict.fromkeys((*episode.desks, *self._shown_at(to))))
            case AlarmTaken():
                episode.taken_at = episode.taken_at or meta.at
                episode.is_touched = True
            case AlarmShelved():
                episode.is_touched = True
            case AlarmCleared():
                episode.cleared_at = meta.at
                del self._standing[meta.stream]
                for matter in episode.matters:
                    self._by_matter[matter].discard(meta.stream)
                    if not self._by_matter[matter]:
                        del self._by_matter[matter]

    def _touch(self, meta: Meta) -> None:
        """A person did something about what an alarm that stands is about."""
        if meta.agent in AUTOMATA:
            return
        for alarm in self._by_matter.get(meta.stream, ()):
            episode = self._standing[alarm]
            if meta.at >= episode.raised_at:
                episode.is_touched = True


def _matters(event: AlarmRaised) -> tuple[str, ...]:
    """The streams in which somebody would act."""
    named = {"incident": event.incident, "call": event.call, "unit": event.unit}
    return tuple(f"{noun}:{key}" for noun, key in named.items() if key is not None)


def month_of(text: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Beginning and end (UTC) of a month, `2026-10`; `ValueError` for anything else."""
    first = datetime.strptime(text, "%Y-%m").replace(tzinfo=zone)
    following = (first + timedelta(days=32)).replace(day=1)
    return first.astimezone(UTC), following.astimezone(UTC)


def report(alarms: Alarms, month: str, zone: ZoneInfo, *, training: bool = False) -> AlarmMonth:
    """The month's report; `ValueError` when `month` is none."""
    start, end = month_of(month, zone)
    chosen = [
        one for one in alarms.episodes if start <= one.raised_at < end and one.training == training
    ]
    total = len(chosen)
    grades = {grade: sum(one.grade == grade for one in chosen) for grade in WANTED}
    return AlarmMonth(
        month=month,
        training=training,
        raised=total,
        shares={grade: n / total if total else None for grade, n in grades.items()},
        wanted=dict(WANTED),
        kinds=tuple(_kinds(chosen)),
        desks=tuple(_desks(chosen, zone)),
    )


def _kinds(chosen: Sequence[Episode]) -> Iterable[KindCount]:
    by_kind: dict[tuple[str, str], list[Episode]] = {}
    for one in chosen:
        by_kind.setdefault((one.code, one.kind), []).append(one)
    for (code, kind), found in sorted(by_kind.items()):
        waits = sorted(
            (one.taken_at - one.raised_at).total_seconds() for one in found if one.taken_at
        )
        ended = [one for one in found if one.cleared_at is not None]
        untouched = sum(not one.is_touched for one in ended)
        yield KindCount(
            kind=kind,
            code=code,
            raised=len(found),
            taken=len(waits),
            taken_in_time=sum(one.is_in_time for one in found),
            median_s=percentile(waits, 0.5),
            escalated=sum(one.escalated_at is not None for one in found),
            chattering=sum(one.is_chattering for one in found),
            untouched=untouched,
            open=len(found) - len(ended),
            is_candidate=len(ended) >= CANDIDATE_MIN and untouched / len(ended) > CANDIDATE_SHARE,
        )


def _desks(chosen: Sequence[Episode], zone: ZoneInfo) -> Iterable[DeskCount]:
    hours: dict[str, list[int]] = {}
    for one in chosen:
        for desk in one.desks:
            hours.setdefault(desk, [0] * 24)[one.raised_at.astimezone(zone).hour] += 1
    for desk, by_hour in sorted(hours.items()):
        yield DeskCount(desk, sum(by_hour), tuple(by_hour))
