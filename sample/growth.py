"""What grows on fruits: stems, calyces, crowns and scales. Lengths in radii, up is the stem."""

from __future__ import annotations

import numpy as np

from sample.fields import Field, rgb
from sample.fruit import GrowParts, Part
from sample.sphere import spiral

Generator = np.random.Generator


def stem(
    length: float, width: float, foot: float, bend: float = 0.25, code: str = "#6b4a22"
) -> GrowParts:
    """A woody stem that starts ``foot`` above the top and leans to a side of its own."""

    def grow(top: float, rng: Generator) -> tuple[Part, ...]:
        t = np.linspace(0, 1, 7, dtype=np.float32)
        side = rng.uniform(0, 2 * np.pi)
        lean = bend * rng.uniform(0.6, 1.4) * length * t * t
        spine = np.stack(
            [lean * np.cos(side), top + foot + length * t, lean * np.sin(side)], axis=1
        )
        thick = width * (1 + 0.5 * (2 * t - 1) ** 4)
        colour = _shades(code, 1 + 0.25 * t)
        return (Part(spine.astype(np.float32), thick.astype(np.float32), colour),)

    return grow


def leaves(
    count: int,
    length: float,
    width: float,
    foot: float,
    rise: float,
    droop: float,
    codes: tuple[str, str],
    spread: float = 0.0,
) -> GrowParts:
    """A ring of pointed leaves, ``spread`` wide: they rise, then droop; the two colours are foot
    and tip."""

    def grow(top: float, rng: Generator) -> tuple[Part, ...]:
        found = []
        for azimuth in 2 * np.pi * np.arange(count) / count + rng.normal(0, 0.12, count):
            ring = (spread * np.cos(azimuth), top + foot, spread * np.sin(azimuth))
            leaf = _leaf(
                start=np.array(ring),
                azimuth=azimuth,
                length=length * rng.uniform(0.85, 1.15),
                width=width * rng.uniform(0.85, 1.15),
                rise=rise * rng.uniform(0.7, 1.3),
                droop=droop * rng.uniform(0.7, 1.3),
                codes=codes,
            )
            found.append(leaf)
        return tuple(found)

    return grow


def crown(rings: int, foot: float) -> GrowParts:
    """A pineapple's crown: rings of stiff leaves, the inner ones steeper and longer."""

    def grow(top: float, rng: Generator) -> tuple[Part, ...]:
        found: list[Part] = []
        for ring in range(rings):
            inner = ring / (rings - 1)
            ring_of = leaves(
                count=8,
                length=0.75 + 0.55 * inner,
                width=0.13,
                foot=foot - 0.05 + 0.10 * inner,
                rise=0.7 + 2.2 * inner,
                droop=0.55 * (1 - inner) + 0.1,
                codes=("#5f7a3a", "#3f6a44"),
            )
            found += ring_of(top, rng)
        return tuple(found)

    return grow


def scales(count: int) -> GrowParts:
    """A dragon fruit's flames: magenta tongues with green tips, longer towards the top."""

    def grow(top: float, rng: Generator) -> tuple[Part, ...]:
        found = []
        for x, y, z in spiral(count, rng, 0.25):
            start = np.array([0.93 * x, 0.93 * y * top, 0.93 * z])
            found.append(
                _leaf(
                    start=start,
                    azimuth=float(np.arctan2(z, x)),
                    length=(0.42 + 0.22 * float(y)) * rng.uniform(0.85, 1.15),
                    width=0.20,
                    rise=1.2 + 2.5 * max(0.0, float(y)),
                    droop=-0.35,
                    codes=("#cf2a6c", "#9dbb4a"),
                )
            )
        return tuple(found)

    return grow


def together(*growths: GrowParts) -> GrowParts:
    """Several growths on one fruit."""

    def grow(top: float, rng: Generator) -> tuple[Part, ...]:
        return tuple(part for growth in growths for part in growth(top, rng))

    return grow


def _leaf(
    start: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    azimuth: float,
    length: float,
    width: float,
    rise: float,
    droop: float,
    codes: tuple[str, str],
) -> Part:
    t = np.linspace(0, 1, 8)
    steep = length / np.hypot(1, rise)
    out, up = steep * t * (1 - 0.15 * t), steep * rise * t - droop * t * t
    flat = np.array([np.cos(azimuth), 0, np.sin(azimuth)])
    spine = start + out[:, None] * flat + up[:, None] * np.array([0, 1, 0])
    broad = width * np.sin(np.pi * np.minimum(1, 0.25 + 0.75 * t)) ** 0.8
    colour = rgb(codes[0]) + (rgb(codes[1]) - rgb(codes[0])) * t[:, None] ** 1.5
    side = np.array([-np.sin(azimuth), 0, np.cos(azimuth)])
    return Part(*(a.astype(np.float32) for a in (spine, broad, colour, side)))


def _shades(code: str, factors: Field) -> Field:
    return (rgb(code)[None, :] * factors[:, None]).astype(np.float32)
