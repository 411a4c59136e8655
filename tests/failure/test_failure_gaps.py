"""What is heard of a kill -9 while somebody talks: nothing, unless it is the audio itself."""

import asyncio

from failure_centre import SUPERVISOR, HurtCentre
from failure_talk import Talk, talking, until_async
from media_whole import Whole

LISTEN_S = 3.0
"""How long is listened after a kill: longer than any of the processes takes to come back."""


def test_audio_does_not_notice_a_dead_switch_web_work_or_watcher(hurt: HurtCentre) -> None:
    """Not one packet is missing at the caller or at the page, and the call ends as it should."""

    async def scenario(talk: Talk) -> None:
        for name in ("web", "switch", "work", SUPERVISOR):
            media = hurt.pid("media-0")
            assert media is not None
            whole = Whole(media, caller=talk.call.audio, page=talk.peer)
            assert hurt.kill(name)
            await asyncio.sleep(LISTEN_S)
            print(f"{name} killed")
            whole.judge()
            await until_async(talk.both_hear)
        assert talk.room.redo == set()

    talking(hurt, scenario)


def test_audio_comes_back_after_a_dead_media_process(hurt: HurtCentre) -> None:
    """The page is asked to offer again, both hear each other, nobody was re-invited."""

    async def scenario(talk: Talk) -> None:
        talk.call.audio.forget()
        assert hurt.kill("media-0")
        await until_async(lambda: talk.key in talk.room.redo)
        await talk.peer.close(says_farewell=False)
        await talk.offer()
        await until_async(talk.both_hear)
        print(f"media killed: {talk.call.audio.longest_gap_s:.2f} s of silence at the caller")
        assert talk.call.reinvites == 0

    talking(hurt, scenario)
