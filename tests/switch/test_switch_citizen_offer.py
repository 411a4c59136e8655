"""Junk instead of an offer of sound is the page's fault, and is told so."""

import asyncio
from pathlib import Path
from typing import cast

import pytest
from switch_playbook import Playbook

from kentongan.core.words import CallId, Refused
from kentongan.edge.switch import citizens
from kentongan.edge.switch.control import CitizenCall, CitizenOffer, RequestFailed
from kentongan.edge.switch.media import Media
from kentongan.edge.switch.outbox import Outbox
from kentongan.edge.switch.reception import Reception
from kentongan.edge.switch.room import Room
from kentongan.media import protocol
from kentongan.media.client import MediaRefusedError

CALL, KEY = CallId("web-" + "1" * 24), "0" * 32


class _RefusingMedia:
    """A media process that will not have the offer."""

    def __init__(self, key: str) -> None:
        self._key = key

    async def offer(self, _command: protocol.Web) -> str:
        """Always no."""
        raise MediaRefusedError(self._key, "no-audio")


async def _durable() -> None:
    pass


@pytest.mark.parametrize(("key", "told"), [("offer", Refused), ("full", RequestFailed)])
def test_offer_that_cannot_be_read_is_refused_with_its_reason(
    tmp_path: Path, key: str, told: type[Exception]
) -> None:
    """Only the page can put it right; what is our own trouble stays so."""
    book = Playbook(tmp_path)
    citizens.open_call(book.board, CitizenCall(call=CALL, key=KEY), book.moment)
    reception = Reception(
        book.board,
        cast("Media", _RefusingMedia(key)),
        cast("Outbox", None),
        Room(),
        changed=lambda: None,
        clock=lambda: book.moment,
        durable=_durable,
        health=dict,
    )
    with pytest.raises(told) as caught:
        asyncio.run(reception.answer(CitizenOffer(call=CALL, key=KEY, sdp="tak terbaca")))
    if isinstance(caught.value, Refused):
        assert caught.value.reason == "offer_unreadable"
        assert caught.value.details == {"why": "no-audio"}
