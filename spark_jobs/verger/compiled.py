"""What all compiled kernels share: how they are compiled, and what a descriptor is in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt
from numba.core import types
from numba.extending import intrinsic

Bits = npt.NDArray[np.uint64]  # n x 4
F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile at the first call, keep the result on disk, and let other threads run meanwhile."""
    return cast("F", numba.njit(cache=True, nogil=True)(function))


def _count_ones(typing_context: Any, value: Any) -> Any:  # noqa: ARG001  numba reads the names
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ARG001
        return builder.ctpop(args[0])

    return types.uint64(types.uint64), generate


popcount: Any = intrinsic(_count_ones)
