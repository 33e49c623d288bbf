"""Small arithmetic on fields: arrays with one value (or colour) per place on a fruit."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Field = npt.NDArray[np.floating[Any]]  # float32 wherever speed counts

GAMMA = 2.2


def rgb(code: str) -> Field:
    """A colour as one sees it ("#c81e2d") in linear light: 3 values from 0 to 1."""
    values = np.array([int(code[i : i + 2], 16) for i in (1, 3, 5)], np.float32)
    return np.asarray((values / 255) ** GAMMA, np.float32)


def even(code: str) -> Field:
    """One colour everywhere: a first coat (1 x 1 x 3) to paint over."""
    return rgb(code)[None, None, :]


def ramp(low: float, high: float, values: Field) -> Field:
    """0 below ``low``, 1 above ``high``, smooth between (smoothstep); low > high turns it round."""
    t = np.clip((values - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t))


def mix(below: Field, above: Field, share: Field) -> Field:
    """Paint ``above`` over ``below``; ``share`` (rows x columns) is how much of it covers."""
    return below + (above - below) * share[..., None]
