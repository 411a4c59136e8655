"""Keeps pictures sealed on disk, each under a key of its own, and opens them again.

They lie beside the recordings and live as long: the keeper of recordings erases the key, and then
the file (`serve.retention`). Called on a thread: it reads and writes files.
"""

import os
import secrets
from datetime import datetime
from typing import Final

from kentongan.edge.web.problems import Problem
from kentongan.media.archive import Archive
from kentongan.media.seal import NONCE_BYTES, SealError
from kentongan.media.seal_blob import open_blob, seal_blob
from kentongan.media.seal_keys import (
    CentreKey,
    KeyRefusedError,
    SegmentKey,
    new_segment_key,
)
from kentongan.store.tables import KeyLine
from kentongan.store.whole import WholeStore

OWNER: Final = "photo"
"""Before the incident's key, in the place where a recording's key has its call."""


def file_of(photo: str) -> str:
    """The name of its file."""
    return f"photo-{photo}.sealed"


def new_photo() -> str:
    """An id that nobody guesses."""
    return secrets.token_hex(16)


def key_for(
    centre: CentreKey, incident: str, photo: str, now: datetime
) -> tuple[SegmentKey, KeyLine]:
    """A key of its own, and the line of it that may be stored: that is done before the file is."""
    key = new_segment_key()
    owner = f"{OWNER}:{incident}"
    return key, KeyLine(key.id, owner, file_of(photo), now, centre.seal(key))


def write(archive: Archive, key: SegmentKey, photo: str, content: bytes) -> None:
    """Seal and keep it, whole and on disk before it has its name. `OSError` when that fails."""
    path = archive.path_of(file_of(photo))
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(seal_blob(key, secrets.token_bytes(NONCE_BYTES), content))
        out.flush()
        os.fsync(out.fileno())
    part.rename(path)


def forget(store: WholeStore, archive: Archive, key: SegmentKey, photo: str) -> None:
    """A picture that is no fact of any incident: its key first, then the file."""
    store.recording_keys.erase([key.id])
    archive.path_of(file_of(photo)).unlink(missing_ok=True)


def read(store: WholeStore, archive: Archive, incident: str, photo: str) -> bytes:
    """The picture. 404 `not_found`, 410 `photo_erased`, 409 `photo_locked` or `photo_damaged`."""
    name = file_of(photo)
    keys = store.recording_keys.of_call(f"{OWNER}:{incident}")
    line = next((key for key in keys if key.segment == name), None)
    if line is None:
        raise Problem(404, "not_found")
    if line.sealed is None:
        raise Problem(410, "photo_erased")
    try:
        key = archive.key_of(line.id, line.sealed)
        return open_blob(key, archive.path_of(name).read_bytes())
    except KeyRefusedError as refused:
        raise Problem(409, "photo_locked") from refused
    except OSError as error:
        raise Problem(404, "not_found") from error
    except SealError as error:
        raise Problem(409, "photo_damaged") from error
