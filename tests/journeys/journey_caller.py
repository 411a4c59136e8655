"""Citizens with a SIP telephone, for tests that are otherwise in a browser.

The telephones live on an event loop in a thread of their own, so that a test reads from top to
bottom: ring, listen, hang up.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import TypeVar

from journey_ears import level_in

from kentongan.edge.caller.phone import CallState, Phone, PhoneCall
from kentongan.edge.caller.voice import Samples, Voice, silence
from kentongan.sip.address import Address

T = TypeVar("T")


class Ringing:
    """One call of a citizen."""

    def __init__(self, callers: "Callers", call: PhoneCall) -> None:
        self._callers = callers
        self._call = call

    @property
    def is_over(self) -> bool:
        """Whether either side hung up."""
        return self._call.state is CallState.OVER

    def reach(self, *states: CallState, within_s: float = 15.0) -> None:
        """Wait for a state of the telephone."""
        self._callers.do(self._call.reach(*states, within_s=within_s))

    def say(self, voice: Voice) -> None:
        """Say this now."""
        self._callers.call(lambda: self._call.say(voice))

    def press(self, keys: str) -> None:
        """Press keys."""
        self._callers.call(lambda: self._call.press(keys))

    def heard(self, last_s: float) -> Samples:
        """The last seconds of what was heard."""
        return self._call.audio.heard(last_s)

    def hears(self, frequency_hz: float) -> float:
        """How loud a frequency is in the last half second."""
        return level_in(self.heard(0.5), frequency_hz)

    def vanish(self) -> None:
        """No sound comes from it any more, and no goodbye."""
        self._callers.call(self._call.audio.close)

    def hang_up(self) -> None:
        """End the call."""
        self._callers.call(self._call.hang_up)


class Callers:
    """The telephones of citizens."""

    def __init__(self, port: int) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="callers", daemon=True)
        self._thread.start()
        self._phone = Phone(Address("127.0.0.1", port))
        self.do(self._phone.start())

    def ring(
        self, dialled: str = "112", *, number: str | None, voice: Voice | None = None
    ) -> Ringing:
        """Dial; returns at once."""
        made = self.do(self._phone.call(dialled, number=number, voice=voice or silence()))
        return Ringing(self, made)

    def close(self) -> None:
        """Hang up everywhere."""
        self.do(self._phone.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def do(self, work: Coroutine[object, object, T], within_s: float = 20.0) -> T:
        """Run it among the telephones and wait for what it gives."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(within_s)

    def call(self, action: Callable[[], None]) -> None:
        """Act on a telephone from outside its thread."""

        async def act() -> None:
            action()

        self.do(act())
