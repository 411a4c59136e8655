"""Compiles the clockwork where numba is installed; elsewhere it runs as the Python it is, as it
does where numba is there and cannot be loaded (another NumPy than it knows).

The clockwork is written once: plain functions of numbers, rows and tuples. Interpreted, the rows
are lists; compiled, they are arrays. Compiled code is kept on disk under a name that changes with
every source it is made of, the core's rule included: an update never runs old code.
"""

import hashlib
import importlib
import importlib.util
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar, cast

_P = ParamSpec("_P")
_R = TypeVar("_R")

_log: Final = logging.getLogger(__name__)


def _loads() -> bool:
    """Whether numba is there and can be loaded; why it cannot is logged."""
    if importlib.util.find_spec("numba") is None:
        return False
    try:
        for name in ("numba", "numba.extending", "numba.core.types"):
            importlib.import_module(name)
    except (ImportError, OSError) as error:  # OSError: a library that it loads is not there
        _log.warning("numba cannot be loaded, the twin runs interpreted: %s", error)
        return False
    return True


HAS_COMPILER: Final = _loads()
"""Whether the twin is compiled."""


def part(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """The function as it is; where numba is installed, compiled code may call it, too."""
    if not HAS_COMPILER:
        return function
    extending = cast("Any", importlib.import_module("numba.extending"))
    return cast("Callable[_P, _R]", extending.register_jitable(forceinline=True)(function))


def lent(rows: _R) -> _R:
    """The rows as they are. Compiled, each is where it begins and nothing more: whoever called
    holds them all, and carrying the shape and the owner of sixty arrays to every step took most of
    a run and of the compiler's time. So a row's length is not known, and no place is negative."""
    return rows


def _teach_lent() -> None:
    """Tell numba what `lent` is: the same tuple, pointers in the place of arrays."""
    types = cast("Any", importlib.import_module("numba.core.types"))
    extending = cast("Any", importlib.import_module("numba.extending"))

    def bare(type_: Any) -> Any:
        if isinstance(type_, types.Array):
            return types.CPointer(type_.dtype)
        if isinstance(type_, types.BaseTuple):
            kind = getattr(type_, "instance_class", None)
            return types.BaseTuple.from_types([bare(one) for one in type_], kind)
        return type_

    def begin_of(context: Any, builder: Any, type_: Any, value: Any) -> Any:
        if isinstance(type_, types.Array):
            return context.make_array(type_)(context, builder, value).data
        if isinstance(type_, types.BaseTuple):
            parts = [
                begin_of(context, builder, one, builder.extract_value(value, number))
                for number, one in enumerate(type_)
            ]
            return context.make_tuple(builder, bare(type_), parts)
        return value

    def lending(_typing: Any, rows: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            return begin_of(context, builder, signature.args[0], given[0])

        return bare(rows)(rows), code

    lends = extending.intrinsic(lending)

    def implementation(rows: Any) -> Any:  # noqa: ARG001 - numba asks by the same names
        def lend(rows: Any) -> Any:
            return lends(rows)

        return lend

    extending.overload(lent, jit_options={"forceinline": True})(implementation)


if HAS_COMPILER:
    _teach_lent()


def compiled(function: Callable[_P, _R], folder: Path | None = None) -> Callable[_P, _R]:
    """The function compiled, its code kept in that folder; `RuntimeError` without numba."""
    if not HAS_COMPILER:
        raise RuntimeError("numba is not installed, or cannot be loaded: the twin runs interpreted")
    numba = cast("Any", importlib.import_module("numba"))
    before = numba.config.CACHE_DIR
    try:
        if folder is not None:  # numba asks where when a function is declared
            folder.mkdir(parents=True, exist_ok=True)
            numba.config.CACHE_DIR = str(folder)
        return cast("Callable[_P, _R]", numba.njit(cache=True, nogil=True)(function))
    finally:
        numba.config.CACHE_DIR = before


def folder_in(parent: Path, sources: tuple[Path, ...]) -> Path:
    """Where the code of these sources is kept."""
    total = hashlib.sha256()
    for path in sources:
        total.update(path.read_bytes())
    return parent / f"twin-{total.hexdigest()[:16]}"
