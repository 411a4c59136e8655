"""What a call costs, how long a voice is on its way, and how long a killed process is missed.

    python bench/bench_media.py [CALLS] [SECONDS]

Prints JSON lines {"name", "value", "unit"}. One call is a telephone and a browser's leg, audio both
ways, recorded; telephones and browsers run in this process, the media process is a real one. The
figures include this machine's other work: look at them on an idle one.
"""

import asyncio
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import msgspec
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "media"))

from media_ears import tone
from media_peers import RtpPhone, Voice, WebPeer
from media_process import MediaProcess, cpu_seconds
from media_sealed import KEY_FIELDS

from kentongan.media.client import MediaClient
from kentongan.media.g711 import Codec, decode, encode
from kentongan.media.protocol import Rtp, RtpAddress, Web

BURSTS = 20
LOUD = encode(Codec.PCMA, np.full(160, 8000, np.int32))
QUIET = encode(Codec.PCMA, np.zeros(160, np.int32))


def tell(name: str, value: float, unit: str) -> None:
    """One figure."""
    print(msgspec.json.encode({"name": name, "value": round(value, 2), "unit": unit}).decode())


@dataclass
class Call:
    """A telephone and a browser on one bridge."""

    phone: RtpPhone
    browser: WebPeer
    address: RtpAddress


async def call(client: MediaClient, name: str) -> Call:
    """Set up one recorded call."""
    await client.create(name, f"{name}.rec", **KEY_FIELDS)
    phone, browser = await RtpPhone().open(), await WebPeer().open()
    address = await client.rtp(
        Rtp(bridge=name, leg="citizen", role="citizen", ip="127.0.0.1", port=phone.port)
    )
    answer = await client.web(Web(bridge=name, leg="operator", sdp=browser.offer()))
    phone.call(address.ip, address.port)
    await browser.connect(answer)
    return Call(phone, browser, address)


async def load(media: MediaProcess, calls: list[Call], seconds: float) -> None:
    """Everybody speaks; what the media process needs for it, and whether anybody had a gap."""
    voices: list[Voice] = [voice for each in calls for voice in (each.phone, each.browser)]
    for voice in voices:
        voice.keeps = False
        voice.speak_like(encode(Codec.PCMA, tone(400, 0, 160).astype(np.int32)))
    await asyncio.sleep(1)
    for voice in voices:
        voice.gaps_s.clear()
    begun, used, own = time.monotonic(), cpu_seconds(media.pid), cpu_seconds(os.getpid())
    received = sum(voice.received for voice in voices)
    await asyncio.sleep(seconds)
    passed = time.monotonic() - begun
    tell(f"media.cpu.{len(calls)}_calls", 100 * (cpu_seconds(media.pid) - used) / passed, "%")
    tell("media.cpu.test_peers", 100 * (cpu_seconds(os.getpid()) - own) / passed, "%")
    packets = sum(voice.received for voice in voices) - received
    tell("media.packets_per_leg", packets / passed / len(voices), "1/s")
    tell("media.gaps_over_60ms", sum(len(voice.gaps_s) for voice in voices), "gaps")


async def delay(name: str, speaker: Voice, listener: Voice) -> None:
    """From a packet at our door to its sound leaving it; a packet itself takes 20 ms to fill."""
    listener.keeps = True
    speaker.speak_like(QUIET)
    found: list[float] = []
    await asyncio.sleep(0.3)
    for number in range(BURSTS):
        await asyncio.sleep(0.1 + number % 20 / 1000)
        listener.forget()
        speaker.say_once(LOUD)
        await asyncio.sleep(0.25)
        for arrived, payload in listener.heard_packets:
            if np.abs(decode(Codec.PCMA, payload)).max() > 4000:
                found.append(1000 * (arrived - speaker.said_at))
                break
    tell(f"media.delay.{name}.median", median(found), "ms")
    tell(f"media.delay.{name}.longest", max(found), "ms")


async def death(media: MediaProcess, client: MediaClient, known: Call) -> None:
    """Kill -9: how long the telephone hears nothing until its leg is made again."""
    known.phone.gaps_s.clear()
    media.kill()
    media.start()
    await asyncio.sleep(0.1)  # the client has noticed long before the process is back
    await client.connected()
    await client.create("again", "again.rec", **KEY_FIELDS)
    await client.rtp(
        Rtp(
            bridge="again", leg="citizen", ip="127.0.0.1", port=known.phone.port,
            lport=known.address.port,
        )
    )  # fmt: skip
    await asyncio.sleep(0.3)
    tell("media.gap_after_kill", 1000 * max(known.phone.gaps_s), "ms")


async def measure(folder: Path, count: int, seconds: float) -> None:
    """All figures, on one process."""
    media = MediaProcess(folder)
    media.start()
    client = media.client()
    client.start()
    await asyncio.wait_for(client.connected(), 30)
    calls = [await call(client, f"call-{number}") for number in range(count)]
    await load(media, calls, seconds)
    listing = await client.list()
    tell("media.tick.mean", listing.tick_mean_ms, "ms")
    tell("media.tick.late", listing.late_ticks, "ticks")
    tell("media.clock_restarts", listing.clock_restarts, "times")
    first, *others = calls
    for each in others:
        await each.phone.close()
        await each.browser.close()
    for number in range(1, count):
        await client.destroy(f"call-{number}")
    await delay("telephone_to_browser", first.phone, first.browser)
    await delay("browser_to_telephone", first.browser, first.phone)
    await death(media, client, first)
    await first.phone.close()
    await first.browser.close()
    await client.close()
    media.stop()


def main() -> None:
    """Measure in a folder that goes away."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 8.0
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(Path(folder), count, seconds))


if __name__ == "__main__":
    main()
