"""The real-audio matrix: every way of talking, every codec, judged by tone at every ear."""

import asyncio
import secrets
from pathlib import Path

import pytest
from switch_room import until
from voice_centre import Way, waiting_call, walk_all
from voice_ends import Browser
from voice_telephone import Telephone
from voice_walk import CALLER, Walk

from kentongan.core.words import CallId
from kentongan.media.codec import CodecName


async def from_telephone(walk: Walk, codec: CodecName) -> None:
    """A telephone's call through everything; it ends with the telephone's BYE."""
    async with Telephone(walk.tones[CALLER], codecs=(codec,)) as telephone:
        number = f"08110000{walk.index}"
        line = await telephone.dial(walk.room.centre, number=number)
        await line.reach("talking")
        assert line.name is codec
        await walk.go(line, await waiting_call(walk.room, number))
        assert line.reinvites == 0
        telephone.hang_up(line)
        await walk.has_ended()


async def from_page(walk: Walk, codec: CodecName) -> None:
    """A citizen's page through everything; it ends with its hanging up."""
    control, call, key = walk.room.control, CallId(f"web{walk.index}"), secrets.token_hex(16)
    assert "error" not in await control.ask("citizen_call", call=call, key=key, number="0822")
    page = await Browser(walk.tones[CALLER], codec).open()
    reply = await control.ask("citizen_offer", call=call, key=key, sdp=page.offer())
    await page.connect(reply["sdp"])
    await until(lambda: page.received > 0)
    await walk.go(page, call)
    await control.ask("citizen_end", call=call, key=key)
    await walk.has_ended()
    await page.close()


WAYS: list[Way] = [
    ("sip pcma", from_telephone, CodecName.PCMA),
    ("sip pcmu", from_telephone, CodecName.PCMU),
    ("sip g722", from_telephone, CodecName.G722),
    ("page opus", from_page, CodecName.OPUS),
    ("page pcma", from_page, CodecName.PCMA),
]


@pytest.mark.slow
def test_calls_through_every_way_of_talking(tmp_path: Path) -> None:
    """Who is to hear whom does, at its own level; everybody else is not to be heard
    from the moment the command was acknowledged.

    The five calls run beside each other, each with tones of its own.
    """
    asyncio.run(walk_all(tmp_path, WAYS))
