"""What the record says about roads and names, as several lines tell it: the newest word counts.

Each line tells all closures and all aliases that it knows. Two web processes follow the same record
at their own pace, so of two words about the same thing that of the later event counts, whoever says
it. What a line told holds after it closed until another one opens: a web process that is killed
reopens no road. Belongs to the event loop; what it hands out is never changed.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Protocol, TypeVar

from msgspec import Struct

from kentongan.edge.geo.gazetteer.aliases import AliasAdded, AliasBook, AliasRefused, AliasReviewed
from kentongan.edge.geo.network.profiles import Profile
from kentongan.edge.geo.routing.closures import Closure
from kentongan.geography import PlaceAlias, RoadClosure

BY_RECORD: Final = "record"
"""Who reviewed an alias is not told; only that somebody did."""


class _Word(Protocol):
    @property
    def id(self) -> str: ...

    @property
    def seq(self) -> int: ...


_T = TypeVar("_T", bound=_Word)


class Told(Struct, frozen=True, eq=False):
    """Closures and aliases in force, by id; `number` grows, so that a thread that read an older
    word does not bring it back."""

    closures: Mapping[str, RoadClosure] = {}
    aliases: Mapping[str, PlaceAlias] = {}
    number: int = 0


class Tellers:
    """What each line told, and what follows from it all."""

    def __init__(self) -> None:
        self.now = Told()
        self._closures: dict[int, Sequence[RoadClosure]] = {}
        self._aliases: dict[int, Sequence[PlaceAlias]] = {}
        self._gone: set[int] = set()

    def closures(self, line: int, told: Sequence[RoadClosure]) -> None:
        """All that this line knows."""
        self._closures[line] = told
        self._forget(self._closures)
        newest = _newest(self._closures.values())
        lasting = {key: one for key, one in newest.items() if not one.lifted}
        self.now = Told(lasting, self.now.aliases, self.now.number + 1)

    def aliases(self, line: int, told: Sequence[PlaceAlias]) -> None:
        """All that this line knows."""
        self._aliases[line] = told
        self._forget(self._aliases)
        newest = _newest(self._aliases.values())
        lasting = {key: one for key, one in newest.items() if not one.ended}
        self.now = Told(self.now.closures, lasting, self.now.number + 1)

    def closed(self, line: int) -> None:
        """A line is gone; what it told holds until somebody else tells."""
        self._gone.add(line)

    def _forget(self, told: dict[int, Sequence[_T]]) -> None:
        """Those who are gone, now that somebody who is there has told."""
        for line in self._gone & told.keys():
            del told[line]
        self._gone &= self._closures.keys() | self._aliases.keys()


def closure_of(told: RoadClosure) -> Closure:
    """As the roads want it; factors of a profile that this release does not know are left out."""
    known = set(Profile)
    return Closure(
        id=told.id,
        geometry=told.geometry,
        way=told.way,
        factors={Profile(key): value for key, value in told.factors.items() if key in known},
        depth_cm=told.depth_cm,
        direction=told.direction,
        from_at=told.from_at,
        until_at=told.until_at,
        reason=told.reason,
    )


def book_of(aliases: Mapping[str, PlaceAlias]) -> tuple[AliasBook, tuple[str, ...]]:
    """The aliases as a book, oldest first, and in words those that it does not take."""
    book, refused = AliasBook(), list[str]()
    for one in sorted(aliases.values(), key=lambda one: (one.seq, one.id)):
        try:
            book.apply(
                AliasAdded(
                    id=one.id,
                    phrases=one.phrases,
                    label=one.label,
                    point=one.point,
                    by=one.by,
                    at=one.at,
                    document=one.document,
                    accuracy_m=one.accuracy_m,
                )
            )
            if one.reviewed:
                book.apply(AliasReviewed(id=one.id, by=BY_RECORD, at=one.at, accepted=True))
        except AliasRefused as error:
            refused.append(str(error))
    return book, tuple(refused)


def _newest(told: Iterable[Sequence[_T]]) -> dict[str, _T]:
    newest: dict[str, _T] = {}
    for words in told:
        for one in words:
            known = newest.get(one.id)
            if known is None or one.seq > known.seq:
                newest[one.id] = one
    return newest
