"""What is heard of a kill -9 while somebody talks: nothing, unless it is the audio itself."""

import asyncio
import time

from failure_centre import SUPERVISOR, HurtCentre
from failure_talk import Talk, talking, until_async
from media_stalls import longest_s, waited_s

LISTEN_S = 3.0
"""How long is listened after a kill: longer than any of the processes takes to come back."""


def test_audio_does_not_notice_a_dead_switch_web_work_or_watcher(hurt: HurtCentre) -> None:
    """Not one packet is missing at the caller or at the page, and the call ends as it should."""

    async def scenario(talk: Talk) -> None:
        for name in ("web", "switch", "work", SUPERVISOR):
            talk.call.audio.forget()
            talk.peer.gaps_s.clear()
            before, began_at = talk.peer.received, time.monotonic()
            media = hurt.pid("media-0")
            assert media is not None
            waited_before_s = waited_s(media)
            assert hurt.kill(name)
            await asyncio.sleep(LISTEN_S)
            print(
                f"{name} killed: longest gap at the caller"
                f" {1000 * talk.call.audio.longest_gap_s:.0f} ms,"
                f" pauses over 60 ms at the page {[round(1000 * s) for s in talk.peer.gaps_s]}"
            )
            assert talk.call.audio.missing == 0
            late_s = waited_s(media) - waited_before_s + longest_s(began_at)  # the machine's
            assert talk.peer.received - before > 0.9 * (LISTEN_S - late_s) * 50
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
