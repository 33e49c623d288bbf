"""Skins that are smooth to the touch: colour tells them apart more than relief does."""

from __future__ import annotations

import numpy as np

from sample.fields import Field, even, mix, ramp, rgb
from sample.fruit import Skin
from sample.sphere import Sphere, scattered, spiral

Generator = np.random.Generator


def apple(globe: Sphere, rng: Generator) -> Skin:
    """Red streaks over yellow where the sun came from, lenticels, russet around the stem."""
    sun = (
        0.35 * globe.x + globe.noise(rng, 1.4, 2) - 0.3 * globe.y + np.float32(rng.uniform(0, 0.5))
    )
    streaks = globe.streaks(rng, 13, 1.6, 3)
    colour = mix(even("#e2b548"), rgb("#d9893a"), ramp(-0.6, 0.6, sun))
    colour = mix(colour, rgb("#b3201f"), ramp(-0.35, 0.45, streaks + 0.75 * sun) * 0.92)
    colour = mix(colour, rgb("#7d1019"), 0.6 * ramp(0.1, 0.7, streaks + 0.4 * sun))
    lenticels = globe.dots(spiral(150, rng, 1.6), rng.uniform(0.025, 0.045, 150))
    colour = mix(colour, rgb("#ecc98c"), 0.75 * ramp(0.1, 0.8, lenticels))
    russet = ramp(0.86, 0.97, globe.y + 0.07 * globe.streaks(rng, 9, 3, 2))
    colour = mix(colour, rgb("#8f7a3a"), 0.85 * russet)
    return Skin(colour, 0.004 * globe.noise(rng, 3), 0.75 - 0.6 * russet)


def pear(globe: Sphere, rng: Generator) -> Skin:
    """Yellow-green, a blush on one side, many brown lenticels and russet at both ends."""
    colour = mix(even("#bcb13c"), rgb("#93a13a"), ramp(-0.5, 0.7, globe.noise(rng, 2, 3)))
    blush = ramp(0.25, 1.1, globe.x + 0.3 * globe.noise(rng, 2.5, 3))
    colour = mix(colour, rgb("#b4552c"), 0.65 * blush)
    lenticels = globe.dots(spiral(520, rng, 2.2), rng.uniform(0.022, 0.048, 520))
    colour = mix(colour, rgb("#5f5a1e"), 0.75 * ramp(0.1, 0.9, lenticels))
    ends = ramp(0.72, 1.0, np.abs(globe.y) + 0.16 * globe.noise(rng, 7, 3))
    colour = mix(colour, rgb("#80602c"), 0.75 * ends)
    return Skin(colour, -0.004 * lenticels + 0.008 * globe.noise(rng, 3, 2), 0.30 - 0.2 * ends)


def plum(globe: Sphere, rng: Generator) -> Skin:
    """Deep purple under a pale bloom that fingers have rubbed off in places, and a suture."""
    colour = mix(even("#3d1230"), rgb("#6d1c34"), ramp(0.1, 0.9, globe.noise(rng, 1.5, 2)))
    seam = np.exp(-((_around(globe, 0.0) / 0.07) ** 2)) * np.sin(globe.polar)
    bloom = ramp(-0.35, 0.55, globe.noise(rng, 2.2, 4) + 0.25 * globe.y - 0.6 * seam)
    freckles = globe.dots(scattered(60, rng), rng.uniform(0.02, 0.04, 60))
    colour = mix(colour, rgb("#7a7ba6"), 0.62 * bloom)
    colour = mix(colour, rgb("#b59a9a"), 0.5 * freckles)
    return Skin(colour, -0.05 * seam, 0.55 - 0.48 * bloom)


def acai(globe: Sphere, rng: Generator) -> Skin:
    """Nearly black, a breath of bloom, the scar of the style: hardly anything to hold on to."""
    colour = mix(even("#1c1020"), rgb("#3a1c38"), ramp(-0.3, 0.9, globe.noise(rng, 1.6, 2)))
    colour = mix(colour, rgb("#585878"), 0.45 * ramp(-0.1, 0.9, globe.noise(rng, 2.6, 4)))
    scar = np.maximum(ramp(-0.97, -0.99, globe.y), ramp(0.955, 0.975, globe.y))
    colour = mix(colour, rgb("#8a6a4a"), 0.8 * scar)
    return Skin(colour, 0.004 * globe.noise(rng, 4), 0.4 - 0.3 * scar)


def cherry(globe: Sphere, rng: Generator) -> Skin:
    """Deep red and polished, lighter towards the stem."""
    shade = globe.noise(rng, 1.3, 2) + 0.5 * globe.y
    colour = mix(even("#5a0714"), rgb("#a81422"), ramp(-0.5, 0.9, shade))
    freckles = globe.dots(scattered(90, rng), rng.uniform(0.015, 0.03, 90))
    colour = mix(colour, rgb("#d4584a"), 0.45 * freckles)
    seam = np.exp(-((_around(globe, 1.0) / 0.12) ** 2)) * np.sin(globe.polar)
    return Skin(colour, -0.025 * seam, 0.95)


def peach(globe: Sphere, rng: Generator) -> Skin:
    """Velvet: a mottled blush over yellow, fuzz without any gloss, and the deep suture."""
    sun = 0.8 * globe.x + 0.7 * globe.noise(rng, 1.8, 4)
    colour = mix(even("#f0b052"), rgb("#e0713c"), ramp(-0.7, 0.3, sun))
    colour = mix(
        colour, rgb("#a52331"), 0.9 * ramp(-0.1, 1.0, sun + 0.35 * globe.noise(rng, 11, 2))
    )
    fuzz = globe.noise(rng, 30)
    colour = mix(colour, rgb("#f7d9b8"), 0.16 * ramp(-0.2, 0.9, fuzz) + 0.06)
    seam = np.exp(-((_around(globe, 2.0) / 0.10) ** 2)) * np.sin(globe.polar)
    return Skin(colour, 0.003 * fuzz - 0.07 * seam, 0.04)


def banana(globe: Sphere, rng: Generator) -> Skin:
    """Yellow between green tips, brown flecks of ripeness, dark ends, bruised edges."""
    colour = mix(even("#ecc42e"), rgb("#d9a820"), ramp(-0.3, 0.8, globe.noise(rng, 2, 3)))
    tips = ramp(0.70, 0.97, np.abs(globe.y) + 0.08 * globe.noise(rng, 4, 2))
    colour = mix(colour, rgb("#9aa83a"), 0.65 * tips)
    flecks = globe.dots(scattered(230, rng), rng.uniform(0.02, 0.075, 230))
    ragged = ramp(0.15, 0.5, flecks + 0.25 * globe.noise(rng, 22))
    edges = ramp(0.85, 1.0, np.cos(5 * globe.azimuth)) * ramp(0.1, 0.6, globe.noise(rng, 5, 2))
    colour = mix(colour, rgb("#5d3a16"), 0.85 * ragged)
    colour = mix(colour, rgb("#7a5420"), 0.6 * edges)
    ends = ramp(0.965, 0.99, np.abs(globe.y))
    colour = mix(colour, rgb("#2e2214"), 0.9 * ends)
    return Skin(colour, 0.006 * globe.noise(rng, 4), 0.30 - 0.25 * ends)


def star_fruit(globe: Sphere, rng: Generator) -> Skin:
    """Translucent yellow wings with green valleys and browned edges."""
    wing = np.cos(5 * globe.azimuth)
    colour = mix(even("#a9a21e"), rgb("#edc22c"), ramp(-0.7, 0.3, wing + 0.3 * globe.noise(rng, 3)))
    veins = globe.noise(rng, 9, 3)
    colour = mix(colour, rgb("#f6e27a"), 0.5 * ramp(0.1, 0.8, veins))
    browned = ramp(0.93, 0.995, wing + 0.06 * globe.noise(rng, 9, 2)) * np.sin(globe.polar)
    colour = mix(colour, rgb("#6a3d12"), 0.85 * browned)
    spots = globe.dots(scattered(70, rng), rng.uniform(0.02, 0.06, 70))
    colour = mix(colour, rgb("#7c4f18"), 0.7 * ramp(0.1, 0.7, spots))
    return Skin(colour, 0.012 * globe.noise(rng, 7, 2), 0.8)


def _around(globe: Sphere, azimuth: float) -> Field:
    """Angle from a meridian, -pi..pi."""
    turn = globe.azimuth - np.float32(azimuth)
    return np.asarray(np.arctan2(np.sin(turn), np.cos(turn)))
