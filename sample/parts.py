"""Stems, leaves and scales: how they grow, and how they are drawn over a body."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from sample.fields import Field
from sample.fruit import Part

_SUBPIXEL = 4  # bits: OpenCV draws polygons between pixels
_NOTHING = -1e4

ToPixels = Callable[[Field, Field], Field]  # right and up in radii -> column and row

# Quadrilaterals of a band (n x 4 corners x 3), and of each red, green, blue and nearness (n x 4).
Band = tuple[Field, Field]


def draw_parts(
    parts: tuple[Part, ...], turn: Field, to_pixels: ToPixels, key: Field, side: int
) -> Field:
    """A layer (side x side x 4): linear red, green, blue, and nearness; far below where nothing
    is."""
    layer = np.full((side, side, 4), (0, 0, 0, _NOTHING), np.float32)
    bands = [band for part in parts for band in _bands(part, turn, key)]
    quads = np.concatenate([quads for quads, _ in bands])
    paint = np.concatenate([paint for _, paint in bands])
    corners = to_pixels(quads[..., 0], quads[..., 1])
    corners = np.round(corners * 2**_SUBPIXEL).astype(np.int32)
    for index in np.argsort(paint[:, 3], kind="stable"):
        cv2.fillConvexPoly(layer, corners[index], paint[index].tolist(), shift=_SUBPIXEL)
    return layer


def _bands(part: Part, turn: Field, key: Field) -> list[Band]:
    """The bands a part is drawn as, seen by the camera."""
    spine = _seen(part.spine, turn)
    if part.side is None:
        return _stem_bands(part, spine)
    side = _seen(part.side[None, :], turn)
    lit = part.colour * _blade_light(_seen(part.normal, turn), key)[:, None]
    half = side * part.width[:, None]
    # A blade folds a little along its midrib: one half is brighter.
    return [_band(spine, spine - half, lit * 0.85), _band(spine, spine + half, lit * 1.1)]


def _stem_bands(part: Part, spine: Field) -> list[Band]:
    along = np.gradient(spine, axis=0)
    flat = np.stack([along[:, 1], -along[:, 0], 0 * along[:, 0]], axis=1)
    length = np.sqrt((flat * flat).sum(axis=1, keepdims=True))
    # The lamp hangs at the left: bands across the round stem go from bright to dark.
    across = np.where(flat[:, :1] > 0, flat, -flat) / np.maximum(length, 1e-6)
    edges = [spine + across * part.width[:, None] * share for share in (-1, -0.4, 0.3, 1)]
    return [
        _band(left, right, part.colour * shade)
        for left, right, shade in zip(edges, edges[1:], (0.95, 0.75, 0.45), strict=False)
    ]


def _band(one: Field, other: Field, colour: Field) -> Band:
    """Segments between two edges (n x 3 each): n - 1 quadrilaterals."""
    paint = np.concatenate([colour, (one[:, 2:] + other[:, 2:]) / 2], axis=1)
    sides = np.stack([one[:-1], one[1:]], axis=1), np.stack([other[1:], other[:-1]], axis=1)
    return np.concatenate(sides, axis=1), paint[:-1]


def _blade_light(normal: Field, key: Field) -> Field:
    lamp = np.abs((normal * key).sum(axis=1))  # from either side: leaves let light through
    return np.asarray(0.4 + 0.7 * lamp)


def _seen(points: Field, turn: Field) -> Field:
    """Points (n x 3) as right, up and nearness."""
    return np.stack([(points * row).sum(axis=1) for row in turn], axis=1)
