"""Sounds that are heard once: a prompt to a caller who cannot speak, a beep for the call-taker.

Pure. They are no part of how a bridge should be; one that is lost with a media process, or cut off
by a restart, is asked for again by whoever wants it.
"""

from typing import Final

from kentongan.core.events import CallerPrompted, CallSupervised
from kentongan.edge.switch.announcements import SILENT_TEST, Sounds
from kentongan.edge.switch.record import CITIZEN, SpooledCall
from kentongan.media import protocol

PROMPTS: Final = {"tap_or_5": SILENT_TEST}
"""The sound of each prompt (CITY.md, section 12)."""

Once = protocol.Play | protocol.Tone | protocol.Detect | protocol.TypeText
"""What is heard, or read, once and compared with nothing."""


def sounds_of(
    call: SpooledCall, event: CallerPrompted | CallSupervised, sounds: Sounds
) -> tuple[Once, ...]:
    """What the media process is asked for."""
    if isinstance(event, CallSupervised):
        desk = call.main_desk
        if not event.tone or desk is None:
            return ()
        return (protocol.Tone(bridge=call.id, leg=desk.desk),)
    listen = protocol.Detect(bridge=call.id, leg=CITIZEN, taps=True)
    files = sounds.say(PROMPTS.get(event.prompt, ""), call.languages)
    if not files:
        return (listen,)
    file, *then = files
    return (listen, protocol.Play(bridge=call.id, leg=CITIZEN, file=file, then=tuple(then)))
