"""What reading SIP costs, and what 100,000 damaged messages do to a stack with a live call.

    python bench/bench_sip.py [MESSAGES]

Prints JSON lines {"name", "value", "unit"}. `sip_live_call_undisturbed` is 1 or the run has failed
(exit status 1), as it has where tables are not empty again once the flood is over.
"""

import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "sip"))

from sip_mutations import LiveCall, mutated
from sip_peer import invite

from kentongan.sip import events
from kentongan.sip.address import Address, Transport
from kentongan.sip.message import encode
from kentongan.sip.parse import parse_message

MESSAGES = 100_000
WARM_UP = 10_000
"""Messages after which memory is taken to be what a flood needs: all limits are met by then."""
SENDERS = 40
REPEATS = 3_000


def tell(name: str, value: float, unit: str) -> None:
    """One figure as a JSON line."""
    line = {"name": name, "value": round(value, 2), "unit": unit}
    print(msgspec.json.encode(line).decode(), flush=True)


def microseconds(work: Callable[[], object]) -> float:
    """Processor time of one run, the mean of many: the machine's other work does not count."""
    begun = time.process_time()
    for _ in range(REPEATS):
        work()
    return (time.process_time() - begun) / REPEATS * 1e6


def memory_mb() -> float:
    """The most this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def read_and_write() -> None:
    """An INVITE of 700 octets: parsed, written; to the event, the 100 and our refusal."""
    data = invite()
    message = parse_message(data)
    tell("sip_parse_invite", microseconds(lambda: parse_message(data)), "us")
    tell("sip_encode_invite", microseconds(lambda: encode(message)), "us")
    calls = iter(range(REPEATS))
    stack = LiveCall().stack

    def ring() -> None:
        number = next(calls)
        fresh = invite(branch=f"z9hG4bK{number}", call_id=f"call-{number}")
        source = Address(f"10.0.2.{number % SENDERS}", 5060)
        (event,) = stack.receive(fresh, source, Transport.UDP, 0.0)
        assert isinstance(event, events.Invite)
        stack.respond(event.request, 486, now=0.0)
        stack.drain()

    tell("sip_invite_to_event", microseconds(ring), "us")


def flood(messages: int) -> bool:
    """The damaged messages; whether all held."""
    live = LiveCall()
    live.flood(mutated(min(WARM_UP, messages), seed=1), SENDERS)
    rest = max(messages - WARM_UP, 0)
    damaged = list(mutated(rest, seed=2))
    before = memory_mb()
    begun = time.process_time()
    live.flood(iter(damaged), SENDERS)
    seconds = time.process_time() - begun
    live.settle()
    is_empty = set(live.stack.dialogs) == {live.dialog} and live.stack.kept == 0
    undisturbed = live.is_undisturbed()
    tell("sip_flood_messages", messages, "messages")
    tell("sip_flood_rate", rest / seconds if rest else 0, "messages/s")
    tell("sip_flood_malformed", live.seen["Malformed"], "messages")
    tell("sip_flood_calls", live.seen["Invite"], "calls")
    tell("sip_flood_kept_max", live.kept_max, "transactions")
    tell("sip_flood_dialogs_max", live.dialogs_max, "dialogs")
    tell("sip_flood_memory_growth", memory_mb() - before, "MB")
    tell("sip_live_call_undisturbed", undisturbed, "yes")
    return undisturbed and is_empty


if __name__ == "__main__":
    read_and_write()
    sys.exit(0 if flood(int(sys.argv[1]) if len(sys.argv) > 1 else MESSAGES) else 1)
