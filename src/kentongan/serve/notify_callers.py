"""Messages to callers: what the web process hands to the notify process through the ledger.

A call-taker waits while the caller is on the line, so the answer comes within seconds: taken, or
not, and then the words are read out. What was not taken by then is not sent later. By SMS first,
because every telephone has it; by WhatsApp where the city has no gateway for SMS, or those have
refused it or not answered in their share of the time. Each way is a letter of its own in the
ledger, under one name.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Final, TypeVar

from kentongan.app.ports import Unavailable
from kentongan.core.ladder import Way
from kentongan.edge.notify import ledger
from kentongan.edge.notify.addresses import BadAddress, phone
from kentongan.notify_settings import NotifySettings
from kentongan.store.deliveries import Delivery
from kentongan.store.whole import WholeStore

TAKEN_S: Final = 7.0
"""How long a call-taker waits for a gateway's word, seconds: of all ways together. A
screen waits for 8 s in all."""

LOOK_S: Final = 0.1

TAKEN: Final = ("accepted", "delivered", "read")

T = TypeVar("T")

SendText = Callable[[str, str], Awaitable[bool]]


class CallerTexts:
    """Sends to callers, by the gateways of the settings. Used on one event loop."""

    def __init__(
        self,
        settings: NotifySettings,
        open_store: Callable[[], WholeStore],
        clock: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._open_store = open_store
        self._clock = clock
        self._store: WholeStore | None = None
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="caller-texts")

    async def send(self, number: str, text: str) -> bool:
        """Whether a gateway took it; False as well for a number that no message reaches."""
        try:
            to = caller_phone(number, self._settings.country)
        except BadAddress:
            return False
        name = f"caller/{secrets.token_hex(12)}"
        ways = ways_of(self._settings)
        try:
            for way, gateways in ways.items():
                wait_s, is_last = TAKEN_S / len(ways), way == list(ways)[-1]
                letter = self._letter(f"{name}/{way}", way, to, text, wait_s)
                if await self._is_taken(letter, wait_s, gateways, is_last=is_last):
                    return True
        except Unavailable:
            pass
        return False

    async def _is_taken(
        self, letter: Delivery, wait_s: float, gateways: int, *, is_last: bool
    ) -> bool:
        """Whether a gateway of that way took it in time. While there is another way nobody waits
        for a second try of gateways that have all failed once."""
        await self._do(lambda store: store.deliveries.add(letter))
        for _ in range(round(wait_s / LOOK_S)):
            await asyncio.sleep(LOOK_S)
            kept = await self._do(lambda store: store.deliveries.find(letter.id))
            if kept is None or kept.delivery.due_at is None:
                return kept is not None and kept.delivery.state in TAKEN
            is_waiting = kept.delivery.state == "waiting"
            if not is_last and is_waiting and len(kept.delivery.attempts) >= gateways:
                break
        return await self._do(lambda store: self._take_back(store, letter.id))

    async def _do(self, work: Callable[[WholeStore], T]) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, lambda: work(self._opened()))

    def _opened(self) -> WholeStore:
        if self._store is None:
            self._store = self._open_store()
        return self._store

    def _letter(self, key: str, way: Way, to: str, text: str, wait_s: float) -> Delivery:
        now = self._clock()
        return Delivery(
            id=key,
            way=way,
            contact="",
            label="",
            to=to,
            text=text,
            made_at=now,
            expires_at=now + timedelta(seconds=wait_s),
            due_at=now,
            state="waiting",
            about="caller",
        )

    def _take_back(self, store: WholeStore, key: str) -> bool:
        """Whether it was taken at the last moment. If not, nobody takes it any more: it goes by
        another way now, or the words are read out."""
        kept = store.deliveries.find(key)
        if kept is not None and kept.delivery.state == "waiting":
            over = ledger.ended(kept.delivery, "expired", "too_late", self._clock())
            store.deliveries.change(over, kept.revision)
        return kept is not None and kept.delivery.state in TAKEN


def text_out_of(
    settings: NotifySettings,
    open_store: Callable[[], WholeStore],
    clock: Callable[[], datetime],
) -> SendText | None:
    """The way to callers; None where no gateway sends SMS or WhatsApp."""
    return CallerTexts(settings, open_store, clock).send if ways_of(settings) else None


def ways_of(settings: NotifySettings) -> dict[Way, int]:
    """The ways to a caller's telephone in their order, and how many gateways each has."""
    ways: dict[Way, int] = {
        "sms": len((*settings.sms_http, *settings.smpp, *settings.modem)),
        "whatsapp": len(settings.whatsapp),
    }
    return {way: gateways for way, gateways in ways.items() if gateways}


def caller_phone(number: str, country: str) -> str:
    """A caller's number as E.164. The network names its own subscribers without the country.

    Raises `BadAddress` for short codes, and for what is no number.
    """
    packed = "".join(number.split())
    if packed.startswith("0") and not packed.startswith("00"):
        packed = f"+{country}{packed[1:]}"
    elif packed[:1].isdigit() and packed.startswith(country):
        packed = f"+{packed}"
    return phone(packed)
