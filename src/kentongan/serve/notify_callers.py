"""Text messages to callers: what the web process hands to the notify process through the ledger.

A call-taker waits while the caller is on the line, so the answer comes within seconds: taken, or
not, and then the words are read out. What was not taken by then is not sent later.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Final, TypeVar

from kentongan.app.ports import Unavailable
from kentongan.edge.notify import ledger
from kentongan.edge.notify.addresses import BadAddress, phone
from kentongan.notify_settings import NotifySettings
from kentongan.store.deliveries import Delivery
from kentongan.store.whole import WholeStore

TAKEN_S: Final = 8.0
"""How long a call-taker waits for the gateway's word, seconds."""

LOOK_S: Final = 0.1

T = TypeVar("T")

SendText = Callable[[str, str], Awaitable[bool]]


class CallerTexts:
    """Sends to callers, by the SMS gateways of the settings. Used on one event loop."""

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
        key = f"caller/{secrets.token_hex(12)}"
        try:
            await self._do(lambda store: store.deliveries.add(self._letter(key, to, text)))
            for _ in range(round(TAKEN_S / LOOK_S)):
                await asyncio.sleep(LOOK_S)
                kept = await self._do(lambda store: store.deliveries.find(key))
                if kept is None or kept.delivery.due_at is None:
                    return kept is not None and kept.delivery.state != "failed"
            await self._do(lambda store: self._take_back(store, key))
        except Unavailable:
            pass
        return False

    async def _do(self, work: Callable[[WholeStore], T]) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, lambda: work(self._opened()))

    def _opened(self) -> WholeStore:
        if self._store is None:
            self._store = self._open_store()
        return self._store

    def _letter(self, key: str, to: str, text: str) -> Delivery:
        now = self._clock()
        return Delivery(
            id=key,
            way="sms",
            contact="",
            label="",
            to=to,
            text=text,
            made_at=now,
            expires_at=now + timedelta(seconds=TAKEN_S),
            due_at=now,
            state="waiting",
            about="caller",
        )

    def _take_back(self, store: WholeStore, key: str) -> None:
        """Nobody has taken it: the words were read out by now."""
        kept = store.deliveries.find(key)
        if kept is not None and kept.delivery.state == "waiting":
            over = ledger.ended(kept.delivery, "expired", "too_late", self._clock())
            store.deliveries.change(over, kept.revision)


def text_out_of(
    settings: NotifySettings,
    open_store: Callable[[], WholeStore],
    clock: Callable[[], datetime],
) -> SendText | None:
    """The way to callers; None where no gateway sends SMS."""
    if not (settings.sms_http or settings.smpp or settings.modem):
        return None
    return CallerTexts(settings, open_store, clock).send


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
