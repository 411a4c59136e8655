"""Compiles the clockwork where numba is installed; elsewhere it runs as the Python it is.

The clockwork is written once: plain functions of numbers, rows and tuples. Interpreted, the rows
are lists; compiled, they are arrays. Compiled code is kept on disk under a name that changes with
every source it is made of, the core's rule included: an update never runs old code.
"""

import hashlib
import importlib
import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar, cast

_P = ParamSpec("_P")
_R = TypeVar("_R")

HAS_COMPILER: Final = importlib.util.find_spec("numba") is not None


def part(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """The function as it is; where numba is installed, compiled code may call it, too."""
    if not HAS_COMPILER:
        return function
    extending = cast("Any", importlib.import_module("numba.extending"))
    return cast("Callable[_P, _R]", extending.register_jitable(forceinline=True)(function))


def lent(rows: _R) -> _R:
    """The rows as they are. Compiled, without a count of who holds them: whoever called holds them
    all, and counting sixty arrays at every step took most of a run."""
    return rows


def _teach_lent() -> None:
    """Tell numba what `lent` is: the same tuple, its arrays owned by nobody."""
    types = cast("Any", importlib.import_module("numba.core.types"))
    extending = cast("Any", importlib.import_module("numba.extending"))

    def without_owner(context: Any, builder: Any, type_: Any, value: Any) -> Any:
        if isinstance(type_, types.Array):
            array = context.make_array(type_)(context, builder, value)
            array.meminfo = array.meminfo.type(None)
            array.parent = array.parent.type(None)
            return array._getvalue()  # noqa: SLF001 - numba has no other way
        if isinstance(type_, types.BaseTuple):
            for number, one in enumerate(type_):
                part_of = builder.extract_value(value, number)
                given = without_owner(context, builder, one, part_of)
                value = builder.insert_value(value, given, number)
        return value

    def lending(_typing: Any, rows: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, given: Any) -> Any:
            return without_owner(context, builder, signature.args[0], given[0])

        return rows(rows), code

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
        raise RuntimeError("numba is not installed: the twin runs interpreted")
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
