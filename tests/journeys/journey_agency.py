"""Telephones behind a trunk of our own, for journeys: agencies, interpreters, people rung back.

They live among the citizens' telephones, in the same thread, and speak with a tone for each number.
"""

from collections.abc import Callable

from journey_caller import Callers
from journey_ears import level_in
from voice_telephone import Line, Telephone

TRUNK = "agencies"


class Rung:
    """One telephone that was rung."""

    def __init__(self, agencies: "Agencies", line: Line) -> None:
        self._agencies = agencies
        self._line = line

    @property
    def state(self) -> str:
        """ringing, talking, over."""
        return self._line.state

    def hears(self, frequency_hz: float) -> float:
        """How loud a frequency is in the last half second."""
        return level_in(self._line.heard(0.5), frequency_hz)

    def answer(self) -> None:
        """Lift it."""
        self._agencies.call(lambda telephone: telephone.accept(self._line))

    def hang_up(self) -> None:
        """Put it down."""
        self._agencies.call(lambda telephone: telephone.hang_up(self._line))


class Agencies:
    """All of them behind one trunk. What rings is answered at once, unless it is `slow`."""

    def __init__(self, callers: Callers, port: int) -> None:
        self._callers = callers
        self._telephone = Telephone(port=port)
        callers.do(self._telephone.__aenter__())

    def speaks(self, number: str, frequency_hz: float, *, slow: bool = False) -> None:
        """Who answers there says this tone; `slow` rings until the test answers."""
        self._telephone.hz_of[number] = frequency_hz
        if slow:
            self._telephone.slow.add(number)
        else:
            self._telephone.slow.discard(number)

    def rung(self, number: str) -> Rung:
        """The newest telephone of that number, once it rings."""
        return Rung(self, self._callers.do(self._telephone.rung(number)))

    def call(self, action: Callable[[Telephone], None]) -> None:
        """Act in the telephones' thread."""
        self._callers.call(lambda: action(self._telephone))

    def close(self) -> None:
        """Hang up everywhere."""
        self._callers.do(self._telephone.__aexit__())
