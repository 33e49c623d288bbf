"""How light falls off over a fruit: colours by depth below the outline, and by side."""

from __future__ import annotations

import numpy as np

from verger.imaging.statistics.subject import Numbers, Subject

_DEPTHS = np.array([0.1, 0.25, 0.45, 0.7]) * 255  # borders between five rings
_RING_OF = np.digitize(np.arange(256), _DEPTHS)  # ring of each depth
_SIDE_RING = (25, 128)  # depths between which the four sides are compared
_RINGS, _SIDES = 5, 4
WIDTH = 3 * (2 * _RINGS + _SIDES)


def describe(subject: Subject) -> Numbers:
    """Of L, a, b about their medians: mean and spread of five rings, mean of four sides."""
    inside, rows, columns = subject.places
    depth = subject.depth.reshape(-1)[inside]
    about = subject.lab.reshape(-1, 3)[inside] - subject.middle
    rings = _RING_OF[depth][None] == np.arange(_RINGS)[:, None]
    means, squares = _means(rings, about), _means(rings, about * about)
    between = (depth > _SIDE_RING[0]) & (depth < _SIDE_RING[1])
    sides = (_side(rows, columns)[None] == np.arange(_SIDES)[:, None]) & between
    spreads = np.sqrt(np.maximum(squares - means * means, 0))
    return np.concatenate([means, spreads, _means(sides, about)]).reshape(-1) / 32


def _means(groups: np.ndarray, values: Numbers) -> Numbers:
    """Means (g x 3) of n x 3 values in each of g groups (g x n), 0 for an empty group."""
    return np.asarray(groups @ values / np.maximum(np.count_nonzero(groups, axis=1), 1)[:, None])


def _side(rows: Numbers, columns: Numbers) -> np.ndarray:
    """0 left, 1 right, 2 above, 3 below the centre."""
    sideways = np.abs(columns) > np.abs(rows)
    return np.where(sideways, columns > 0, 2 + (rows > 0))
