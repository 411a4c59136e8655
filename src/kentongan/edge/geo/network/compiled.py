"""Compiles the kernels where numba is installed; elsewhere they run as the Python they are.

The one place that names numba. A kernel is a plain function of numbers and arrays, so both ways
give the same answers; `has_compiler` says which one it is, and the router then searches with scipy
instead, as it does where numba is installed and cannot be loaded (another NumPy than it knows).
Compiled code is kept on disk: a start after the first one loads it.
"""

import hashlib
import importlib
import importlib.util
import logging
import os
import platform
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Final, ParamSpec, TypeVar, cast

_P = ParamSpec("_P")
_R = TypeVar("_R")

FOLDER_VARIABLE: Final = "NUMBA_CACHE_DIR"
"""Where numba keeps compiled code; without it beside the modules, if that can be written."""

KERNEL_FOLDERS: Final = ("network", "routing")
"""Packages in which kernels may be; a change elsewhere compiles nothing anew."""

IS_INSTALLED: Final = importlib.util.find_spec("numba") is not None

_log: Final = logging.getLogger(__name__)


@cache
def has_compiler() -> bool:
    """Whether numba is there and can be loaded; why it cannot is logged once. Loads it, so that
    `keep_in` has to come before."""
    if not IS_INSTALLED:
        return False
    try:
        importlib.import_module("numba")
    except (ImportError, OSError) as error:  # OSError: a library that it loads is not there
        _log.warning("numba cannot be loaded, roads are searched with scipy: %s", error)
        return False
    return True


def keep_in(folder: Path) -> None:
    """Keep compiled code there, unless the environment says where. Call it before the first kernel
    is imported: numba asks when a kernel is declared. Raises `OSError`.

    Each state of the kernels has a folder of its own: numba looks at the file of a kernel, not at
    those of the kernels that it calls, and would go on with old code after an update.
    """
    if IS_INSTALLED and FOLDER_VARIABLE not in os.environ:
        own = folder / _digest()
        own.mkdir(parents=True, exist_ok=True)
        os.environ[FOLDER_VARIABLE] = str(own)


def is_kept() -> bool:
    """Whether all code was compiled before and is kept where `keep_in` said: it only needs loading.
    True where nothing is compiled at all."""
    return not has_compiler() or _mark().is_file()


def mark_kept() -> None:
    """Say so, after every kernel has run once. Raises `OSError`."""
    if has_compiler():
        _mark().touch()


def _mark() -> Path:
    """A file whose name tells these sources and this compiler from others."""
    folder = Path(os.environ.get(FOLDER_VARIABLE, Path(__file__).parent))
    return folder / f"whole-{_digest()}-{version('numba')}-{platform.machine()}"


def _digest() -> str:
    """Of all sources that may hold kernels."""
    total = hashlib.sha256()
    geo = Path(__file__).parents[1]
    for path in sorted(path for folder in KERNEL_FOLDERS for path in (geo / folder).glob("*.py")):
        total.update(path.read_bytes())
    return total.hexdigest()[:16]


def kernel(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """The function compiled, if that can be: without the interpreter's lock, kept on disk."""
    if not has_compiler():
        return function
    import numba

    decorate = cast("Callable[[Callable[_P, _R]], Callable[_P, _R]]", _njit(numba))
    return decorate(function)


def _njit(numba: object) -> object:
    njit = cast("Callable[..., object]", getattr(numba, "njit"))  # noqa: B009 - has no types
    return njit(nogil=True, cache=True)
