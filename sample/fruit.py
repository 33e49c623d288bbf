"""What a kind of fruit is: a shape, a skin, what grows on it, how it lies before the camera."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sample.fields import Field
from sample.sphere import Sphere


@dataclass(frozen=True)
class Shape:
    """A body around a vertical axis, the stem on top; lengths in radii.

    ``height`` is height over width, ``bend`` curves the axis (a banana), ``taper`` moves the belly
    down (a pear; up if negative), ``neck`` narrows the upper part, ``pit`` and ``navel`` are the
    depths of the hollows on top and below (bulges if negative), ``ribs`` go around ``rib_count``
    times, ``lumps`` is how far specimens leave the ideal, and ``cut`` is the height of a flat cut.
    """

    height: float = 1.0
    bend: float = 0.0
    taper: float = 0.0
    neck: float = 0.0
    pit: float = 0.0
    pit_width: float = 0.4
    navel: float = 0.0
    navel_width: float = 0.3
    rib_count: int = 0
    ribs: float = 0.0
    lumps: float = 0.02
    cut: float | None = None


@dataclass(frozen=True)
class Skin:
    """What is painted on a body, place by place: colour in linear light (rows x columns x 3),
    relief in radii, and gloss from 0 (felt) to 1 (wax)."""

    colour: Field
    relief: Field
    gloss: Field | float


@dataclass(frozen=True)
class Part:
    """A stem, a leaf or a scale: a band along ``spine`` (n x 3, in radii).

    ``width`` (n) is half the band's width, ``colour`` n x 3 in linear light. With ``side`` (3) it
    is a flat blade that lies along this direction, without it is round and faces every camera.
    """

    spine: Field
    width: Field
    colour: Field
    side: Field | None = None

    @cached_property
    def normal(self) -> Field:
        """Unit normals (n x 3) of a blade."""
        if self.side is None:
            raise ValueError("a round stem has no one normal: it faces every camera")
        normal = np.cross(np.gradient(self.spine, axis=0), self.side)
        return np.asarray(normal / np.sqrt((normal * normal).sum(axis=1, keepdims=True)))


@dataclass(frozen=True)
class Pose:
    """How a specimen lies on the turntable: ``roll`` about its own axis, then ``lean`` tips it
    over; ``tilt`` raises the camera. Degrees."""

    roll: float = 0.0
    lean: float = 0.0
    tilt: float = 15.0


DrawSkin = Callable[[Sphere, np.random.Generator], Skin]
GrowParts = Callable[[float, np.random.Generator], tuple[Part, ...]]  # height of the body's top


def _bare(top: float, rng: np.random.Generator) -> tuple[Part, ...]:  # noqa: ARG001
    return ()


@dataclass(frozen=True)
class Fruit:
    """A category: one specimen is drawn for each pose."""

    label: str
    shape: Shape
    skin: DrawSkin
    parts: GrowParts = _bare
    poses: tuple[Pose, ...] = (Pose(tilt=12), Pose(lean=14, tilt=38))
