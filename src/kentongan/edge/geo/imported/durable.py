"""Files and folders that are really on the disk before anybody is told of them (POSIX)."""

import os
from pathlib import Path


def sync_file(path: Path) -> None:
    """The file's content is on the disk. Raises `OSError`."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(folder: Path) -> None:
    """Every file in the folder, then the folder: what it holds survives a power cut."""
    for path in sorted(folder.rglob("*")):
        sync_file(path)
    sync_file(folder)


def point_to(link: Path, target: str) -> None:
    """Let a symbolic link point to the target in one step: nobody ever sees none.

    `target` is relative to the link's folder. Raises `OSError`.
    """
    beside = link.with_name(f".{link.name}-{os.getpid()}")
    beside.unlink(missing_ok=True)
    beside.symlink_to(target)
    os.replace(beside, link)
    sync_file(link.parent)
