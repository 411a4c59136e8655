"""`rebuild`, `backup`, `restore`: the record survives its machine; proving it: `publishing`."""

import sys
from pathlib import Path

import msgspec

from kentongan.serve.wiring import utc_now
from kentongan.settings import Settings
from kentongan.store.backup import backup, check_backup, restore
from kentongan.store.errors import StoreError
from kentongan.store.open import open_store
from kentongan.store.rebuild import rebuild

SHOWN_MAX = 50
"""Findings printed; the JSON line says how many there are."""


def run_rebuild(settings: Settings, *, check: bool) -> int:
    """Fold the journal anew; with `check` only compare. Exit code 1 when a row differs."""
    result = rebuild(open_store(settings.store_url), check=check)
    for difference in result.differences[:SHOWN_MAX]:
        print(difference, file=sys.stderr)
    print(msgspec.json.encode(result).decode())
    return 1 if check and result.differences else 0


def run_backup(settings: Settings, file: Path, *, with_tracks: bool) -> int:
    """Everything into one file, the history of positions if it is wanted."""
    store = open_store(settings.store_url)
    manifest = backup(store, file, made_at=utc_now(), with_tracks=with_tracks)
    print(msgspec.json.encode(manifest).decode())
    return 0


def run_backup_check(file: Path) -> int:
    """Read a backup whole and prove its digests and its chain; exit code 1 when they fail."""
    try:
        manifest = check_backup(file)
    except (StoreError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print(msgspec.json.encode(manifest).decode())
    return 0


def run_restore(settings: Settings, file: Path, *, with_tracks: bool) -> int:
    """Fill an empty store from a backup; refuses one that holds anything."""
    settings.state_path.mkdir(parents=True, exist_ok=True)
    try:
        manifest = restore(file, open_store(settings.store_url), with_tracks=with_tracks)
    except (StoreError, OSError) as error:
        print(f"not restored (the store must be empty): {error}", file=sys.stderr)
        return 1
    print(msgspec.json.encode(manifest).decode())
    return 0
