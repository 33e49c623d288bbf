"""How all kernels are compiled, and the processor's own instruction for counting bits."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core import types
from numba.core.caching import FunctionCache
from numba.extending import intrinsic

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile at the first call, keep the result on disk if that can be, and let other threads run
    meanwhile.
    """
    dispatcher = numba.njit(nogil=True)(function)
    if _can_be_kept(function):
        dispatcher._cache = KeptCode(function)  # as numba's own enable_caching does
    return cast("F", dispatcher)


class KeptCode(FunctionCache):  # type: ignore[misc]  # numba has no types
    """Compiled code on disk; what is damaged there is compiled again.

    A full disk or a machine that stops leaves empty files, which numba itself stumbles over.
    """

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """The code kept for argument types, or None."""
        try:
            return super().load_overload(sig, target_context)
        except Exception:  # whatever unpickling raises
            self.flush()
            return None


def _can_be_kept(function: Callable[..., Any]) -> bool:
    """Whether there is a place for the compiled code; without one, each process compiles.

    numba keeps what comes from a zip, as Spark ships our code, in the user's cache, and fails
    where that cannot be written: YARN gives its containers a home that belongs to nobody.
    """
    try:
        place = FunctionCache(function).cache_path
        Path(place).mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):
        return False
    return os.access(place, os.W_OK)


def _count_ones(typing_context: Any, value: Any) -> Any:  # noqa: ARG001  numba reads the names
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ARG001
        return builder.ctpop(args[0])

    return types.uint64(types.uint64), generate


popcount: Any = intrinsic(_count_ones)
