"""A sphere to draw skins on: noise, dots and cells that wrap around without a seam.

Every field is ROWS x COLUMNS: rows from the stem (north pole) to the blossom end, columns around.
Patterns are functions of the direction in space, so they have neither seams nor pinched poles.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from sample.fields import Field

ROWS, COLUMNS = 192, 384  # a little finer than the pixels of a 100 x 100 photograph

Index = npt.NDArray[np.int32]

_LATTICE = 32  # noise repeats after so many cells (a power of 2): more than one sees at once


@dataclass(frozen=True)
class Cells:
    """The nearest of some points at each place: distances in radii, and offsets from that point."""

    first: Field
    second: Field
    owner: Index
    east: Field
    south: Field

    @property
    def border(self) -> Field:
        """0 on the border between two cells, growing inwards."""
        return self.second - self.first


@dataclass(frozen=True)
class Sphere:
    """Directions x, y (up), z; ``polar`` and ``azimuth`` in radians."""

    polar: Field
    azimuth: Field
    x: Field
    y: Field
    z: Field

    def noise(self, rng: np.random.Generator, frequency: float, octaves: int = 1) -> Field:
        """Smooth noise of about -1..1 with ``frequency`` cells to a radius; octaves add detail."""
        return _octaves(rng, (self.x, self.y, self.z), frequency, octaves)

    def streaks(
        self, rng: np.random.Generator, around: float, along: float, octaves: int = 1
    ) -> Field:
        """Noise drawn out from pole to pole: fine around the axis, long along it."""
        slow = np.float32(along / around)
        where = (np.cos(self.azimuth), self.y * slow, np.sin(self.azimuth))
        return _octaves(rng, where, around, octaves)

    def dots(self, points: Field, radii: Field) -> Field:
        """1 in the centre of each dot, falling to 0 at its radius."""
        field = np.zeros((ROWS, COLUMNS), np.float32)
        for (x, y, z), radius in zip(points, radii, strict=True):
            centre = np.arccos(y) / np.pi * ROWS
            reach = radius / np.pi * ROWS + 1
            rows = slice(max(0, int(centre - reach)), int(centre + reach) + 1)
            cosine = self.x[rows] * x + self.y[rows] * y + self.z[rows] * z
            # 2 - 2 cos is the squared distance along the chord.
            inside = 1 - (2 - 2 * cosine) / (radius * radius)
            np.maximum(field[rows], inside, out=field[rows])
        return field

    def cells(self, points: Field, warp: Field | None = None) -> Cells:
        """Voronoi cells of points (n x 3); ``warp`` moves the places, which bends the borders."""
        shift = np.float32(0) if warp is None else warp
        at = (self.x + shift, self.y + shift, self.z + shift)
        first = np.full((ROWS, COLUMNS), 9, np.float32)
        second = first.copy()
        owner = np.zeros((ROWS, COLUMNS), np.int32)
        for index, (x, y, z) in enumerate(points):
            distance = (at[0] - x) ** 2 + (at[1] - y) ** 2 + (at[2] - z) ** 2
            nearer = distance < first
            np.minimum(second, np.maximum(first, distance), out=second)
            np.minimum(first, distance, out=first)
            owner[nearer] = index
        polar = np.arccos(np.clip(points[:, 1], -1, 1))[owner]
        turn = self.azimuth - np.arctan2(points[:, 2], points[:, 0])[owner]
        east = np.sin(turn) * np.sin(self.polar)
        return Cells(np.sqrt(first), np.sqrt(second), owner, east, self.polar - polar)


@cache
def sphere() -> Sphere:
    """The one grid all skins are drawn on."""
    polar = ((np.arange(ROWS) + 0.5) * (np.pi / ROWS))[:, None] * np.ones((1, COLUMNS))
    azimuth = (np.arange(COLUMNS) * (2 * np.pi / COLUMNS))[None, :] * np.ones((ROWS, 1))
    x, y, z = np.sin(polar) * np.cos(azimuth), np.cos(polar), np.sin(polar) * np.sin(azimuth)
    return Sphere(*(field.astype(np.float32) for field in (polar, azimuth, x, y, z)))


def spiral(count: int, rng: np.random.Generator, jitter: float = 0.0) -> Field:
    """Points (count x 3) spread evenly as seeds grow: by the golden angle, a little displaced."""
    steps = np.arange(count) + 0.5
    y = 1 - 2 * steps / count
    azimuth = steps * (np.pi * (3 - np.sqrt(5))) + rng.uniform(0, 2 * np.pi)
    flat = np.sqrt(1 - y * y)
    points: npt.NDArray[np.float64] = np.stack(
        [flat * np.cos(azimuth), y, flat * np.sin(azimuth)], axis=1
    )
    points += rng.normal(0, jitter / np.sqrt(count), points.shape)
    return _unit(points)


def scattered(count: int, rng: np.random.Generator) -> Field:
    """Points (count x 3) anywhere, as blemishes fall."""
    return _unit(rng.normal(size=(count, 3)))


def _unit(points: npt.NDArray[np.float64]) -> Field:
    length = np.sqrt((points * points).sum(axis=1, keepdims=True))
    return np.asarray(points / length, np.float32)


def _octaves(
    rng: np.random.Generator, where: tuple[Field, Field, Field], frequency: float, octaves: int
) -> Field:
    total = np.zeros((ROWS, COLUMNS), np.float32)
    weight = 0.0
    for octave in range(octaves):
        scale, share = np.float32(frequency * 2**octave), 0.5**octave
        total += np.float32(share) * _lattice(rng, *(axis * scale for axis in where))
        weight += share
    return total / np.float32(weight)


def _lattice(rng: np.random.Generator, x: Field, y: Field, z: Field) -> Field:
    """Value noise: random values on the corners of a lattice, blended smoothly between them."""
    table = rng.uniform(-1, 1, _LATTICE**3).astype(np.float32)
    shift = rng.uniform(0, _LATTICE, 3).astype(np.float32)
    (x0, x1, fx), (y0, y1, fy), (z0, z1, fz) = (
        _corners(axis + offset, stride)
        for axis, offset, stride in zip((x, y, z), shift, (_LATTICE**2, _LATTICE, 1), strict=True)
    )

    def edge(a: Index, b: Index) -> Field:
        row = a + b
        low: Field = table.take(row + z0)
        return low + (table.take(row + z1) - low) * fz

    near = edge(x0, y0)
    near += (edge(x0, y1) - near) * fy
    far = edge(x1, y0)
    far += (edge(x1, y1) - far) * fy
    return (near + (far - near) * fx) * np.float32(1.4)


def _corners(values: Field, stride: int) -> tuple[Index, Index, Field]:
    """Both lattice planes around each value as offsets into the table, and how far between them."""
    floor = np.floor(values)
    t = values - floor
    low = floor.astype(np.int32) & (_LATTICE - 1)
    high = (low + 1) & (_LATTICE - 1)
    return low * stride, high * stride, t * t * (3 - 2 * t)
