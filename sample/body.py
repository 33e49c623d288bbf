"""Grow one specimen of a fruit: its surface as maps that a camera can look up."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from sample.fields import Field
from sample.fruit import Fruit, Part, Shape
from sample.sphere import COLUMNS, ROWS, Sphere, sphere

MARGIN = 2  # columns repeated on either side, rows beyond either pole: lookups never meet a seam

_HOLLOW = 3.0  # how much darker hollows are than the skin around them, per radius of depth
_OUTLINE = 6  # every sixth row and column is enough to know where a body is


@dataclass(frozen=True)
class Body:
    """A specimen: padded maps by polar angle and azimuth, and points all over its surface (n x 3).

    ``colour`` has the channels red, green, blue and gloss, ``normal`` x, y and z.
    ``steepness`` is how fast the distance to the surface changes along the steepest ray.
    """

    shape: Shape
    radius: Field
    colour: Field
    normal: Field
    outline: Field
    steepness: float
    parts: tuple[Part, ...]


def grow(fruit: Fruit, rng: np.random.Generator) -> Body:
    """One individual of a fruit, as the generator has it."""
    globe = sphere()
    skin = fruit.skin(globe, rng)
    radius = _radius(globe, fruit.shape, rng) + skin.relief
    points = place(fruit.shape, radius * globe.x, radius * globe.y, radius * globe.z)
    shade = np.clip(1 - _HOLLOW * _depth(skin.relief), 0.35, 1.15)[..., None]
    return Body(
        shape=fruit.shape,
        radius=_padded(radius),
        colour=_padded(np.dstack([skin.colour * shade, skin.gloss + np.zeros_like(radius)])),
        normal=_padded(_normals(points)),
        outline=np.ascontiguousarray(points[::_OUTLINE, ::_OUTLINE].reshape(-1, 3)),
        steepness=_steepness(fruit.shape, radius, globe),
        parts=fruit.parts(float(radius[0].mean()) * fruit.shape.height, rng),
    )


def place(shape: Shape, x: Field, y: Field, z: Field) -> Field:
    """Stretch and bend the round body: points (... x 3) in space."""
    bent = x + np.float32(shape.bend) * y * y
    return np.stack([bent, y * np.float32(shape.height), z], axis=-1)


def unplace(shape: Shape, x: Field, y: Field, z: Field) -> tuple[Field, Field, Field]:
    """The way back from space to the round body."""
    level = y / np.float32(shape.height)
    return x - np.float32(shape.bend) * level * level, level, z


def _radius(globe: Sphere, shape: Shape, rng: np.random.Generator) -> Field:
    radius = 1 + np.float32(shape.lumps) * _harmonics(globe, rng)
    radius *= 1 - np.float32(shape.taper) * globe.y
    radius -= np.float32(shape.neck) * np.exp(-(((globe.polar - 0.8) / 0.55) ** 2))
    radius -= np.float32(shape.pit) * np.exp(-((globe.polar / np.float32(shape.pit_width)) ** 2))
    below = (np.float32(np.pi) - globe.polar) / np.float32(shape.navel_width)
    radius -= np.float32(shape.navel) * np.exp(-(below**2))
    if shape.rib_count:
        wave = np.cos(globe.azimuth * shape.rib_count)
        radius += np.float32(shape.ribs) * wave * np.sin(globe.polar)
    if shape.cut is not None:
        level = np.float32(shape.cut) / np.maximum(globe.y, np.float32(1e-3))
        radius = np.where(globe.y > 0, np.minimum(radius, level), radius)
    return radius.astype(np.float32)


def _harmonics(globe: Sphere, rng: np.random.Generator) -> Field:
    """A few smooth waves around the body: no two specimens have one outline."""
    total = np.zeros((ROWS, COLUMNS), np.float32)
    for order in (1, 2, 3, 4):
        phase, skew = rng.uniform(0, 2 * np.pi, 2)
        wave = np.cos(order * globe.azimuth + np.float32(phase + skew * 0.3) * globe.y)
        total += wave * np.sin(globe.polar) ** order / np.float32(order)
    return total


def _depth(relief: Field) -> Field:
    """How far each place lies below its surroundings."""
    wide = cv2.copyMakeBorder(relief, 6, 6, 6, 6, cv2.BORDER_WRAP)
    around = cv2.GaussianBlur(wide, (13, 13), 0)[6:-6, 6:-6]
    return np.asarray(around, np.float32) - relief


def _normals(points: Field) -> Field:
    """Unit normals (rows x columns x 3) of the surface through these points."""
    south = np.gradient(points, axis=0)
    east = np.roll(points, -1, axis=1) - np.roll(points, 1, axis=1)
    normal = np.cross(east, south)
    length = np.sqrt((normal * normal).sum(axis=2, keepdims=True))
    return np.asarray(normal / np.maximum(length, 1e-12), np.float32)


def _steepness(shape: Shape, radius: Field, globe: Sphere) -> float:
    south = np.gradient(radius, axis=0) * np.float32(ROWS / np.pi)
    east = (np.roll(radius, -1, axis=1) - np.roll(radius, 1, axis=1)) * np.float32(
        COLUMNS / (4 * np.pi)
    )
    east /= np.maximum(np.sin(globe.polar), np.float32(0.1))
    slopes = np.sqrt(1 + (south * south + east * east) / (radius * radius))
    return float(np.quantile(slopes, 0.98)) * (1 / min(1, shape.height) + abs(shape.bend))


def _padded(field: Field) -> Field:
    """Columns wrap; beyond a pole the last row goes on."""
    wide = cv2.copyMakeBorder(field, 0, 0, MARGIN, MARGIN, cv2.BORDER_WRAP)
    return np.asarray(
        cv2.copyMakeBorder(wide, MARGIN, MARGIN, 0, 0, cv2.BORDER_REPLICATE), np.float32
    )
