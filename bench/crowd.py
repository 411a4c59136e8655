"""A crowd of screens in a process of its own: `crowd.py ADDRESS SCREENS NAME...`.

Signs in as the names given, in turn, and opens one WebSocket per screen. Tells on standard output
`ready` when all have their first frame, and afterwards, for every screen and call it had not seen
before, `CALL NANOSECONDS` (the machine's monotonic clock). Ends when standard input does.
"""

import asyncio
import itertools
import re
import sys
import time

from benched import PASSWORD, Screen

IS_CALL = '"kind":"call"'
CALL = re.compile(r'"kind":"call","key":"([^"]+)"')


async def main() -> None:
    """Run the crowd."""
    address, count, *names = sys.argv[1:]
    accounts = [Screen(address, name, PASSWORD) for name in names]
    for account in accounts:
        await account.sign_in()
    opened = [asyncio.Event() for _ in range(int(count))]
    watchers = [
        asyncio.create_task(watch(account, event))
        for account, event in zip(itertools.cycle(accounts), opened, strict=False)
    ]
    for event in opened:
        await event.wait()
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    for task in watchers:
        task.cancel()
    await asyncio.gather(*watchers, return_exceptions=True)
    for account in accounts:
        await account.close()


async def watch(account: Screen, opened: asyncio.Event) -> None:
    """One screen."""
    seen: set[str] = set()
    async with account.line() as line:
        async for text in line:
            now_ns = time.monotonic_ns()
            assert isinstance(text, str)
            is_first = not opened.is_set()
            opened.set()
            if IS_CALL not in text:
                continue
            for call in CALL.findall(text):
                if call not in seen:
                    seen.add(call)
                    if not is_first:
                        print(call, now_ns)
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
