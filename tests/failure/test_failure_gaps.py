"""What is heard of a kill -9 while somebody talks: nothing, unless it is the audio itself."""

import asyncio
import os
from collections.abc import Iterator

from failure_centre import SUPERVISOR, HurtCentre
from failure_talk import Talk, talking, until_async
from media_whole import Silence, Whole

SILENCE_S = 0.7
"""Longest, when a media process is killed (VOICE.md, section 10); what one of those who bring it
back waited for a processor until it was back comes on top."""

LISTEN_S = 3.0
"""How long is listened after a kill: longer than any of the processes takes to come back."""


def test_audio_does_not_notice_a_dead_switch_web_work_or_watcher(shared: HurtCentre) -> None:
    """Not one packet is missing at the caller or at the page, and the call ends as it should."""

    async def scenario(talk: Talk) -> None:
        for name in ("web", "switch", "work", SUPERVISOR):
            media = shared.pid("media-0")
            assert media is not None
            whole = Whole(media, caller=talk.call.audio, page=talk.peer)
            assert shared.kill(name)
            await asyncio.sleep(LISTEN_S)
            print(f"{name} killed")
            whole.judge()
            await until_async(talk.both_hear)
        assert talk.room.redo == set()

    talking(shared, scenario)


def test_audio_comes_back_after_a_dead_media_process(shared: HurtCentre) -> None:
    """Within 0.7 s the caller hears again; the page is asked to offer anew, nobody re-invited."""

    async def scenario(talk: Talk) -> None:
        def helpers() -> Iterator[int]:
            yield os.getpid()
            yield from filter(None, map(shared.pid, (SUPERVISOR, "switch", "media-0")))

        silence = Silence(talk.call.audio, helpers)
        assert shared.kill("media-0")
        await until_async(lambda: talk.key in talk.room.redo)
        await talk.peer.close(says_farewell=False)
        await talk.offer()
        await until_async(talk.both_hear)
        silence.judge(SILENCE_S, "caller")
        assert talk.call.reinvites == 0

    talking(shared, scenario)
