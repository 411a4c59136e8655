"""`kentongan call`: a simulated caller who types, for whoever tries the centre or trains at it.

Rings, types the texts given one line after the other, and prints what the call-taker types back,
until either side hangs up. What is typed at the terminal meanwhile goes out line by line.
"""

import asyncio
import contextlib
import sys
import time
from collections.abc import Sequence

from kentongan.edge.caller.phone import CallState, Phone, PhoneCall
from kentongan.edge.caller.text_end import TextEnd
from kentongan.media.t140 import BACKSPACE
from kentongan.sip.address import Address

ANSWER_S = 20.0
"""Longest wait for the centre to answer at all, seconds; it answers a caller who waits at once."""

LONGEST_S = 24 * 3600.0
"""A call that nobody ends, seconds."""


def run_call(
    centre: Address,
    dialled: str,
    texts: Sequence[str],
    *,
    number: str | None,
    speaks: bool,
    seconds: float,
) -> int:
    """0 after a conversation, 1 when nobody answered. `seconds` from dialling on, 0 for no end."""
    return asyncio.run(_call(centre, dialled, texts, number=number, speaks=speaks, seconds=seconds))


async def _call(
    centre: Address,
    dialled: str,
    texts: Sequence[str],
    *,
    number: str | None,
    speaks: bool,
    seconds: float,
) -> int:
    phone = Phone(centre)
    await phone.start()
    dialled_at = time.monotonic()
    patience_s = min(ANSWER_S, seconds or ANSWER_S)
    try:
        text = TextEnd(_show)
        call = await phone.call(dialled, number=number, text=text, speaks=speaks)
        try:
            await call.reach(CallState.TALKING, CallState.OVER, within_s=patience_s)
        except TimeoutError:
            print("nobody answered", file=sys.stderr)
            return 1
        if call.state is CallState.OVER:
            print(f"refused: {call.status}", file=sys.stderr)
            return 1
        for line in texts:
            call.type(f"{line}\n")
        left_s = seconds - (time.monotonic() - dialled_at) if seconds else LONGEST_S
        await _converse(call, max(0.0, left_s))
    finally:
        await phone.close()
    return 0


async def _converse(call: PhoneCall, seconds: float) -> None:
    """Until somebody hangs up, or the time is over."""
    if sys.stdin.isatty():
        loop = asyncio.get_running_loop()
        loop.add_reader(sys.stdin, lambda: call.type(sys.stdin.readline()))
    with contextlib.suppress(TimeoutError):
        await call.reach(CallState.OVER, within_s=seconds)


def _show(text: str) -> None:
    """What the call-taker types, as it comes; an erasure takes a letter off the terminal."""
    print(text.replace(BACKSPACE, "\b \b"), end="", flush=True)
